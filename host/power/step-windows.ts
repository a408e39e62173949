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
import type { PowerFacts, StepEnergy } from "./meter.ts";
import { average, meanOf, spreadOf } from "./spread.ts";
import { MOST_STEPS, Thinned } from "./thinned.ts";
import type { Interval, Trace } from "./trace.ts";

/** A step: within [fromNs, toNs] by this computer's clock, of which it took `ns`. */
export type StepWindow = {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly ns: number;
};

export class StepWindows {
  readonly by: string;
  readonly method: string;
  /** of its ends, beside what the meter's own times are known within */
  readonly endSeconds: number;
  readonly #windows = new Thinned<StepWindow>(MOST_STEPS);

  constructor(by: string, method: string, endSeconds: number) {
    this.by = by;
    this.method = method;
    this.endSeconds = endSeconds;
  }

  add(window: StepWindow): void {
    this.#windows.add(window);
  }

  forget(): void {
    this.#windows.clear();
  }

  /** @param fromNs, toNs since the trace's origin */
  cut(
    trace: Trace,
    fromNs: number,
    toNs: number,
    facts: PowerFacts,
    skewPpm: StepEnergy["skewPpm"],
  ): StepEnergy {
    const { accuracy } = facts;
    const energy = new EnergyBetween(trace.intervals);
    const joules: number[] = [];
    const seconds: number[] = [];
    const doubts: number[] = [];
    for (const window of this.#windows.items) {
      const [from, to] = [trace.since(window.fromNs), trace.since(window.toNs)];
      if (from === null || to === null || from < fromNs || to > toNs) continue;
      const slackNs = Math.max(0, to - from - window.ns) / 2;
      const [start, end] = [from + slackNs, from + slackNs + window.ns];
      const one = energy.between(start, end);
      if (one === null) continue;
      const endNs = Number(secondsToNanoseconds(accuracy.timeSeconds + this.endSeconds));
      const shiftNs = slackNs + endNs + trace.joinNs;
      const range = rangeOf(trace.between(start - shiftNs, end + shiftNs));
      joules.push(one);
      seconds.push(nanosecondsToSeconds(window.ns));
      doubts.push(nanosecondsToSeconds(Math.min(shiftNs, window.ns)) * range);
    }
    const { stride } = this.#windows;
    const count = joules.length * stride;
    const secondsEach = count === 0 ? 0 : average(seconds);
    const missing = this.#missing(count, secondsEach, facts);
    const mean = missing ? null : meanOf(joules);
    const half =
      mean &&
      together(
        mean.half,
        accuracy.gain * mean.value,
        accuracy.offsetWatts * secondsEach,
        average(doubts),
      );
    return {
      by: this.by,
      method: this.method,
      count,
      joules: stride * joules.reduce((sum, one) => sum + one, 0),
      joulesEach:
        mean && half !== null
          ? { value: mean.value, low: mean.value - half, high: mean.value + half }
          : null,
      secondsEach,
      spread: missing ? null : spreadOf(joules),
      ...{ input: null, output: null, skewPpm, missing },
    };
  }

  #missing(count: number, secondsEach: number, facts: PowerFacts): StepEnergy["missing"] {
    if (count < 2) {
      return {
        reason: `${count === 0 ? "no step" : "a single step"} by ${this.by} where the meter was read`,
        remedy: "Give more input.",
      };
    }
    const { sampleRateHz, gapSeconds } = facts;
    const betweenReadings = sampleRateHz === null ? gapSeconds : 1 / sampleRateHz;
    if (secondsEach >= betweenReadings) return null;
    return {
      reason: `steps of ${secondsEach.toPrecision(2)} s are shorter than the ${betweenReadings.toPrecision(2)} s between two readings of this meter`,
      remedy: "Leave the marker out: the mean over all steps is known, single ones are not.",
    };
  }
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
