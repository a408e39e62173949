/** One of the two ports that the public runner opens: a pseudo-terminal, what waits to be written, and who comes and goes. */
import type { PseudoTerminal } from "../../linux/pty.ts";

/** A runner that is further behind reads no more: a minute and a half of samples. */
const MOST_BYTES = 1_000_000;
const READ_BYTES = 4096;

export class Terminal {
  readonly #terminal: PseudoTerminal;
  #waiting = Buffer.alloc(0);
  #attended = false;

  constructor(terminal: PseudoTerminal) {
    this.#terminal = terminal;
  }

  get path(): string {
    return this.#terminal.path;
  }

  /** Whether all was taken that was said. */
  get idle(): boolean {
    return this.#waiting.length === 0;
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
      this.#waiting = this.#waiting.subarray(this.#terminal.write(this.#waiting));
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
