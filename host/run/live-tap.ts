/** Where blocks of a sensor come out, one after another, also when their reader has ended before the sensor did. */
import type { Block, EventBlock, Sensor } from "../sensors/sensor.ts";
import { isEvents } from "../sensors/sensor.ts";

type Next = IteratorResult<Block | EventBlock>;

export class Tap {
  /** delivered after the reader had ended, and missing before these and after the last */
  readonly unread = { samples: 0, lost: 0 };
  readonly #sensor: Sensor;
  readonly #signal: AbortSignal;
  #blocks: AsyncIterator<Block | EventBlock> | null = null;
  #asked: Promise<Next> | null = null;
  #left = false;

  /** @param signal after which what is left is counted by `rest` */
  constructor(sensor: Sensor, signal: AbortSignal) {
    this.#sensor = sensor;
    this.#signal = signal;
  }

  /** The next block; until it is taken, the same. */
  next(): Promise<Next> {
    this.#blocks ??= this.#sensor[Symbol.asyncIterator]();
    if (this.#asked === null) {
      this.#asked = this.#blocks.next();
      this.#asked.catch(() => {}); // nobody may wait for it any more
    }
    return this.#asked;
  }

  take(): void {
    this.#asked = null;
  }

  async *blocks(): AsyncGenerator<Block | EventBlock> {
    try {
      for (;;) {
        const { done, value } = await this.next();
        // it is another's, who counts what is left
        if (this.#left) return;
        this.take();
        if (done) return;
        yield value;
      }
    } finally {
      // nobody wants more, and the source may let go of its files
      if (!this.#signal.aborted) await this.#blocks?.return?.();
    }
  }

  /** Closes the sensor and counts what it still has to say: what comes and is not read, and what is lost until now. */
  async rest(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    await this.#sensor.close();
    for (;;) {
      const { done, value } = await this.next();
      this.take();
      if (done) return;
      this.unread.samples += samplesOf(value);
      this.unread.lost += value.lostBefore;
    }
  }
}

const samplesOf = (block: Block | EventBlock): number =>
  isEvents(block) ? block.timeNs.length : block.values.length / block.channels;
