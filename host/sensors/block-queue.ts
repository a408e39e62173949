/**
 * Between a source that does not wait and a reader that may be slow: holds so many samples, then drops the oldest and
 * counts them as lost before the next.
 */
import { at } from "../model/at.ts";
import type { Block } from "./sensor.ts";

/** Some seconds of a fast sensor: a reader that is further behind will not catch up. */
const MOST_SAMPLES = 2 ** 16;

export class BlockQueue {
  readonly #blocks: Block[] = [];
  readonly #most: number;
  #samples = 0;
  #lost = 0;
  #ended = false;
  #error: unknown = null;
  #wake: (() => void) | null = null;

  constructor(mostSamples = MOST_SAMPLES) {
    this.#most = mostSamples;
  }

  push(block: Block): void {
    if (this.#ended) return;
    this.#blocks.push(block);
    this.#samples += block.values.length / block.channels;
    while (this.#samples > this.#most && this.#blocks.length > 1) {
      const dropped = at(this.#blocks, 0);
      this.#blocks.shift();
      const samples = dropped.values.length / dropped.channels;
      this.#samples -= samples;
      this.#lost += samples + dropped.lostBefore;
    }
    this.#ring();
  }

  /** What is held is still delivered; then the reader ends, or gets the error. */
  end(error: unknown = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#ring();
  }

  /** What is held is forgotten. */
  clear(): void {
    this.#blocks.length = 0;
    this.#samples = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block) {
        this.#samples -= block.values.length / block.channels;
        const lostBefore = block.lostBefore + this.#lost;
        this.#lost = 0;
        yield lostBefore === block.lostBefore ? block : { ...block, lostBefore };
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

  #ring(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
