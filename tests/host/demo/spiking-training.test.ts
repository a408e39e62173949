import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  createPopulation,
  type Firing,
  learnSpikes,
  SPIKES,
  spikeTrain,
} from "../../../host/demo/spiking-training.ts";
import { serialiseSpikes, trainSpikingNetwork } from "../../../host/demo/train.ts";
import { mulberry32 } from "../../../host/model/random.ts";

test("training again gives the committed file, byte for byte", () => {
  const committed = readFileSync("host/demo/spiking-network.json", "utf8");
  expect(serialiseSpikes(trainSpikingNetwork())).toBe(committed);
});

/** The fast sigmoid x / (1 + 2 |x|), whose derivative is the surrogate: a network that can be differentiated. */
const SMOOTH: Firing = {
  emits: (u) => 0.3 + (u - 1) / (1 + 2 * Math.abs(u - 1)),
  slope: SPIKES.slope,
};

test("backward through time is the derivative of forward, where spikes are smooth", () => {
  const random = mulberry32(5);
  const steps = 6;
  const shapes = [
    { inputs: 7, neurons: 4, leak: 1 / 4 },
    { inputs: 4, neurons: 5, leak: 1 / 2 },
    { inputs: 5, neurons: 3, leak: 1 / 8 },
  ];
  const populations = shapes.map((shape) => createPopulation(shape, steps, random));
  const counts = Uint8Array.from({ length: steps * 7 }, () => (random() < 0.4 ? 1 : 0));
  const example = { spikes: spikeTrain(counts, 7), label: 1 };
  learnSpikes(populations, example, SMOOTH);
  const derivatives = populations.map(({ weights }) => weights.gradient.slice());
  populations.forEach(({ weights: { values } }, p) => {
    values.forEach((w, k) => {
      const h = 1e-5;
      values[k] = w + h;
      const above = learnSpikes(populations, example, SMOOTH);
      values[k] = w - h;
      const below = learnSpikes(populations, example, SMOOTH);
      values[k] = w;
      const numeric = (above - below) / (2 * h);
      expect(Math.abs(numeric - (derivatives[p]?.[k] ?? Number.NaN))).toBeLessThan(1e-8);
    });
  });
  // a chain through which no gradient flows would pass as well
  for (const each of derivatives) expect(Math.max(...each.map(Math.abs))).toBeGreaterThan(1e-3);
});

test("a spike train lists the inputs that fired, step by step", () => {
  const { start, sources } = spikeTrain(Uint8Array.of(0, 1, 0, 0, 0, 0, 1, 0, 1), 3);
  expect([...start]).toEqual([0, 1, 1, 3]);
  expect([...sources]).toEqual([1, 0, 2]);
});
