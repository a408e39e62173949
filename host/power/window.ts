/**
 * One window of a trace as a reading with its 95 % interval. What widens it, as a root of the sum of squares:
 *
 *   scatter   of the mean: batch means and Student's t. Not for counters, whose difference is the energy itself
 *   gain      of the reading, and the offset of every reading: what the maker states
 *   ends      the time of a reading against the clock, once at each end
 *   gaps      in the uncovered part the power may be that of the batch furthest from the mean
 *   steps     a clock that stepped back leaves the window short by so much, and covers some of it twice
 */
import { nanosecondsToSeconds } from "../units.ts";
import { halfWidth95, together } from "./interval.ts";
import type { Accuracy, EnergyReading } from "./meter.ts";
import type { Interval, Trace } from "./trace.ts";

/** Batches of a window: enough for Student's t to be narrow, few enough that what drifts slowly shows between them. */
const MOST_BATCHES = 30;
/** Readings in a batch, so that batches scatter less than readings. */
const PER_BATCH = 4;

/** @param fromNs, toNs since the trace's origin */
export function readingOf(
  trace: Trace,
  fromNs: number,
  toNs: number,
  accuracy: Accuracy,
): EnergyReading {
  const seconds = Math.max(0, nanosecondsToSeconds(toNs - fromNs));
  const intervals = trace.between(fromNs, toNs);
  const covered = nanosecondsToSeconds(sum(intervals, ({ fromNs: a, toNs: b }) => b - a));
  const joules = sum(intervals, (interval) => interval.joules);
  const samples = sum(intervals, (interval) => interval.samples);
  if (covered <= 0)
    return { seconds, joules: { value: 0, low: 0, high: 0 }, samples: 0, coverage: 0 };
  const coverage = Math.min(1, covered / seconds);
  const watts = joules / covered;
  const batches = batchWatts(trace, intervals, [fromNs, toNs], samples);
  const furthest = Math.max(0, ...batches.map((batch) => Math.abs(batch - watts)));
  const systematicJoules = together(accuracy.gain * joules, accuracy.offsetWatts * covered);
  const half = together(
    systematicJoules,
    accuracy.integrates ? 0 : covered * (halfWidth95(batches) ?? Math.abs(watts)),
    2 * accuracy.timeSeconds * watts,
    (1 - coverage) * covered * furthest,
    // what lies behind the step is of another time, and as much of the end is missing
    nanosecondsToSeconds(trace.steppedBackNs(fromNs, toNs)) * (Math.abs(watts) + furthest),
  );
  const low = joules - half;
  return {
    seconds,
    // a counter never counts back
    joules: {
      value: joules,
      low: accuracy.integrates ? Math.max(0, low) : low,
      high: joules + half,
    },
    systematicJoules,
    samples: Math.max(1, Math.round(samples)),
    coverage,
  };
}

/** Mean power of equally long parts of the window; where there are too few readings for that, of each interval. */
function batchWatts(
  trace: Trace,
  intervals: readonly Interval[],
  [fromNs, toNs]: readonly [number, number],
  samples: number,
): number[] {
  const batches = Math.min(MOST_BATCHES, Math.floor(samples / PER_BATCH));
  if (batches < 2) return intervals.map((interval) => wattsOf([interval]));
  const batchNs = (toNs - fromNs) / batches;
  return Array.from({ length: batches }, (_, k) =>
    trace.between(fromNs + k * batchNs, fromNs + (k + 1) * batchNs),
  )
    .filter((batch) => batch.length > 0)
    .map(wattsOf);
}

const wattsOf = (intervals: readonly Interval[]): number =>
  sum(intervals, ({ joules }) => joules) /
  nanosecondsToSeconds(sum(intervals, ({ fromNs, toNs }) => toNs - fromNs));

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
