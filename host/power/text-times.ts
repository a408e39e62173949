/**
 * When readings were taken that another board prints. Lines arrive late and in bursts; where the board prints its own time with
 * each, that is mapped to ours, with offset, drift and how well both are known. A column that only looks like a clock shows in
 * the first readings: it does not go as ours does, and is left alone.
 */
import { DeviceClock } from "../lines/index.ts";
import { nanosecondsToSeconds } from "../units.ts";
import type { Figure } from "./meter.ts";
import { Skew } from "./skew.ts";
import type { Stamp, TextReading } from "./text-lines.ts";

/** A wrong unit is a thousand times off; bursts of the first half second are off by less than this. */
const NEAR = 4 / 3;
/** Of USB, besides the bits on the line. */
const USB_SECONDS = 2e-3;
/** Start, eight and stop. */
const BITS_A_BYTE = 10;

export type Timed = {
  readonly tNs: bigint;
  /** null: the board began anew, and nobody knows when */
  readonly lost: number | null;
};

export class TextTimes {
  /** the column or key that it is; null: times are those of arrival */
  readonly column: string | null;
  readonly #clock: DeviceClock | null;
  readonly #unitSeconds: number;
  readonly #delaySeconds: number;
  readonly #originNs: bigint;
  #skew = new Skew();
  #restarts = 0;
  /** readings without a time since the last one that had it */
  #lost = 0;

  /**
   * @param first readings, which were not given to anybody
   * @param mostBytes in a reading
   */
  constructor(first: readonly TextReading[], baud: number, mostBytes: number) {
    const stamp = clockOf(first);
    this.column = stamp?.name ?? null;
    this.#clock = stamp && new DeviceClock(stamp.unitNs);
    this.#unitSeconds = nanosecondsToSeconds(stamp?.unitNs ?? 0);
    this.#delaySeconds = USB_SECONDS + (BITS_A_BYTE * mostBytes) / baud;
    this.#originNs = first[0]?.atNs ?? 0n;
    for (const reading of first) this.of(reading);
  }

  /** Null where this reading says no time and others do. */
  of({ atNs, stamp, lost }: TextReading): Timed | null {
    if (this.#clock === null) return { tNs: atNs, lost };
    if (stamp === null) {
      this.#lost += 1 + lost;
      return null;
    }
    const tNs = this.#clock.hostNs(stamp.count, atNs);
    const missing = this.#lost + lost;
    this.#lost = 0;
    const { restarts, deviceNs } = this.#clock;
    if (restarts !== this.#restarts) {
      this.#restarts = restarts;
      this.#skew = new Skew();
      return { tNs, lost: null };
    }
    this.#skew.add(nanosecondsToSeconds(deviceNs), nanosecondsToSeconds(atNs - this.#originNs));
    return { tNs, lost: missing };
  }

  /** How well times are known so far; null where they are those of arrival, or nothing tells yet. */
  get seconds(): number | null {
    const ns = this.#clock?.uncertaintyNs ?? null;
    return ns === null ? null : nanosecondsToSeconds(ns) + this.#unitSeconds + this.#delaySeconds;
  }

  /** How much its clock gains on ours. */
  get skewPpm(): Figure | null {
    return this.#clock === null ? null : this.#skew.ppm;
  }
}

/** The stamp that all of them have, where it goes as our clock does. */
function clockOf(readings: readonly TextReading[]): Stamp | null {
  const [first, last] = [readings[0], readings.at(-1)];
  if (!first?.stamp || !last?.stamp) return null;
  const { name, unitNs, count } = first.stamp;
  if (!readings.every(({ stamp }) => stamp?.name === name)) return null;
  const ours = Number(last.atNs - first.atNs);
  const ratio = ((last.stamp.count - count) * unitNs) / ours;
  return ratio > 1 / NEAR && ratio < NEAR ? first.stamp : null;
}
