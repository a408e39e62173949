/**
 * A counter of samples as times of the host's clock. Bytes arrive late and in bursts, never early: the least lateness of each
 * second tells how the device's crystal goes beside ours, and its times are stretched towards it, so that samples stay as even
 * as they were taken. Where more are missing than a counter of 64 tells, lateness is the only witness.
 */

/** Crystals differ by some 50 ppm each; the stretch that mends what they bring. */
const MOST_DRIFT = 2e-4;
/** A counter cannot tell whole turns. */
const TURN = 64;
/** A second in which nothing came in better time than this has lost samples that no counter shows. */
const UNSEEN_NS = 50e6;
/** A burst later than any of the last seconds is late by itself; lateness of long ago is forgotten by half a second. */
const FORGET = 0.5;

export class SampleTime {
  readonly #nominalNs: number;
  readonly #perSecond: number;
  #periodNs: number;
  #anchor: { readonly index: number; readonly ns: number } | null = null;
  #second = { from: 0, leastNs: Number.POSITIVE_INFINITY, mostNs: 0 };
  #usualNs = 0;

  /** @param rateHz samples a second by the device's own crystal */
  constructor(rateHz: number) {
    this.#nominalNs = 1e9 / rateHz;
    this.#perSecond = rateHz;
    this.#periodNs = this.#nominalNs;
  }

  /** When a sample was taken, in the unit and from the origin of `arrived`. */
  at(index: number): number {
    const { index: from, ns } = this.#anchor ?? { index, ns: 0 };
    return ns + (index - from) * this.#periodNs;
  }

  /**
   * Whole turns of the counter that must be missing for a burst to be as late as it is.
   *
   * @param index  of its last sample, if only what the counter shows is missing
   * @param ns     when it came
   * @param breaks whether samples are known to be missing within it
   * @returns samples, a multiple of 64: 0 where the counter may be believed
   */
  missing(index: number, ns: number, breaks: boolean): number {
    if (this.#anchor === null) return 0;
    const late = ns - this.at(index);
    const beyond = breaks ? late - this.#usualNs : this.#unseen(index, late);
    return TURN * Math.max(0, Math.floor(beyond / this.#periodNs / TURN));
  }

  /** Nothing shows a loss but that a whole second came late. */
  #unseen(index: number, late: number): number {
    const { from, leastNs } = this.#second;
    const whole = index - from >= this.#perSecond - 1;
    return whole && Math.min(leastNs, late) > UNSEEN_NS ? Math.min(leastNs, late) : 0;
  }

  /** A burst came: nothing of it can be younger than that. */
  arrived(index: number, ns: number): void {
    this.#anchor ??= { index, ns };
    const late = ns - this.at(index);
    if (late < 0) this.#move(index, late);
    const { from, leastNs, mostNs } = this.#second;
    const least = Math.min(leastNs, Math.max(0, late));
    const most = Math.max(mostNs, late);
    this.#second = { from, leastNs: least, mostNs: most };
    this.#usualNs = Math.max(this.#usualNs, late);
    if (index - from < this.#perSecond) return;
    this.#usualNs = Math.max(most, FORGET * this.#usualNs);
    this.#second = { from: index, leastNs: Number.POSITIVE_INFINITY, mostNs: 0 };
    this.#move(index, 0);
    const drift = Math.min(MOST_DRIFT, least / 1e9);
    // once pulled back by an early burst, the crystal is fast: the least lateness is 0 and says no more
    this.#periodNs = this.#nominalNs * (1 + drift);
  }

  #move(index: number, ns: number): void {
    this.#anchor = { index, ns: this.at(index) + ns };
  }
}
