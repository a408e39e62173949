/** Bytes to lines of text, in bounded memory: what has no newline for too long is dropped and counted as one line. */

/** A line of 64 numbers with 17 digits fits twice. */
export const MAX_LINE_BYTES = 4096;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

export class LineSplitter {
  readonly #pending = new Uint8Array(MAX_LINE_BYTES);
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #length = 0;
  /** the rest of a line that is dropped already */
  #skipping = false;
  /** lines that were too long, or no text */
  dropped = 0;
  /** of the longest line, its end included */
  mostBytes = 0;

  /** @param first the bytes begin in the middle of a line, as those of a port that was just opened */
  constructor(first: "whole" | "torn" = "whole") {
    this.#skipping = first === "torn";
  }

  /** @returns the lines that end in these bytes, without their ends; null stands for one that was dropped */
  push(bytes: Uint8Array): (string | null)[] {
    const lines: (string | null)[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      const room = this.#keep(bytes.subarray(start, end));
      start = end + 1;
      this.mostBytes = Math.max(this.mostBytes, this.#length + 1);
      if (!room) lines.push(null);
      else if (!this.#skipping) lines.push(this.#take());
      this.#skipping = false;
      this.#length = 0;
    }
    const room = this.#keep(bytes.subarray(start));
    if (!room) lines.push(null);
    return lines;
  }

  /** The line was torn: what comes next is the rest of another. */
  tear(): void {
    this.#length = 0;
    this.#skipping = true;
  }

  /** What stands there without a newline at the end of a file; null where that is nothing. */
  rest(): string | null {
    if (this.#skipping || this.#length === 0) return null;
    const line = this.#take();
    this.#length = 0;
    return line;
  }

  /** @returns false where the line has just become too long */
  #keep(bytes: Uint8Array): boolean {
    if (this.#skipping) return true;
    if (this.#length + bytes.length > MAX_LINE_BYTES) {
      this.#skipping = true;
      this.#length = 0;
      this.dropped += 1;
      return false;
    }
    this.#pending.set(bytes, this.#length);
    this.#length += bytes.length;
    return true;
  }

  #take(): string | null {
    const end =
      this.#length > 0 && this.#pending[this.#length - 1] === RETURN
        ? this.#length - 1
        : this.#length;
    try {
      return this.#decoder.decode(this.#pending.subarray(0, end));
    } catch {
      this.dropped += 1;
      return null;
    }
  }
}
