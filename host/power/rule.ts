/**
 * Repeats of one measurement: their median, and how they scatter. MLPerf Tiny's rule is five windows of at least ten
 * seconds, of which the median is the result.
 */
import { at } from "../model/at.ts";
import { halfWidth95, together } from "./interval.ts";
import type { EnergyReading, Figure } from "./meter.ts";

export const MLPERF_TINY = { windows: 5, seconds: 10 } as const;

/** One window: what was done in it, and what that took. */
export type Repeat = {
  readonly seconds: number;
  /** inferences, or time steps of a network that runs in them */
  readonly count: number;
  /** null where readings cover too little of it */
  readonly joulesEach: Figure | null;
};

export type Repeats = {
  readonly rule: "mlperf-tiny";
  /** five windows of at least ten seconds, each with a figure */
  readonly met: boolean;
  readonly windows: readonly Repeat[];
  /** null where a window has no figure */
  readonly median: Figure | null;
  /** the most less the least, over the median */
  readonly spread: number | null;
};

/**
 * The interval of the median reaches from the least to the most of the windows, which hold the true one 94 times in 100
 * where there are five (1 − 2/2⁵), and is widened by what the meter's maker allows, which is the same in all of them.
 */
export function repeatsOf(windows: readonly Repeat[], relativeSystematic: number): Repeats {
  const rule = "mlperf-tiny" as const;
  const long = windows.every(({ seconds }) => seconds >= MLPERF_TINY.seconds);
  const values = windows.flatMap(({ joulesEach }) => (joulesEach ? [joulesEach.value] : []));
  const n = values.length;
  if (n === 0 || n < windows.length) {
    return { rule, met: false, windows, median: null, spread: null };
  }
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (at(sorted, Math.floor((n - 1) / 2)) + at(sorted, Math.ceil((n - 1) / 2))) / 2;
  const [least, most] = [at(sorted, 0), at(sorted, n - 1)];
  const systematic = relativeSystematic * Math.abs(middle);
  // fewer say less than that of each other: Student's t of two is 12.7
  const scatter = n < MLPERF_TINY.windows ? (halfWidth95(values) ?? Math.abs(middle)) : 0;
  return {
    rule,
    met: long && n >= MLPERF_TINY.windows,
    windows,
    median: {
      value: middle,
      // differences are rounded, and no bound lies inside of what was seen
      low: Math.min(least, middle - together(Math.max(scatter, middle - least), systematic)),
      high: Math.max(most, middle + together(Math.max(scatter, most - middle), systematic)),
    },
    spread: middle > 0 ? (most - least) / middle : null,
  };
}

/** How much of the energy the maker's gain and offset may be, over all windows. */
export function systematicShare(readings: readonly EnergyReading[]): number {
  const joules = readings.reduce((sum, reading) => sum + Math.abs(reading.joules.value), 0);
  const systematic = readings.reduce((sum, reading) => sum + (reading.systematicJoules ?? NONE), 0);
  return joules > 0 ? systematic / joules : 0;
}

/** A counter states no such part. */
const NONE = 0;
