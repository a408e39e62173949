/** One of the two ports that the public runner opens: a pseudo-terminal, what waits to be written, and who comes and goes. */
import type { PseudoTerminal } from "../../linux/pty.ts";
import { type Clock, secondsToNanoseconds } from "../../units.ts";

/** The runner reads byte by byte in Python: the LPM01A's 9,000 a second it keeps up with, and not with much more. */
const READS_PER_SECOND = 12_000;
/** A runner that is further behind reads no more: a minute and a half of samples. */
const MOST_BYTES = 1_000_000;
const READ_BYTES = 4096;

export class Terminal {
  readonly #terminal: PseudoTerminal;
  readonly #clock: Clock;
  /** by then what was written has been read */
  #readNs = 0n;
  #waiting = Buffer.alloc(0);
  #attended = false;

  constructor(terminal: PseudoTerminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  get path(): string {
    return this.#terminal.path;
  }

  /** Whether all was taken that was said, and can have been read. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#clock.nowNs() >= this.#readNs;
  }

  say(text: string): void {
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(text, "latin1")]);
  }

  /** @returns what came, and whether who was there has left, or reads no more */
  turn(): { readonly text: string; readonly left: boolean } {
    const bytes = Buffer.alloc(READ_BYTES);
    const count = this.#terminal.read(bytes) ?? 0;
    const before = this.#attended;
    this.#attended = this.#terminal.attended();
    if (this.#attended && this.#waiting.length > 0) {
      const written = this.#terminal.write(this.#waiting);
      this.#waiting = this.#waiting.subarray(written);
      const nowNs = this.#clock.nowNs();
      if (this.#readNs < nowNs) this.#readNs = nowNs;
      this.#readNs += secondsToNanoseconds(written / READS_PER_SECOND);
    }
    const left = (before && !this.#attended) || this.#waiting.length > MOST_BYTES;
    // what nobody read is not for who comes next
    if (!this.#attended || left) this.#waiting = Buffer.alloc(0);
    return { text: bytes.toString("latin1", 0, count), left };
  }

  close(): void {
    this.#terminal.close();
  }
}
