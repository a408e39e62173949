import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { firstSpike, populationRate, spikeCounter } from "../../../host/network/index.ts";

test("spike count: sums, and the first of the largest", () => {
  const counter = spikeCounter(3);
  expect(counter.winner()).toBeNull();
  for (const row of [
    [0, 1, 2],
    [0, 2, 1],
  ])
    counter.step(row);
  expect([...counter.counts()]).toEqual([0, 3, 3]);
  expect(counter.winner()).toBe(1);
  counter.step([9, 0, 0]);
  expect(counter.winner()).toBe(0);
  counter.reset();
  expect([...counter.counts()]).toEqual([0, 0, 0]);
});

test("first spike: its step, and the channel that was first", () => {
  const first = firstSpike(3);
  expect(first.winner()).toBeNull();
  for (const row of [
    [0, 0, 0],
    [0, 2, 1],
    [1, 1, 0],
  ])
    first.step(row);
  expect([...first.steps()]).toEqual([2, 1, 1]);
  expect(first.winner()).toBe(1);
  first.reset();
  expect([...first.steps()]).toEqual([-1, -1, -1]);
  first.step([0, 0, 1]);
  expect(first.winner()).toBe(2);
  expect([...first.steps()]).toEqual([-1, -1, 0]);
});

test("population rate: spikes per neuron and second of the sliding window", () => {
  const rate = populationRate(4, 1e-3, 10);
  const spikes = (t: number) => [t % 2, 0, 0, t === 30 ? 1 : 0];
  const found = Array.from({ length: 60 }, (_, t) => rate.step(spikes(t)));
  found.forEach((hz, t) => {
    let sum = 0;
    for (let s = Math.max(0, t - 9); s <= t; s++) sum += spikes(s).reduce((a, b) => a + b, 0);
    expect(hz).toBeCloseTo(sum / 4 / (Math.min(t + 1, 10) * 1e-3), 9);
  });
  rate.reset();
  expect(rate.step([0, 0, 0, 0])).toBe(0);
});

test.each([
  ["spikeCounter", () => spikeCounter(0)],
  ["firstSpike", () => firstSpike(-1)],
  ["populationRate", () => populationRate(1, 0, 1)],
  ["populationRate", () => populationRate(1, 1, 0.5)],
])("%s refuses sizes that make no sense", (where, make) => {
  try {
    make();
    expect.unreachable();
  } catch (error) {
    expect(error instanceof TwentyWattError && error.problems[0]).toMatchObject({
      code: "MODEL_RANGE",
      where,
    });
  }
});

test.each([
  ["spikeCounter", spikeCounter(3)],
  ["firstSpike", firstSpike(3)],
  ["populationRate", populationRate(3, 1, 4)],
] as const)("%s refuses a row that lacks channels, and takes a longer one", (where, made) => {
  expect(() => made.step([1, 2])).toThrow(
    `INPUT_SIZE: ${where}: got 2 values, expected 3, one for each channel.`,
  );
  expect(() => made.step([1, 2, 3, 4])).not.toThrow();
});
