import { beforeAll, describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { labelledWindow, UNSEEN } from "../../../host/demo/data-set.ts";
import { FEATURES, features, WINDOW_LENGTH } from "../../../host/demo/features.ts";
import { infer, largest } from "../../../host/demo/network.ts";
import { decodeSpikes, encodeSpikes, STEPS } from "../../../host/demo/spike-code.ts";
import { spikingGraph } from "../../../host/demo/spiking-network.ts";
import { type LocalSession, localTarget } from "../../../host/runtime/index.ts";
import { MACHINE_STATES } from "../../../host/sensors/vibration.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { floatStepper } from "../../../host/spiking/float-stepper.ts";

const STATES = MACHINE_STATES.length;
const windows = Array.from({ length: UNSEEN.windows }, (_, k) => {
  const { values, label } = labelledWindow(UNSEEN.seed, k);
  return { values, label, spikes: encodeSpikes(values) };
});

const MODULES = {
  "simd, i16": { build: "simd", weights: "i16" },
  "mvp, i16": { build: "mvp", weights: "i16" },
  "mvp, i8": { build: "mvp", weights: "i8" },
} as const;
type Name = keyof typeof MODULES;
const NAMES = Object.keys(MODULES) as readonly Name[];

const sessions = {} as Record<Name, LocalSession>;
/** of every window: output spikes of all steps, and synaptic events */
const outputs = {} as Record<Name, Uint8Array[]>;
const events = {} as Record<Name, number[]>;
beforeAll(async () => {
  for (const name of NAMES) {
    const { wasm } = await compile(spikingGraph(), { ...DEFAULT_OPTIONS, ...MODULES[name] });
    const session = await localTarget().load(wasm);
    sessions[name] = session;
    [outputs[name], events[name]] = [[], []];
    for (const { spikes } of windows) {
      outputs[name].push(await infer(session, spikes));
      events[name].push(Number(session.counters().synapticEvents));
    }
  }
});

const weights = spikingGraph().nodes.flatMap((node) =>
  node.kind === "Linear" ? [node.weight] : [],
);

/** The network's equations, written down once more: potentials in float64, every synapse of every spike. */
function equations(spikes: Uint8Array) {
  const v = [new Float64Array(16), new Float64Array(STATES)] as const;
  const fired: number[] = [];
  let synapticEvents = 0;
  const update = (k: 0 | 1, leak: number, incoming: ArrayLike<number>) =>
    v[k].map((before, j) => {
      let u = before * (1 - leak);
      for (let i = 0; i < incoming.length; ++i) {
        u += (weights[k]?.[j * incoming.length + i] ?? 0) * (incoming[i] ?? 0);
        synapticEvents += incoming[i] ? 1 : 0;
      }
      const z = u > 1 ? 1 : 0;
      v[k][j] = u - z;
      return z;
    });
  for (let t = 0; t < STEPS; ++t) {
    const hidden = update(0, 1 / 4, spikes.subarray(t * FEATURES, (t + 1) * FEATURES));
    fired.push(...update(1, 1 / 8, hidden));
  }
  return { fired: Uint8Array.from(fired), synapticEvents };
}

describe("2,000 windows nothing was trained on", () => {
  test.each(NAMES)("the compiled network (%s) is right in at least 95 of 100", (name) => {
    const right = windows.filter(
      ({ label }, k) => largest(decodeSpikes(outputs[name][k] as Uint8Array)) === label,
    );
    console.log(`spiking network, ${name}: ${right.length} of ${windows.length} unseen windows`);
    expect(right.length).toBeGreaterThanOrEqual(1900);
  });

  test("all builds give the same bytes, and i8 weights lose nothing", () => {
    for (const name of NAMES) expect(outputs[name]).toEqual(outputs["simd, i16"]);
  });

  test("the float stepper fires the same spikes as the equations, in every step", () => {
    const network = discretise(spikingGraph());
    for (const { spikes } of windows.slice(0, 500)) {
      const stepper = floatStepper(network);
      const fired: number[] = [];
      for (let t = 0; t < STEPS; ++t) {
        stepper.step(spikes.subarray(t * FEATURES, (t + 1) * FEATURES));
        fired.push(...stepper.events(network.outputs[0]?.source ?? -1));
      }
      expect(Uint8Array.from(fired)).toEqual(equations(spikes).fired);
    }
  });

  test("the module fires the spikes of the equations", () => {
    const different = windows.filter(
      ({ spikes }, k) =>
        !equations(spikes).fired.every((z, at) => z === outputs["mvp, i16"][k]?.[at]),
    );
    expect(different.length).toBe(0);
  });

  test("its counters count the synapses that spikes have crossed, some tenth of the int8 network's 8,064 MACs", () => {
    for (const name of NAMES) {
      windows.slice(0, 200).forEach(({ spikes }, k) => {
        expect(events[name][k]).toBe(equations(spikes).synapticEvents);
      });
      const mean = events[name].reduce((a, b) => a + b) / windows.length;
      expect(mean).toBeGreaterThan(200);
      expect(mean).toBeLessThan(1600);
    }
  });
});

test("the manifest says what the network is", () => {
  const { manifest } = sessions["mvp, i16"];
  expect(manifest).toMatchObject({
    source: { name: "net:demo-spikes?input=features", format: "net" },
    labels: MACHINE_STATES,
    dtSeconds: 1 / 128,
    neurons: 16 + STATES,
    synapses: FEATURES * 16 + 16 * STATES,
    macs: 0,
  });
  expect(manifest.options).toMatchObject({ discretisation: "norse", reset: "subtract" });
});

describe("spikes in", () => {
  test("a feature fires once for each octave above the third, never twice in a step", () => {
    for (const { values, spikes } of windows.slice(0, 200)) {
      const counts = new Array(FEATURES).fill(0);
      spikes.forEach((z, at) => {
        counts[at % FEATURES] += z;
      });
      const octaves = Array.from(features(values), (q) => Math.max(0, Math.floor(q / 8) - 3));
      expect(counts).toEqual(octaves);
      expect(Math.max(...spikes)).toBe(1);
    }
  });

  test("silence is silent, and nothing is decided", async () => {
    const spikes = encodeSpikes(new Float64Array(WINDOW_LENGTH));
    expect(Math.max(...spikes)).toBe(0);
    const session = sessions["simd, i16"];
    expect(decodeSpikes(await infer(session, spikes))).toEqual([0, 0, 0, 0, 0]);
    expect(session.counters()).toMatchObject({ synapticEvents: 0n, spikes: 0n });
  });
});

test("spikes out: each state's share of all spikes", () => {
  const steps = [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0];
  expect(decodeSpikes(Uint8Array.from(steps))).toEqual([0.25, 0, 0.75, 0, 0]);
});
