/**
 * Windows that something else than the meter cut: this computer's clock around each step, the board's own time of it, or the
 * edges of a GPIO line. Two clocks are compared then, and by how much they may differ is part of the interval:
 *
 *   where a window of length w may lie t away from where it was put, its energy is wrong by at most
 *   min(t, w) × (the highest − the lowest power around it)
 *
 * That holds whatever the load does, and is wide where windows are short beside what the clocks may differ.
 */
import { at } from "../model/at.ts";
import { nanosecondsToSeconds, secondsToNanoseconds } from "../units.ts";
import { together } from "./interval.ts";
import type { Accuracy, Figure, PowerFacts, StepEnergy } from "./meter.ts";
import { average, meanOf, spreadOf } from "./spread.ts";
import { MOST_STEPS, Thinned } from "./thinned.ts";
import type { Interval, Trace } from "./trace.ts";

/** A step: within [fromNs, toNs] by this computer's clock, of which it took `ns`. */
export type StepWindow = {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly ns: number;
};

/** A step, or what is around it where a second line tells. */
export type StepPart = "step" | "input" | "output";

export class StepWindows {
  readonly by: string;
  readonly method: string;
  /** of its ends, beside what the meter's own times are known within */
  readonly endSeconds: number;
  readonly #windows: Readonly<Record<StepPart, Thinned<StepWindow>>> = {
    step: new Thinned(MOST_STEPS),
    input: new Thinned(MOST_STEPS),
    output: new Thinned(MOST_STEPS),
  };

  constructor(by: string, method: string, endSeconds: number) {
    this.by = by;
    this.method = method;
    this.endSeconds = endSeconds;
  }

  add(window: StepWindow, part: StepPart = "step"): void {
    this.#windows[part].add(window);
  }

  forget(): void {
    for (const windows of Object.values(this.#windows)) windows.clear();
  }

  /** @param fromNs, toNs since the trace's origin */
  cut(
    trace: Trace,
    fromNs: number,
    toNs: number,
    facts: PowerFacts,
    skewPpm: StepEnergy["skewPpm"],
  ): StepEnergy {
    const energy = new EnergyBetween(trace.intervals);
    const within = (part: StepPart): Cut =>
      cutOf(this.#windows[part].items, [fromNs, toNs], trace, energy, this.#endNs(facts.accuracy));
    const { joules, seconds, doubts } = within("step");
    const { stride } = this.#windows.step;
    const count = joules.length * stride;
    const secondsEach = count === 0 ? 0 : average(seconds);
    const missing = this.#missing(count, secondsEach, facts);
    // of an input or an output that is as long as there is between two readings, or shorter, nothing is known
    const part = (of: StepPart): Figure | null => {
      const cut = within(of);
      const resolved = cut.seconds.length > 0 && average(cut.seconds) >= betweenReadings(facts);
      return resolved ? figureOf(cut, facts.accuracy) : null;
    };
    return {
      by: this.by,
      method: this.method,
      count,
      joules: stride * joules.reduce((sum, one) => sum + one, 0),
      joulesEach: missing ? null : figureOf({ joules, seconds, doubts }, facts.accuracy),
      secondsEach,
      spread: missing ? null : spreadOf(joules),
      ...{ input: part("input"), output: part("output"), skewPpm, missing },
    };
  }

  #endNs({ timeSeconds }: Accuracy): number {
    return Number(secondsToNanoseconds(timeSeconds + this.endSeconds));
  }

  #missing(count: number, secondsEach: number, facts: PowerFacts): StepEnergy["missing"] {
    if (count < 2) {
      return {
        reason: `${count === 0 ? "no step" : "a single step"} by ${this.by} where the meter was read`,
        remedy: "Give more input.",
      };
    }
    const apart = betweenReadings(facts);
    if (secondsEach >= apart) return null;
    return {
      reason: `steps of ${secondsEach.toPrecision(2)} s are shorter than the ${apart.toPrecision(2)} s between two readings of this meter`,
      remedy: "Leave the marker out: the mean over all steps is known, single ones are not.",
    };
  }
}

const betweenReadings = ({ sampleRateHz, gapSeconds }: PowerFacts): number =>
  sampleRateHz === null ? gapSeconds : 1 / sampleRateHz;

/** Of each window: its energy, its length, and by how much the energy may be another for where it may lie. */
type Cut = {
  readonly joules: readonly number[];
  readonly seconds: readonly number[];
  readonly doubts: readonly number[];
};

/** Windows between two moments without a gap in them. @param endNs by how much their ends are known, besides their own slack */
function cutOf(
  windows: readonly StepWindow[],
  [fromNs, toNs]: readonly [number, number],
  trace: Trace,
  energy: EnergyBetween,
  endNs: number,
): Cut {
  const joules: number[] = [];
  const seconds: number[] = [];
  const doubts: number[] = [];
  for (const window of windows) {
    const [from, to] = [trace.since(window.fromNs), trace.since(window.toNs)];
    if (from === null || to === null || from < fromNs || to > toNs) continue;
    const slackNs = Math.max(0, to - from - window.ns) / 2;
    const [start, end] = [from + slackNs, from + slackNs + window.ns];
    const one = energy.between(start, end);
    if (one === null) continue;
    const shiftNs = slackNs + endNs + trace.joinNs;
    const range = rangeOf(trace.between(start - shiftNs, end + shiftNs));
    joules.push(one);
    seconds.push(nanosecondsToSeconds(window.ns));
    doubts.push(nanosecondsToSeconds(Math.min(shiftNs, window.ns)) * range);
  }
  return { joules, seconds, doubts };
}

/** The mean of them; null of fewer than two. */
function figureOf({ joules, seconds, doubts }: Cut, accuracy: Accuracy): Figure | null {
  const mean = meanOf(joules);
  if (mean === null) return null;
  const half = together(
    mean.half,
    accuracy.gain * mean.value,
    accuracy.offsetWatts * average(seconds),
    average(doubts),
  );
  return { value: mean.value, low: mean.value - half, high: mean.value + half };
}

/** The highest less the lowest power of some intervals. */
const rangeOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((most, { highWatts }) => Math.max(most, highWatts), Number.NEGATIVE_INFINITY) -
  intervals.reduce((least, { lowWatts }) => Math.min(least, lowWatts), Number.POSITIVE_INFINITY);

/** Part of a window that may be a rounding, and no gap. */
const ROUNDING = 1e-3;

/** Energy up to each interval, so that a window costs two look-ups however long the trace is. */
class EnergyBetween {
  readonly #intervals: readonly Interval[];
  readonly #joules: Float64Array;
  readonly #coveredNs: Float64Array;

  constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
    this.#joules = new Float64Array(intervals.length + 1);
    this.#coveredNs = new Float64Array(intervals.length + 1);
    for (const [k, { joules, fromNs, toNs }] of intervals.entries()) {
      this.#joules[k + 1] = at(this.#joules, k) + joules;
      this.#coveredNs[k + 1] = at(this.#coveredNs, k) + toNs - fromNs;
    }
  }

  /** @returns null where there is a gap in it */
  between(fromNs: number, toNs: number): number | null {
    const [from, to] = [this.#upTo(fromNs), this.#upTo(toNs)];
    const covered = to.coveredNs - from.coveredNs;
    if (toNs <= fromNs || covered < (1 - ROUNDING) * (toNs - fromNs)) return null;
    return to.joules - from.joules;
  }

  #upTo(ns: number): { readonly joules: number; readonly coveredNs: number } {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.#intervals, middle).toNs > ns) high = middle;
      else low = middle + 1;
    }
    const [joules, coveredNs] = [at(this.#joules, low), at(this.#coveredNs, low)];
    const into = this.#intervals[low];
    if (into === undefined || into.fromNs >= ns) return { joules, coveredNs };
    const length = into.toNs - into.fromNs;
    const share = (ns - into.fromNs) / length;
    return { joules: joules + share * into.joules, coveredNs: coveredNs + share * length };
  }
}
