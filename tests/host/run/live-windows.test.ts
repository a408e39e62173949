/** Samples and events to inputs: counted here a second time, sample by sample and step by step. */
import { describe, expect, test } from "vitest";
import { EventSteps, SampleWindows, samplesPerWindow } from "../../../host/run/live-windows.ts";

const block = (first: number, samples: number, channels: number, lostBefore = 0) => ({
  ...{ timeNs: BigInt(first) * 1_000_000n, channels, lostBefore },
  values: Float64Array.from({ length: samples * channels }, (_, k) => first * channels + k),
});

test("channels that do not divide the values are refused with both numbers", () => {
  expect(samplesPerWindow("sim:x", 12, 3)).toBe(4);
  expect(samplesPerWindow("sim:x", 12, 12)).toBe(1);
  for (const channels of [0, 5, 24]) {
    expect(() => samplesPerWindow("sim:x", 12, channels)).toThrow(
      new RegExp(`INPUT_SIZE: sim:x: got ${channels} channels, expected a divisor of 12`),
    );
  }
});

describe("windows", () => {
  test("consecutive samples without overlap, channels as they come, across blocks of any length", () => {
    // a generator hands out one buffer: looked at as it comes
    const again = new SampleWindows("sim:x", 2, 3, 1000);
    const seen: number[][] = [];
    for (const one of [block(0, 2, 2), block(2, 5, 2), block(7, 3, 2)]) {
      for (const { values } of again.add(one)) seen.push([...values]);
    }
    expect(seen).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
      [12, 13, 14, 15, 16, 17],
    ]);
    expect(again).toMatchObject({ samples: 10, lost: 0, dropped: 0, discarded: 0, waiting: 1 });
  });

  test("the time is that of the last sample; without a rate that of its block", () => {
    const timed = new SampleWindows("x", 1, 4, 1000);
    expect([...timed.add(block(0, 8, 1))].map(({ endNs }) => endNs)).toEqual([3000000n, 7000000n]);
    const untimed = new SampleWindows("x", 1, 4, null);
    expect([...untimed.add(block(5, 8, 1))].map(({ endNs }) => endNs)).toEqual([
      5000000n,
      5000000n,
    ]);
  });

  test("a window with a gap in it is dropped and counted; one that begins after the gap is whole", () => {
    const windows = new SampleWindows("x", 1, 4, 1000);
    const seen: number[][] = [];
    for (const one of [block(0, 6, 1), block(9, 5, 1, 3), block(17, 3, 1, 3)]) {
      for (const { values } of windows.add(one)) seen.push([...values]);
    }
    // 0…3 | 4 5 ✗ | 9…12 | 13 ✗ | 17 18 19 waiting
    expect(seen).toEqual([
      [0, 1, 2, 3],
      [9, 10, 11, 12],
    ]);
    expect(windows).toMatchObject({ samples: 14, lost: 6, dropped: 2, discarded: 3, waiting: 3 });
  });

  test("a gap between two windows drops none", () => {
    const windows = new SampleWindows("x", 1, 2, 1000);
    const made = [block(0, 2, 1), block(9, 2, 1, 7)].flatMap((one) => [...windows.add(one)]);
    expect(made).toHaveLength(2);
    expect(windows).toMatchObject({ lost: 7, dropped: 0, discarded: 0 });
  });

  test("every sample is in a window, discarded or waiting", () => {
    let seed = 1;
    const random = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    const windows = new SampleWindows("x", 3, 5, 100);
    let [made, samples, lost] = [0, 0, 0];
    for (let k = 0; k < 2000; k++) {
      const [some, gap] = [1 + random(9), random(4) === 0 ? 1 + random(3) : 0];
      lost += gap;
      for (const { values } of windows.add(block(samples + lost, some, 3, gap))) {
        made += 1;
        const first = values[0] as number;
        expect([...values]).toEqual(Array.from({ length: 15 }, (_, i) => first + i));
      }
      samples += some;
    }
    expect(windows.samples).toBe(samples);
    expect(windows.lost).toBe(lost);
    expect(made * 5 + windows.discarded + windows.waiting).toBe(samples);
  });

  test("a source that has other channels than it said", () => {
    const windows = new SampleWindows("serial:x", 2, 3, null);
    expect(() => [...windows.add(block(0, 2, 3))]).toThrow(/INPUT_SIZE: serial:x: got 3 channels/);
  });
});

describe("events", () => {
  const events = (times: readonly number[], lostBefore = 0) => ({
    timeNs: BigInt64Array.from(times, (us) => BigInt(us) * 1000n),
    value: new Float64Array(times.length),
    lostBefore,
  });
  /** Counts step by step. */
  const flat = (runs: Iterable<{ count: number; steps: number }>): number[] =>
    [...runs].flatMap(({ count, steps }) => Array<number>(steps).fill(count));
  const us = (time: number) => BigInt(time) * 1000n;

  test("counts per step, a step's start included and its end excluded", () => {
    const steps = new EventSteps(us(1000), 1e-4, 255);
    steps.add(events([1000, 1099, 1100, 1350, 1399]));
    expect(flat(steps.until(us(1400)))).toEqual([2, 1, 0, 2]);
    expect(steps).toMatchObject({ events: 5, moved: 0, lost: 0 });
  });

  test("a step is made once, and only when it is over", () => {
    const steps = new EventSteps(0n, 1e-3, 255);
    steps.add(events([2500]));
    expect(flat(steps.until(us(999)))).toEqual([]);
    expect(flat(steps.until(us(2999)))).toEqual([0, 0]);
    expect(flat(steps.until(us(2999)))).toEqual([]);
    expect(flat(steps.until(us(5000)))).toEqual([1, 0, 0]);
  });

  test("silence is one run, however long", () => {
    const steps = new EventSteps(0n, 1e-4, 255);
    expect([...steps.until(us(3_600_000_000))]).toEqual([{ count: 0, steps: 36_000_000 }]);
  });

  test("an event whose step is over counts in the next, and is said", () => {
    const steps = new EventSteps(0n, 1e-3, 255);
    expect(flat(steps.until(us(3000)))).toEqual([0, 0, 0]);
    steps.add(events([1500, 3200], 4));
    expect(flat(steps.rest())).toEqual([2]);
    expect(steps).toMatchObject({ events: 2, moved: 1, lost: 4 });
  });

  test("more than a step may hold goes on to the steps after it", () => {
    const steps = new EventSteps(0n, 1e-3, 2);
    steps.add(events([100, 200, 300, 400, 500, 1100]));
    expect(flat(steps.rest())).toEqual([2, 2, 2]);
    // three left the first step, two of what the second then had left it
    expect(steps).toMatchObject({ events: 6, moved: 5 });
  });
});
