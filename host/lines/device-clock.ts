/**
 * A device's own time as times of the host's clock. What arrives late says little, what arrives soonest says most: the
 * least of (arrival − device time) of every second lies on a line whose offset and slope are the device's offset and
 * drift. Its times are even where those of arrival come in bursts. What no clock can tell is how long the soonest of them took:
 * the line's own delay, the same for all.
 */
const SECOND_NS = 1_000_000_000;
/** Seconds that the line is drawn through: a crystal's drift changes within minutes. */
const WINDOW = 60;
/** Counters of 32 bits return to 0; a step back that is less than half of the circle is a device that started anew. */
const CIRCLE = 2 ** 32;
/** Residuals of a line through so few points say little of the next one; about Student's t of their number. */
const COVER = 3;

/** Columns and keys that tell a device's time, by name: nanoseconds of a unit. */
const CLOCKS: readonly (readonly [pattern: RegExp, unitNs: number])[] = [
  [/^(millis|ms|(time|t|timestamp)(_ms| ?[([]ms[)\]]))$/i, 1e6],
  [/^(micros|us|(time|t|timestamp)(_us| ?[([][uµμ]s[)\]]))$/i, 1e3],
  [/^(seconds|(time|t|timestamp)(_s| ?[([]s[)\]]))$/i, 1e9],
];

/** @returns nanoseconds of a unit of its numbers; null where a name is of something else */
export const clockUnitNs = (name: string): number | null =>
  CLOCKS.find(([pattern]) => pattern.test(name))?.[1] ?? null;

/** Seconds, the present one among them, before a line is drawn and no level. */
const STRAIGHT = 4;

export class DeviceClock {
  readonly #unitNs: number;
  /** [device second, least difference in ns], oldest first */
  readonly #least: [second: number, differenceNs: number][] = [];
  #last: number | null = null;
  #turns = 0;
  #lastHostNs: bigint | null = null;
  #deviceNs = 0;
  /** how often the device began again */
  restarts = 0;

  /** @param unitNs nanoseconds of one unit of the device's numbers: 10⁶ for millis() */
  constructor(unitNs: number) {
    this.#unitNs = unitNs;
  }

  /** ns the device gains in a second of the host; 0 until there are two seconds to compare. */
  get driftNsPerSecond(): number {
    return -this.#line().slope * SECOND_NS;
  }

  /** What it said last, without the turns of its counter. */
  get deviceNs(): number {
    return this.#deviceNs;
  }

  /**
   * How well its times are known beside the line's own delay: how far the soonest of each second lie from the line through
   * them. Null before there are two to compare.
   */
  get uncertaintyNs(): number | null {
    const points = this.#least.length < STRAIGHT ? this.#least : this.#least.slice(0, -1);
    const n = points.length;
    if (n < 2) return null;
    const { offset, slope, origin } = this.#line();
    const residuals = points.map(
      ([second, difference]) => difference - offset - slope * ((second + 0.5) * SECOND_NS - origin),
    );
    // a level is drawn through the least of them, and the others say how far it may be off
    if (n < STRAIGHT - 1) return Math.max(...residuals.map(Math.abs));
    const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0);
    return COVER * Math.sqrt(squares / (n - 2));
  }

  /** @param count as the device said it; @param arrivalNs when it came. @returns when it was, never before the last */
  hostNs(count: number, arrivalNs: bigint): bigint {
    const deviceNs = this.#unwrapped(count) * this.#unitNs;
    const differenceNs = Number(arrivalNs) - deviceNs;
    this.#deviceNs = deviceNs;
    this.#note(Math.floor(deviceNs / SECOND_NS), differenceNs);
    const { offset, slope, origin } = this.#line();
    const estimate = BigInt(Math.round(deviceNs + offset + slope * (deviceNs - origin)));
    const soonest = estimate < arrivalNs ? estimate : arrivalNs;
    const last = this.#lastHostNs;
    this.#lastHostNs = last !== null && soonest < last ? last : soonest;
    return this.#lastHostNs;
  }

  #unwrapped(count: number): number {
    const last = this.#last;
    this.#last = count;
    if (last !== null && count < last) {
      if (Number.isInteger(count) && last < CIRCLE && last - count > CIRCLE / 2) this.#turns += 1;
      else this.#restart();
    }
    return count + this.#turns * CIRCLE;
  }

  #restart(): void {
    this.restarts += 1;
    this.#turns = 0;
    this.#least.length = 0;
  }

  #note(second: number, differenceNs: number): void {
    const newest = this.#least.at(-1);
    if (newest?.[0] === second) newest[1] = Math.min(newest[1], differenceNs);
    else this.#least.push([second, differenceNs]);
    if (this.#least.length > WINDOW) this.#least.shift();
  }

  /** Least squares through the window; level through the least of them while it is short. */
  #line(): { readonly offset: number; readonly slope: number; readonly origin: number } {
    const points = this.#least;
    // the present second has not seen its soonest yet
    const [first, ...others] = points.slice(0, -1);
    if (first === undefined || points.length < STRAIGHT) {
      const offset = points.reduce((a, [, d]) => Math.min(a, d), Number.POSITIVE_INFINITY);
      return { offset: Number.isFinite(offset) ? offset : 0, slope: 0, origin: 0 };
    }
    const whole = [first, ...others];
    const [firstSecond, firstDifference] = first;
    let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
    for (const [second, difference] of whole) {
      const x = second - firstSecond + 0.5;
      const y = difference - firstDifference;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
    }
    const n = whole.length;
    const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
    return {
      offset: firstDifference + (sy - slope * sx) / n,
      slope: slope / SECOND_NS,
      origin: firstSecond * SECOND_NS,
    };
  }
}
