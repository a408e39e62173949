/** What is said to a PPK2 before it streams: silence first, as it may stream from an earlier run, then who it is. */
import type { Channel, Timers } from "../lines/index.ts";
import { nanosecondsToMilliseconds } from "../units.ts";
import { type Metadata, readMetadata } from "./ppk2-calibration.ts";

export const COMMAND = {
  START: 0x06,
  STOP: 0x07,
  POWER: 0x0c,
  MILLIVOLTS: 0x0d,
  MODE: 0x11,
  METADATA: 0x19,
} as const;

/** It sends every millisecond while it streams: silence for so long is the end of a stream. */
const QUIET_MS = 100;
/** What waits in buffers comes within this, else it did not hear. */
const DRAIN_MS = 2000;
const ANSWER_MS = 3000;
const ATTEMPTS = 3;
/** Metadata is some 600 bytes; more than this is a stream that does not stop. */
const MOST_BYTES = 1 << 16;

export class Dialogue {
  readonly #timers: Timers;
  #heard = Buffer.alloc(0);
  #total = 0;
  #wake: () => void = () => {};
  #gone = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** All that came, as a person would be told. */
  get heard(): string {
    return this.#total === 0 ? "no answer" : `${this.#total} bytes that are no metadata`;
  }

  bytes(bytes: Uint8Array): void {
    this.#total += bytes.length;
    this.#heard = Buffer.concat([this.#heard, bytes]).subarray(-MOST_BYTES);
    this.#wake();
  }

  closed(): void {
    this.#gone = true;
    this.#wake();
  }

  /** @returns null where nothing answers as a PPK2 does */
  async metadata(channel: Channel): Promise<Metadata | null> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.#gone; attempt++) {
      channel.write(Uint8Array.of(COMMAND.STOP));
      await this.#drain();
      this.#heard = Buffer.alloc(0);
      channel.write(Uint8Array.of(COMMAND.METADATA));
      const metadata = await this.#answer();
      if (metadata) return metadata;
    }
    return null;
  }

  async #drain(): Promise<void> {
    const since = this.#timers.nowNs();
    for (let before = -1; before !== this.#total && !this.#gone; ) {
      before = this.#total;
      await this.pause(QUIET_MS);
      if (nanosecondsToMilliseconds(this.#timers.nowNs() - since) > DRAIN_MS) return;
    }
  }

  async #answer(): Promise<Metadata | null> {
    let late = false;
    const callOff = this.#timers.after(ANSWER_MS, () => {
      late = true;
      this.#wake();
    });
    let metadata = readMetadata(this.#heard);
    while (metadata === null && !late && !this.#gone) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      metadata = readMetadata(this.#heard);
    }
    callOff();
    return metadata;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.after(ms, resolve);
    });
  }
}
