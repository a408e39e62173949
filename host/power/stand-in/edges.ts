/**
 * When the board's timestamp pin falls. Whoever sees it says when:
 *
 *   D0 … D7   the meter itself, sampled with the power: no clocks to compare
 *   FILE      the posix port's --pin FILE, a line `nanoseconds level` for each edge, by this computer's clock
 *   lines     nobody: the board prints right before the first timestamp and right after the second
 */
import { closeSync, openSync, readSync } from "node:fs";
import { secondsToNanoseconds } from "../../units.ts";
import type { PowerSample } from "../meter.ts";

export type Pin = { readonly mark: number } | { readonly file: string } | "lines";

/** Falling edges of one logic input. */
export class MarkEdges {
  readonly #bit: number;
  #high = false;

  constructor(mark: number) {
    this.#bit = mark;
  }

  /** @returns the moment at which it fell, where this reading is the first that shows it */
  add({ tNs, seconds, marks }: PowerSample): bigint | null {
    if (marks === undefined) return null;
    const before = this.#high;
    this.#high = ((marks >> this.#bit) & 1) === 1;
    if (!before || this.#high) return null;
    // low during all of this reading
    return seconds === undefined ? tNs : tNs - secondsToNanoseconds(seconds);
  }
}

const CHUNK = 4096;

/** Falling edges that another process writes into a file. What was there before is over. */
export class FileEdges {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(CHUNK);
  #rest = "";

  /** @throws the system's error where it cannot be read */
  constructor(file: string) {
    this.#fd = openSync(file, "r");
    this.news();
    this.#rest = "";
  }

  /** Those since the last call. */
  news(): bigint[] {
    for (let count = this.#read(); count > 0; count = this.#read()) {
      this.#rest += this.#bytes.toString("latin1", 0, count);
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => {
      const [, ns] = /^(\d{1,19}) 0$/.exec(line) ?? [];
      return ns === undefined ? [] : [BigInt(ns)];
    });
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(): number {
    return readSync(this.#fd, this.#bytes, 0, CHUNK, null);
  }
}
