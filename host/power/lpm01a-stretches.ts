/**
 * Samples of an LPM01A between two of its time stamps. Fewer than fit into that time are counted as lost; of more than fit, or of
 * damaged ones, nobody can tell which are right, and the whole stretch is lost.
 */

export type Stretch = {
  /** of its beginning, by the device's clock */
  readonly fromMs: number;
  readonly amps: readonly number[];
  /** samples missing: behind those of `amps`, as nobody knows where; null: nobody knows how many */
  readonly lost: number | null;
};

/** What a stream of it says, in either of its formats. */
export type StreamEvents = {
  readonly stretch: (stretch: Stretch) => void;
  readonly error: (text: string) => void;
  readonly volts: (volts: number) => void;
  /** why it has stopped */
  readonly over: (why: string) => void;
};

export interface Lpm01aBytes {
  /** Of the sample that came last, counted from the device's own beginning; null before the first stamp. */
  readonly latest: number | null;
  push(bytes: Uint8Array): void;
}

/** A stretch is a second; of more than so many nothing is kept. */
export const MOST_SECONDS = 8;
/** Stamps are whole milliseconds. */
const STAMP_MS = 1;

export class Stretches {
  readonly #rateHz: number;
  readonly #give: (stretch: Stretch) => void;
  #fromMs: number | null = null;

  constructor(rateHz: number, give: (stretch: Stretch) => void) {
    this.#rateHz = rateHz;
    this.#give = give;
  }

  /** Of the last of so many samples since the stamp; null before the first one. */
  indexOf(samples: number): number | null {
    return this.#fromMs === null ? null : this.#at(this.#fromMs) + samples;
  }

  /**
   * A stretch ends, and the next one begins.
   *
   * @param amps null where they are damaged
   * @param torn samples among them that could not be read
   */
  stamp(ms: number, amps: readonly number[] | null, torn = 0): void {
    const from = this.#fromMs;
    this.#fromMs = ms;
    if (from === null) return;
    const expected = this.#at(ms) - this.#at(from);
    const slack = Math.ceil((STAMP_MS * this.#rateHz) / 1000) + 1;
    const count = amps === null ? Number.POSITIVE_INFINITY : amps.length;
    // two stamps of one moment have nothing between them
    if (expected === 0 && count <= slack) return;
    if (amps === null || count > expected + slack) {
      this.#give({ fromMs: from, amps: [], lost: expected > 0 ? expected : null });
      return;
    }
    const missing = expected - count > slack ? expected - count : 0;
    this.#give({ fromMs: from, amps, lost: Math.max(torn, missing) });
  }

  /** Of the sample that is taken at this moment of the device's clock. */
  #at(ms: number): number {
    return Math.round((ms * this.#rateHz) / 1000);
  }
}
