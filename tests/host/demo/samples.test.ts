/** The layered network on raw samples: its features are those of float64, and its decisions as good. */
import { expect, test } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { labelledWindow, UNSEEN } from "../../../host/demo/data-set.ts";
import { features } from "../../../host/demo/features.ts";
import { localTarget } from "../../../host/runtime/index.ts";

test("2,000 unseen windows, every feature and every decision", async () => {
  const graph = await networkByName("net:demo-int8");
  const { wasm, manifest } = await compile(graph, { ...DEFAULT_OPTIONS, build: "simd" });
  const [input] = manifest.inputs;
  expect(input).toMatchObject({ shape: [512, 1], sampleRateHz: 4096, unit: "m/s²", hop: 512 });
  const session = await localTarget().load(wasm);
  const ring = manifest.memory.find(({ name }) => name === "features");
  const output = new Int8Array(5);
  const distances = [0, 0, 0, 0];
  let right = 0;
  for (let k = 0; k < UNSEEN.windows; k++) {
    const { values, label } = labelledWindow(UNSEEN.seed, k);
    const samples = Int16Array.from(values, (x) => {
      const q = Math.round(x * 1024);
      expect(Math.abs(q)).toBeLessThan(32768);
      return q;
    });
    session.step(new Uint8Array(samples.buffer), new Uint8Array(output.buffer));
    const got = new Int8Array(session.read(ring?.ptr ?? 0, ring?.len ?? 0).slice().buffer);
    // of the same samples: a converter of 16 bits changes 4 % of the features by itself
    features(Float64Array.from(samples, (q) => q / 1024)).forEach((wanted, j) => {
      const apart = Math.min(3, Math.abs(wanted - (got[j] as number)));
      distances[apart] = (distances[apart] as number) + 1;
    });
    right += Number(output.indexOf(Math.max(...output)) === label);
  }
  console.log(`net:demo-int8: ${right} of 2000; features off by 0, 1, 2: ${distances}`);
  expect(right).toBeGreaterThanOrEqual(1990);
  expect((distances[1] as number) / 256_000).toBeLessThan(0.01);
  expect(distances.slice(2)).toEqual([0, 0]);
});

test("which inputs there are", async () => {
  await expect(networkByName("net:demo-int8?input=sound")).rejects.toThrow("input=samples or");
  await expect(networkByName("net:demo-int8?inputs=1")).rejects.toThrow("parameter inputs");
});
