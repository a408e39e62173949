/** Times of a counter against lateness that is known. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Figure } from "../../../host/power/meter.ts";
import { Ppk2Samples } from "../../../host/power/ppk2-samples.ts";
import { SampleTime } from "../../../host/power/ppk2-time.ts";
import { SampleQueue } from "../../../host/power/sample-queue.ts";
import { word } from "../../support/fake-ppk2.ts";

const BURST = 100;

/** A device whose crystal is `ppm` slow, its bursts late by 1 … 5 ms. @returns the largest error of a time, in ns */
function worst(ppm: number, seconds: number, fromSecond: number): number {
  const random = mulberry32(1);
  const time = new SampleTime(100_000);
  const period = 10_000 * (1 + ppm * 1e-6);
  let most = 0;
  for (let index = 1; index < seconds * 1e5; index += BURST) {
    const taken = index * period;
    time.arrived(index, taken + 1e6 + 4e6 * random());
    if (index > fromSecond * 1e5) most = Math.max(most, Math.abs(time.at(index) - taken));
  }
  return most;
}

test.each([-100, -20, 0, 20, 100])("a crystal that is %i ppm slow", (ppm) => {
  // the least lateness of 1 ms is no error that anybody could see; the rest is less than half of one
  expect(worst(ppm, 20, 3)).toBeLessThan(1.5e6);
});

test("times are even, however bursts come", () => {
  const time = new SampleTime(100_000);
  time.arrived(1, 5e6);
  time.arrived(100, 5e6 + 99 * 1e4 + 3e6);
  expect(time.at(51) - time.at(50)).toBeCloseTo(1e4, 6);
  // a burst that could not have been sent yet by that line moves it
  time.arrived(1000, 5e6 + 999 * 1e4 - 2e6);
  expect(time.at(1000)).toBeCloseTo(5e6 + 999 * 1e4 - 2e6, 3);
});

/** A second of bursts that are late by at most 1 ms. */
function usual(): SampleTime {
  const time = new SampleTime(100_000);
  for (let index = 100; index <= 150_000; index += BURST) {
    time.arrived(index, index * 1e4 + (index % 300 === 0 ? 0 : 1e6));
  }
  return time;
}

test.each([
  [0, 0],
  [60, 0],
  [64 + 100, 64], // 1 ms of lateness is usual, and no loss
  [6400 + 100, 6400],
])("a break that comes late by %i samples hides %i of whole turns", (late, missing) => {
  const index = 150_100;
  expect(usual().missing(index, (index + late) * 1e4, true)).toBe(missing);
});

test("without a break lateness is none: only a second of nothing but late bursts is a loss", () => {
  const time = usual();
  const index = 150_100;
  expect(time.missing(index, index * 1e4 + 1e9, false)).toBe(0);
  let found = 0;
  for (let k = index; k < index + 200_000 && found === 0; k += BURST) {
    found = time.missing(k, k * 1e4 + 64 * 100 * 1e4, false);
    time.arrived(k, k * 1e4 + 64 * 100 * 1e4);
  }
  expect(found % 64).toBe(0);
  expect(Math.abs(found - 6400)).toBeLessThanOrEqual(128);
});

test.each([-60, 0, 60])("its crystal that gains %i ppm is found from its bytes", (ppm) => {
  const random = mulberry32(5);
  const samples = new Ppk2Samples(() => 0.1, 3.3, 0);
  const queue = new SampleQueue();
  const quiet = { adc: 1, range: 3, marks: 0 };
  for (let burst = 0; burst < 800; burst++) {
    const view = new DataView(new ArrayBuffer(4 * 1000));
    for (let k = 0; k < 1000; k++) view.setUint32(4 * k, word(1000 * burst + k, quiet), true);
    const taken = (burst + 1) * 1e7 * (1 - ppm * 1e-6);
    const atNs = BigInt(Math.round(taken + 1e6 + 3e6 * random() ** 2));
    samples.push(new Uint8Array(view.buffer), atNs, queue);
  }
  const { value, low, high } = samples.skewPpm as Figure;
  expect(Math.abs(value - ppm)).toBeLessThan(10);
  expect(low).toBeLessThanOrEqual(ppm);
  expect(high).toBeGreaterThanOrEqual(ppm);
});
