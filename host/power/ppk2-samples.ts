/** A PPK2's bytes as readings of power: decoded, in amperes, each with the time that its number gives it. */
import { nanosecondsToSeconds } from "../units.ts";
import type { Figure } from "./meter.ts";
import { Ppk2Stream, type RawSample } from "./ppk2-stream.ts";
import { SampleTime } from "./ppk2-time.ts";
import { lostTogether, type SampleQueue } from "./sample-queue.ts";
import { Skew } from "./skew.ts";

export const RATE_HZ = 100_000;
const SAMPLE_SECONDS = 1 / RATE_HZ;
/** The end of its range: what is above was not measured. */
const MOST_AMPS = 1;

export class Ppk2Samples {
  readonly #amperes: (range: number, adc: number) => number;
  readonly #volts: number;
  readonly #stream = new Ppk2Stream();
  readonly #time = new SampleTime(RATE_HZ);
  readonly #skew = new Skew();
  #originNs: bigint | null = null;
  /** of the last sample, counted from the first; lost ones have theirs */
  #index = 0;
  #lastNs = Number.NEGATIVE_INFINITY;
  /** of samples that are not delivered */
  #lost: number | null;

  /**
   * @param volts of what feeds the device
   * @param lost  before the first sample; null where nobody knows
   */
  constructor(amperes: (range: number, adc: number) => number, volts: number, lost: number | null) {
    this.#amperes = amperes;
    this.#volts = volts;
    this.#lost = lost;
  }

  /** How much its crystal gains on our clock. */
  get skewPpm(): Figure | null {
    return this.#skew.ppm;
  }

  push(bytes: Uint8Array, atNs: bigint, queue: SampleQueue): void {
    const burst: RawSample[] = [];
    this.#stream.push(bytes, (sample) => burst.push(sample));
    if (burst.length === 0) return;
    this.#originNs ??= atNs;
    const ns = Number(atNs - this.#originNs);
    const shown = burst.reduce((index, { lost }) => index + 1 + (lost ?? 0), this.#index);
    const breaks = burst.some(({ lost }) => lost !== 0);
    const unseen = this.#time.missing(shown, ns, breaks);
    this.#time.arrived(shown + unseen, ns);
    this.#skew.add((shown + unseen) * SAMPLE_SECONDS, nanosecondsToSeconds(ns));
    // turns of the counter that are missing are so at the first break, or nobody knows where
    let turns = unseen;
    for (const sample of burst) {
      const here = turns > 0 && (sample.lost !== 0 || !breaks) ? turns : 0;
      turns -= here;
      this.#index += 1 + (sample.lost ?? 0) + here;
      this.#lost = lostTogether(this.#lost, here > 0 ? null : sample.lost);
      this.#deliver(sample, this.#originNs, queue);
    }
  }

  #deliver({ range, adc, marks }: RawSample, originNs: bigint, queue: SampleQueue): void {
    const amps = this.#amperes(range, adc);
    if (!(amps <= MOST_AMPS)) {
      this.#lost = lostTogether(this.#lost, 1);
      return;
    }
    // an early burst moves times back; those that were given stand
    this.#lastNs = Math.max(this.#lastNs, this.#time.at(this.#index));
    const tNs = originNs + BigInt(Math.round(this.#lastNs));
    const { volts, lost } = { volts: this.#volts, lost: this.#lost };
    queue.push({ tNs, watts: amps * volts, seconds: SAMPLE_SECONDS, volts, amps, marks, lost });
    this.#lost = 0;
  }
}
