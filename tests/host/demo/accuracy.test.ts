import { beforeAll, describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { type LabelledWindow, labelledWindow, rms, UNSEEN } from "../../../host/demo/data-set.ts";
import { features } from "../../../host/demo/features.ts";
import {
  ARCHITECTURE,
  committedNetwork,
  int8FromSamples,
  int8Graph,
  int8Network,
} from "../../../host/demo/int8-network.ts";
import { layerMacs } from "../../../host/demo/layers.ts";
import { percent, rmsAccuracy, trial } from "../../../host/demo/measure.ts";
import { largest } from "../../../host/demo/network.ts";
import type { Build } from "../../../host/module/manifest.ts";
import { type LocalSession, localTarget } from "../../../host/runtime/index.ts";

const windows: LabelledWindow[] = [];
const sessions: Partial<Record<Build, LocalSession>> = {};
beforeAll(async () => {
  for (let k = 0; k < UNSEEN.windows; ++k) windows.push(labelledWindow(UNSEEN.seed, k));
  for (const build of ["simd", "mvp"] as const) {
    const { wasm } = await compile(int8FromSamples(), { ...DEFAULT_OPTIONS, build });
    sessions[build] = await localTarget().load(wasm);
  }
});
const session = (build: Build) => sessions[build] as LocalSession;
const inferred = (build: Build, window: LabelledWindow) => {
  const output = new Uint8Array(session(build).outputBytes);
  session(build).step(int8Network.encode(window.values), output);
  return output;
};

describe("2,000 windows nothing was trained on", () => {
  test.each(["simd", "mvp"] as const)(
    "the compiled network (%s) is right in ≥ 95 %%",
    async (build) => {
      const classifier = {
        ...int8Network,
        session: session(build),
        moduleBytes: 0,
        compileMs: 0,
      };
      const { tally, activity } = await trial(classifier, windows);
      expect(activity).toBeNull();
      console.log(`int8 network, ${build}: ${percent(tally)} % of ${tally.total} unseen windows`);
      expect(tally.total).toBe(2000);
      expect(percent(tally)).toBeGreaterThanOrEqual(95);
    },
  );

  test("the nearest centroid on RMS stays below 80 %", () => {
    const tally = rmsAccuracy(committedNetwork().rmsCentroids, windows);
    console.log(`nearest centroid on RMS: ${percent(tally)} % of the same windows`);
    expect(percent(tally)).toBeLessThan(80);
    expect(percent(tally)).toBeGreaterThan(20); // better than guessing: a rule that learned something
  });

  test("nor does any other rule on RMS reach 80 %", () => {
    // the majority of every 20 windows that are neighbours in RMS: no rule as fine as that can do better
    const sorted = windows.map(({ values, label }) => ({ level: rms(values), label }));
    sorted.sort((a, b) => a.level - b.level);
    let correct = 0;
    for (let k = 0; k < sorted.length; k += 20) {
      const labels = sorted.slice(k, k + 20).map(({ label }) => label);
      correct += Math.max(...[0, 1, 2, 3, 4].map((s) => labels.filter((l) => l === s).length));
    }
    expect(correct / sorted.length).toBeLessThan(0.8);
  });

  test("both builds give the same bytes", () => {
    for (const window of windows) expect(inferred("mvp", window)).toEqual(inferred("simd", window));
  });
});

test("the int8 network agrees with its own weights in float64", async () => {
  let agree = 0;
  for (const window of windows.slice(0, 500)) {
    const scores = int8Network.decode(inferred("simd", window));
    if (largest(scores) === largest(float64(features(window.values)))) ++agree;
  }
  expect(agree).toBeGreaterThanOrEqual(495);
});

test("the module says how many MACs the architecture has", () => {
  const macs = ARCHITECTURE.reduce((sum, shape) => sum + layerMacs(shape), 0);
  expect(session("simd").manifest.macs).toBe(macs);
  expect(macs).toBe(8064);
});

/** The network as its graph defines it, dequantised: real weights, real activations, no rounding in between. */
function float64(seen: Int8Array): number[] {
  const { nodes, tensors } = int8Graph();
  let x = Array.from(seen, (q) => q * (tensors[0]?.quantization.scales[0] ?? 0));
  for (const node of nodes) {
    if (node.kind === "RESHAPE" || node.kind === "SOFTMAX") continue;
    const [input, weights, bias] = node.inputs.map((t) => tensors[t]);
    if (!input || !weights?.data || !bias?.data) throw new Error(node.name);
    const q = new Int8Array(weights.data.buffer);
    const b = new Int32Array(bias.data.buffer);
    const channels = bias.shape[0] as number;
    const scale = (list: readonly number[], c: number) => list[list.length === 1 ? 0 : c] as number;
    const real = (at: number, c: number) =>
      (q[at] as number) * scale(weights.quantization.scales, c);
    const offset = (c: number) => (b[c] as number) * scale(bias.quantization.scales, c);
    const y: number[] = [];
    if (node.kind === "FULLY_CONNECTED") {
      for (let c = 0; c < channels; ++c) {
        y.push(x.reduce((sum, v, k) => sum + v * real(c * x.length + k, c), offset(c)));
      }
    } else if (node.kind === "CONV_2D" || node.kind === "DEPTHWISE_CONV_2D") {
      const [, , width, depth] = input.shape as [number, number, number, number];
      const filter = weights.shape[2] as number;
      const { left, right } = node.window.padding;
      for (let at = -left; at + filter <= width + right; at += node.window.strideW) {
        for (let c = 0; c < channels; ++c) {
          let sum = offset(c);
          for (let t = 0; t < filter; ++t) {
            if (at + t < 0 || at + t >= width) continue;
            if (node.kind === "DEPTHWISE_CONV_2D") {
              sum += (x[(at + t) * depth + c] as number) * real(t * channels + c, c);
            } else {
              for (let d = 0; d < depth; ++d) {
                sum += (x[(at + t) * depth + d] as number) * real((c * filter + t) * depth + d, c);
              }
            }
          }
          y.push(sum);
        }
      }
    } else {
      throw new Error(`${node.kind} is not in the demonstration`);
    }
    x = "activation" in node && node.activation === "RELU" ? y.map((v) => Math.max(0, v)) : y;
  }
  return x;
}
