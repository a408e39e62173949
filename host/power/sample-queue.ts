/** Between an instrument that does not wait and its reader: holds so many readings, then drops the oldest as lost. */
import type { PowerSample } from "./meter.ts";

/** Ten seconds of the fastest instrument: a reader that is further behind will not catch up. */
const MOST = 1_000_000;

export class SampleQueue implements AsyncIterable<PowerSample> {
  #samples: PowerSample[] = [];
  #next = 0;
  #lost: number | null = 0;
  #ended = false;
  #error: unknown = null;
  #wake: (() => void) | null = null;
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  push(sample: PowerSample): void {
    if (this.#ended) return;
    this.#samples.push(sample);
    if (this.#samples.length - this.#next > this.#most) this.#drop();
    this.#ring();
  }

  /** What is held is still delivered; then the reader ends, or gets the error. */
  end(error: unknown = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#ring();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PowerSample> {
    for (;;) {
      const sample = this.#samples[this.#next];
      if (sample) {
        this.#next += 1;
        if (this.#next === this.#samples.length) this.#clear();
        yield this.#lost === 0 ? sample : this.#withLoss(sample);
      } else if (this.#ended) {
        if (this.#error !== null) throw this.#error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #clear(): void {
    this.#samples = [];
    this.#next = 0;
  }

  #drop(): void {
    const dropped = this.#samples[this.#next];
    this.#next += 1;
    this.#lost = lostTogether(this.#lost, lostTogether(1, dropped?.lost ?? null));
    if (this.#next < this.#most) return;
    this.#samples = this.#samples.slice(this.#next);
    this.#next = 0;
  }

  #withLoss(sample: PowerSample): PowerSample {
    const lost = lostTogether(sample.lost, this.#lost);
    this.#lost = 0;
    return { ...sample, lost };
  }

  #ring(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** Readings known to be missing, of two stretches: unknown and anything is unknown. */
export const lostTogether = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a + b;
