/** Intervals of a window that grows: bounded, with all of their energy and every gap. */
import { expect, test } from "vitest";
import { Trace } from "../../../host/power/trace.ts";

const MS = 1_000_000;
const MOST = 100;

/** A mean of 1 … 7 W over each millisecond, but for some that are missing. */
function readings(trace: Trace, count: number, isMissing: (k: number) => boolean): number {
  let joules = 0;
  for (let k = 0; k < count; k++) {
    if (isMissing(k)) continue;
    const watts = 1 + (k % 7);
    joules += watts / 1000;
    trace.add({ tNs: BigInt((k + 1) * MS), watts, seconds: 0.001, lost: 0 });
  }
  return joules;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test("ten thousand milliseconds in a hundred intervals: no energy, no reading and no gap is lost", () => {
  const trace = new Trace(1, MOST);
  const isMissing = (k: number) => k >= 4000 && k < 4500;
  const joules = readings(trace, 10_000, isMissing);
  const { intervals } = trace;
  expect(intervals.length).toBeLessThanOrEqual(MOST);
  expect(sum(intervals.map((one) => one.joules))).toBeCloseTo(joules, 9);
  expect(sum(intervals.map(({ samples }) => samples))).toBe(9500);
  expect(sum(intervals.map(({ fromNs, toNs }) => toNs - fromNs))).toBe(9500 * MS);
  const origin = trace.since(0n) as number;
  expect(trace.between(origin + 4000 * MS, origin + 4500 * MS)).toEqual([]);
  // 64 ms are too little for 9.5 s in a hundred; what is cut is no coarser than is said
  expect(trace.joinNs).toBe(128 * MS);
  const cut = trace.between(origin + 1000 * MS, origin + 3000 * MS);
  expect(Math.abs(sum(cut.map((one) => one.joules)) - 8)).toBeLessThan(
    (2 * 7 * trace.joinNs) / 1e9,
  );
  expect(cut.every(({ lowWatts, highWatts }) => lowWatts === 1 && highWatts === 7)).toBe(true);
  trace.forget();
  expect(trace.joinNs).toBe(MS);
});

test("where every second reading is missing, nothing is joined and the limit grows", () => {
  const trace = new Trace(1, MOST);
  readings(trace, 2000, (k) => k % 2 === 1);
  expect(trace.intervals).toHaveLength(1000);
});

test("a clock that steps back again and again: bounded, and no window knows of less than happened in it", () => {
  const trace = new Trace(1, MOST);
  const STEPS = 20_000;
  for (let k = 1; k <= STEPS; k++) {
    // two milliseconds on, one back
    for (const ms of [k + 1, k + 2]) {
      trace.add({ tNs: BigInt(ms * MS), watts: 1, seconds: 0.001, lost: 0 });
    }
  }
  const origin = trace.since(0n) as number;
  const all = trace.steppedBackNs(origin, origin + 2 * STEPS * MS);
  expect(all).toBe((STEPS - 1) * MS);
  for (const [from, to] of [
    [10, 20],
    [5000, 9000],
    [19_000, 20_002],
  ] as const) {
    const known = trace.steppedBackNs(origin + from * MS, origin + to * MS);
    expect(known).toBeGreaterThanOrEqual((to - from - 2) * MS);
    expect(known).toBeLessThanOrEqual(all);
  }
  // what is recent is known one by one
  const recent = trace.steppedBackNs(origin + 19_900 * MS, origin + 20_002 * MS);
  expect(recent).toBeLessThanOrEqual(104 * MS);
});
