/**
 * The balanced network of Brette et al. 2007 (benchmark 2), ten seconds each of five random graphs: the statistics of its
 * asynchronous irregular state, over seconds 1 to 10 as in the oracle of the shared data (Brian2: 5.65 Hz, CV 0.726,
 * Fano 2.19).
 */
import { expect, test } from "vitest";
import { networkByName } from "../../../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { localTarget } from "../../../../host/runtime/index.ts";

const NEURONS = 4000;
const STEPS_PER_SECOND = 10_000;
const FIRST_STEP = STEPS_PER_SECOND;
const LAST_STEP = 10 * STEPS_PER_SECOND;
/** bins of 1 ms */
const STEPS_PER_BIN = 10;

type Statistics = { readonly rateHz: number; readonly cv: number; readonly fano: number };

async function statistics(seed: number): Promise<Statistics> {
  const graph = await networkByName(`net:cuba?seed=${seed}`);
  const options = { ...DEFAULT_OPTIONS, build: "simd", selfTest: false } as const;
  const { wasm } = await compile(graph, options);
  const session = await localTarget().load(wasm);
  const input = new Uint8Array(session.inputBytes);
  const output = new Uint8Array(session.outputBytes);
  const words = new Uint32Array(output.buffer);
  const last = new Int32Array(NEURONS).fill(-1);
  const [count, sum, squares] = [0, 1, 2].map(() => new Float64Array(NEURONS)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const bins = new Float64Array((LAST_STEP - FIRST_STEP) / STEPS_PER_BIN);
  let spikes = 0;
  const fired = (neuron: number, step: number): void => {
    spikes++;
    const bin = Math.floor((step - FIRST_STEP) / STEPS_PER_BIN);
    bins[bin] = (bins[bin] ?? 0) + 1;
    const before = last[neuron] ?? -1;
    last[neuron] = step;
    if (before < 0) return;
    count[neuron] = (count[neuron] ?? 0) + 1;
    sum[neuron] = (sum[neuron] ?? 0) + (step - before);
    squares[neuron] = (squares[neuron] ?? 0) + (step - before) ** 2;
  };
  for (let step = 0; step < LAST_STEP; step++) {
    session.step(input, output);
    if (step < FIRST_STEP) continue;
    for (let w = 0; w < words.length; w++) {
      if (words[w] === 0) continue;
      for (let k = 4 * w; k < 4 * w + 4; k++) if (output[k]) fired(k, step);
    }
  }
  expect(session.counters().saturations).toBe(0n);
  // of every neuron with at least three intervals
  const cvs = [...count.keys()]
    .filter((k) => (count[k] ?? 0) >= 3)
    .map((k) => {
      const mean = (sum[k] ?? 0) / (count[k] ?? 1);
      return Math.sqrt((squares[k] ?? 0) / (count[k] ?? 1) - mean * mean) / mean;
    });
  return {
    rateHz: spikes / NEURONS / 9,
    cv: mean(cvs),
    fano: variance(bins) / mean(bins),
  };
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const variance = (values: ArrayLike<number>): number => {
  const middle = mean(values);
  return mean(Array.from(values, (x) => (x - middle) ** 2));
};

test("CUBA, mean of five seeds: rate, irregularity, synchrony, no saturation", async () => {
  const found: Statistics[] = [];
  for (let seed = 1; seed <= 5; seed++) found.push(await statistics(seed));
  const [rateHz, cv, fano] = (["rateHz", "cv", "fano"] as const).map((key) =>
    mean(found.map((one) => one[key])),
  ) as [number, number, number];
  console.log(`CUBA: ${rateHz.toFixed(2)} Hz, CV ${cv.toFixed(3)}, Fano ${fano.toFixed(2)}`);
  expect(rateHz).toBeGreaterThan(5.4);
  expect(rateHz).toBeLessThan(6);
  expect(cv).toBeGreaterThan(0.7);
  expect(cv).toBeLessThan(0.75);
  expect(fano).toBeGreaterThan(2);
  expect(fano).toBeLessThan(2.6);
}, 300_000);
