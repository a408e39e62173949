/**
 * A stream of readings as intervals of known energy, from which windows are cut afterwards.
 *
 *   means (a counter's differences, an instrument that averages):  watts × seconds, ending at the reading
 *   readings of a moment:                                          the trapezoid between two of them
 *
 * Between two intervals there may be nothing: a gap stays a gap. Intervals that touch are joined up to a millisecond, so that
 * an instrument of 100,000 readings a second fills 40 kB a second and not 4 MB; between which watts they lay is kept. A window of
 * hours is joined more coarsely the longer it grows, so that it needs no more memory than one of minutes.
 */
import { at } from "../model/at.ts";
import { nanosecondsToSeconds, secondsToNanoseconds } from "../units.ts";
import type { PowerSample } from "./meter.ts";

/** Energy over a stretch of time without a gap. Nanoseconds since the trace's origin. */
export type Interval = {
  readonly fromNs: number;
  readonly toNs: number;
  readonly joules: number;
  /** readings that made it; of a share of an interval its share of them */
  readonly samples: number;
  /** of the readings that made it */
  readonly lowWatts: number;
  readonly highWatts: number;
};

/** Where a clock stepped back, and by how much; or several of them between two moments, and by how much together. */
type Twice = { readonly fromNs: number; readonly toNs: number; readonly forNs: number };

/** An instrument whose times keep stepping back: neighbours become one, which a window that has a part of it has all of. */
const MOST_TWICE = 4096;

/** Joined up to here, at first. */
const JOIN_NS = 1_000_000;
/** Some 60 MB: nine minutes without a loss of detail. */
const MOST_INTERVALS = 1 << 19;
/** Coarser than an hour says nothing of an hour. */
const COARSEST_NS = 3.6e12;
/** Two ends that are closer than this touch: times are rounded to nanoseconds, and a device's clock to ours. */
const TOUCH_NS = 2_000;

export class Trace {
  readonly #gapNs: number;
  /** stretches that readings covered a second time: a clock that stepped back */
  #twice: Twice[] = [];
  readonly #most: number;
  /** above this they are joined once more; higher where gaps stand between most of them */
  #limit: number;
  #joinNs = JOIN_NS;
  #intervals: Interval[] = [];
  #originNs: bigint | null = null;
  #last: { readonly ns: number; readonly watts: number } | null = null;

  /** @param gapSeconds readings of a moment that are further apart have a gap between them */
  constructor(gapSeconds: number, most = MOST_INTERVALS) {
    this.#gapNs = gapSeconds * 1e9;
    this.#most = most;
    this.#limit = most;
  }

  /** Finer than this nothing can be cut. */
  get joinNs(): number {
    return this.#joinNs;
  }

  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  /** Nanoseconds since the origin, which is the first reading. Null before it. */
  since(tNs: bigint): number | null {
    return this.#originNs === null ? null : Number(tNs - this.#originNs);
  }

  /** Forgets what lies before, but for the reading that an interval may begin at. @param ns only what ends before it */
  forget(ns: number = Number.POSITIVE_INFINITY): void {
    this.#intervals.splice(0, this.#firstEndingAfter(ns));
    this.#twice = this.#twice.filter(({ toNs }) => toNs >= ns);
    if (this.#intervals.length > 0) return;
    this.#joinNs = JOIN_NS;
    this.#limit = this.#most;
  }

  /** For how long readings between two moments say of a time what others had said: their clock stepped back by so much. */
  steppedBackNs(fromNs: number, toNs: number): number {
    return this.#twice
      .filter((twice) => twice.toNs >= fromNs && twice.fromNs <= toNs)
      .reduce((sum, { forNs }) => sum + forNs, 0);
  }

  add({ tNs, watts, seconds, lost }: PowerSample): void {
    this.#originNs ??= tNs;
    const ns = Number(tNs - this.#originNs);
    const last = this.#last;
    this.#last = { ns, watts };
    if (seconds !== undefined) {
      this.#push(ns - Number(secondsToNanoseconds(seconds)), ns, watts, watts);
    } else if (last && lost === 0 && ns > last.ns && ns - last.ns <= this.#gapNs) {
      this.#push(last.ns, ns, last.watts, watts);
    }
  }

  /**
   * What two readings both cover counts once: the later one gives way.
   *
   * @param first, last watts at its ends: their mean between them
   */
  #push(fromNs: number, toNs: number, first: number, last: number): void {
    const before = this.#intervals.at(-1);
    const touches = before !== undefined && Math.abs(fromNs - before.toNs) <= TOUCH_NS;
    const start = before !== undefined && (touches || fromNs < before.toNs) ? before.toNs : fromNs;
    if (before !== undefined && !touches && fromNs < before.toNs) {
      const { toNs: atNs } = before;
      this.#twice.push({ fromNs: atNs, toNs: atNs, forNs: Math.min(toNs, atNs) - fromNs });
      if (this.#twice.length > MOST_TWICE) this.#twice = inPairs(this.#twice);
    }
    if (toNs <= start) return;
    const joules = ((first + last) / 2) * nanosecondsToSeconds(toNs - start);
    const [lowWatts, highWatts] = [Math.min(first, last), Math.max(first, last)];
    const interval = { fromNs: start, toNs, joules, samples: 1, lowWatts, highWatts };
    if (touches && toNs - before.fromNs <= this.#joinNs) {
      this.#intervals[this.#intervals.length - 1] = together(before, interval);
      return;
    }
    this.#intervals.push(interval);
    if (this.#intervals.length > this.#limit) this.#coarsen();
  }

  #coarsen(): void {
    while (this.#intervals.length > 0.75 * this.#most && this.#joinNs < COARSEST_NS) {
      this.#joinNs *= 2;
      const joined: Interval[] = [];
      for (const interval of this.#intervals) {
        const before = joined.at(-1);
        const touches = before !== undefined && Math.abs(interval.fromNs - before.toNs) <= TOUCH_NS;
        if (touches && interval.toNs - before.fromNs <= this.#joinNs) {
          joined[joined.length - 1] = together(before, interval);
        } else joined.push(interval);
      }
      this.#intervals = joined;
    }
    this.#limit = Math.max(this.#most, 2 * this.#intervals.length);
  }

  /** The intervals between two moments; of one that is cut, its share of the energy. */
  between(fromNs: number, toNs: number): Interval[] {
    const cut: Interval[] = [];
    for (let k = this.#firstEndingAfter(fromNs); k < this.#intervals.length; k++) {
      const interval = at(this.#intervals, k);
      if (interval.fromNs >= toNs) break;
      cut.push(shareOf(interval, fromNs, toNs));
    }
    return cut;
  }

  #firstEndingAfter(ns: number): number {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.#intervals, middle).toNs > ns) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function inPairs(all: readonly Twice[]): Twice[] {
  const joined: Twice[] = [];
  for (let k = 0; k < all.length; k += 2) {
    const [first, second] = [at(all, k), all[k + 1]];
    const both = second && { ...first, toNs: second.toNs, forNs: first.forNs + second.forNs };
    joined.push(both ?? first);
  }
  return joined;
}

/** Two that touch. */
const together = (a: Interval, b: Interval): Interval => ({
  fromNs: a.fromNs,
  toNs: b.toNs,
  joules: a.joules + b.joules,
  samples: a.samples + b.samples,
  lowWatts: Math.min(a.lowWatts, b.lowWatts),
  highWatts: Math.max(a.highWatts, b.highWatts),
});

function shareOf(interval: Interval, fromNs: number, toNs: number): Interval {
  if (interval.fromNs >= fromNs && interval.toNs <= toNs) return interval;
  const start = Math.max(fromNs, interval.fromNs);
  const end = Math.min(toNs, interval.toNs);
  const share = (end - start) / (interval.toNs - interval.fromNs);
  const { joules, samples } = interval;
  return {
    ...interval,
    ...{ fromNs: start, toNs: end, joules: joules * share, samples: samples * share },
  };
}
