/** MLPerf Tiny's rule, and how long a battery lasts: values by hand. */
import { expect, test } from "vitest";
import { batteryLife } from "../../../host/power/battery.ts";
import type { EnergyReading, Figure } from "../../../host/power/meter.ts";
import { joulesOf } from "../../../host/power/report.ts";
import { type Repeat, repeatsOf, systematicShare } from "../../../host/power/rule.ts";

const exactly = (value: number): Figure => ({ value, low: value, high: value });
const windows = (values: readonly number[], seconds = 10): Repeat[] =>
  values.map((value) => ({ seconds, count: 100, joulesEach: exactly(value) }));

test("the median of five, from the least to the most, and how far these lie apart", () => {
  const found = repeatsOf(windows([5, 1, 4, 2, 3.5]), 0);
  expect(found).toMatchObject({ met: true, median: { value: 3.5, low: 1, high: 5 } });
  expect(found.spread).toBeCloseTo(4 / 3.5, 12);
});

test("the least and the most are within the bounds, however differences of numbers are rounded", () => {
  for (let k = 1; k <= 50; k++) {
    const values = [1, 1.1, 1.3, 1.7, 1.9].map((value) => (value * k) / 37e6);
    const { median } = repeatsOf(windows(values), 0);
    expect(median?.low).toBe(values[0]);
    expect(median?.high).toBe(values[4]);
  }
});

test("what the maker allows is the same in all windows, and no median makes it smaller", () => {
  const { median } = repeatsOf(windows([2, 2, 2, 2, 2]), 0.15);
  expect(median?.high).toBeCloseTo(2.3, 12);
  expect(median?.low).toBeCloseTo(1.7, 12);
  const reading = (joules: number, systematicJoules?: number): EnergyReading => ({
    ...{ seconds: 10, joules: exactly(joules), samples: 1, coverage: 1 },
    ...(systematicJoules === undefined ? {} : { systematicJoules }),
  });
  expect(systematicShare([reading(10, 1), reading(30, 3)])).toBeCloseTo(0.1, 12);
  expect(systematicShare([reading(10)])).toBe(0);
  expect(systematicShare([])).toBe(0);
});

test.each([
  ["four windows", windows([1, 1, 1, 1])],
  ["a short one", [...windows([1, 1, 1, 1]), ...windows([1], 9.99)]],
  ["one without a figure", [...windows([1, 1, 1, 1]), { seconds: 10, count: 1, joulesEach: null }]],
  ["none", []],
])("the rule is not met by %s", (_, given) => {
  expect(repeatsOf(given, 0).met).toBe(false);
});

test("a window without a figure leaves no median of the others", () => {
  const given = [...windows([1, 2, 3, 4]), { seconds: 10, count: 1, joulesEach: null }];
  expect(repeatsOf(given, 0)).toMatchObject({ median: null, spread: null });
});

test("two windows say little of how windows scatter: Student's t of one degree of freedom", () => {
  // 1 and 3: mean 2, s = √2, half = 12.706 · √2 / √2
  const { median } = repeatsOf(windows([1, 3]), 0);
  expect(median?.value).toBe(2);
  expect(median?.high).toBeCloseTo(2 + 12.706, 9);
});

test("joules of one of a hundred; readings that cover less than half are none", () => {
  const reading = { seconds: 10, joules: exactly(5), samples: 9, coverage: 0.5 };
  expect(joulesOf(reading, 100)?.value).toBeCloseTo(0.1, 12);
  expect(joulesOf({ ...reading, coverage: 0.49 }, 100)).toBeNull();
  expect(joulesOf(reading, 0)).toBeNull();
});

/** 2000 mAh at 3.7 V are 7.4 Wh. */
const CELL = { milliampereHours: 2000, volts: 3.7 };
const ACTIVE = { value: 0.1, low: 0.09, high: 0.11 };
const IDLE = { value: 0.01, low: 0.008, high: 0.012 };

test("a battery at a duty of 5 %: 0.05 · 100 mW + 0.95 · 10 mW are 14.5 mW", () => {
  const life = batteryLife(CELL, 0.05, ACTIVE, IDLE);
  expect(life.wattHours).toBeCloseTo(7.4, 12);
  expect(life.watts?.value).toBeCloseTo(0.0145, 12);
  expect(life.hours?.value).toBeCloseTo(7.4 / 0.0145, 9);
  expect(life.hours?.low).toBeCloseTo(7.4 / (0.05 * 0.11 + 0.95 * 0.012), 9);
  expect(life.hours?.high).toBeCloseTo(7.4 / (0.05 * 0.09 + 0.95 * 0.008), 9);
});

test("working all the time needs no idle; else none is made up", () => {
  expect(batteryLife(CELL, 1, ACTIVE, null).hours?.value).toBeCloseTo(74, 9);
  expect(batteryLife(CELL, 0.5, ACTIVE, null)).toMatchObject({ hours: null, watts: null });
  expect(batteryLife(CELL, 1, null, IDLE).hours).toBeNull();
});

test("power that may be nothing has no upper bound of hours; power below nothing has none at all", () => {
  const unsure = { value: 0.001, low: -0.001, high: 0.003 };
  expect(batteryLife(CELL, 1, unsure, null).hours).toMatchObject({ high: null });
  expect(batteryLife(CELL, 1, exactly(-1), null)).toMatchObject({ hours: null });
});
