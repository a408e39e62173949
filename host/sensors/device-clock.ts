/**
 * A device's own time as times of the host's clock. What arrives late says little, what arrives soonest says most: the
 * least of (arrival − device time) of every second lies on a line whose offset and slope are the device's offset and
 * drift. Its times are even where those of arrival come in bursts.
 */
import { at } from "../model/at.ts";

const SECOND_NS = 1_000_000_000;
/** Seconds that the line is drawn through: a crystal's drift changes within minutes. */
const WINDOW = 60;
/** Counters of 32 bits return to 0; a step back that is less than half of the circle is a device that started anew. */
const CIRCLE = 2 ** 32;

export class DeviceClock {
  readonly #unitNs: number;
  /** [device second, least difference in ns], oldest first */
  readonly #least: [second: number, differenceNs: number][] = [];
  #last: number | null = null;
  #turns = 0;
  #lastHostNs: bigint | null = null;
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

  /** @param count as the device said it; @param arrivalNs when it came. @returns when it was, never before the last */
  hostNs(count: number, arrivalNs: bigint): bigint {
    const deviceNs = this.#unwrapped(count) * this.#unitNs;
    const differenceNs = Number(arrivalNs) - deviceNs;
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
    if (points.length < 4) {
      const offset = points.reduce((a, [, d]) => Math.min(a, d), Number.POSITIVE_INFINITY);
      return { offset: Number.isFinite(offset) ? offset : 0, slope: 0, origin: 0 };
    }
    // the present second has not seen its soonest yet
    const whole = points.slice(0, -1);
    const [firstSecond, firstDifference] = at(whole, 0);
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
