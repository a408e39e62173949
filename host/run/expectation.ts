/**
 * --expect: outputs that must equal a file, byte for byte or, as csv, number for number. What a program would have written
 * with --output is held against the file, row by row.
 */
import { type Problem, problem } from "../errors.ts";
import { NPY_ELEMENT_BYTES } from "../files/npy.ts";
import { isNpy, npyBody, requireNpyRow } from "../files/npy-rows.ts";
import { readWhole } from "../files/read-bytes.ts";
import { elementTensors, fileElement, fileElementBytes } from "../files/tensor-values.ts";
import { at } from "../model/at.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { plural } from "../text.ts";

export type Expectation = {
  /** the next row as --output would write it: bytes, or whole lines of csv */
  readonly add: (row: string | Uint8Array) => void;
  /** the first difference, or null. @param rows what a row is called: "sample" or "step" */
  readonly difference: (rows: "sample" | "step") => Problem | null;
};

/** Kept whole beside the run. */
const MOST_BYTES = 2 ** 28;
const REMEDY = "Look at what changed, or write the file anew with --output.";

/** @param tensors of a row, back to back */
export async function openExpectation(
  path: string,
  tensors: readonly ManifestTensor[],
  signal: AbortSignal,
): Promise<Expectation> {
  const bytes = await readWhole(path, MOST_BYTES, "INPUT_FORMAT", signal);
  const compared = path.toLowerCase().endsWith(".csv")
    ? new Lines(bytes)
    : elementsOf(path, bytes, tensors);
  return {
    add: (row) => compared.add(row),
    difference(rows) {
      const found = compared.first(rows);
      if (found === null) return null;
      const { where, got, expected } = found;
      const { values, different } = compared;
      const share = different > 0 ? `${different} of ${plural(values, "value")} differ. ` : "";
      return problem("EXPECTATION", `${path}: ${where}`, got, expected, `${share}${REMEDY}`);
    },
  };
}

function elementsOf(path: string, bytes: Uint8Array, tensors: readonly ManifestTensor[]): Elements {
  const perElement = elementTensors(tensors);
  const signed = perElement.map((tensor) => ["i8", "i16", "i32"].includes(fileElement(tensor)));
  if (!isNpy(path)) return new Elements(bytes, perElement.map(fileElementBytes), signed);
  const row = requireNpyRow(path, tensors);
  const width = NPY_ELEMENT_BYTES[row.element];
  return new Elements(
    npyBody(path, bytes, row),
    perElement.map(() => width),
    signed,
  );
}

type Difference = { readonly where: string; readonly got: string; readonly expected: string };

const LINE_FEED = 10;

class Lines {
  /** that both have, and of these those that differ */
  values = 0;
  different = 0;
  /** taken line by line: as a list of lines a file of short ones takes a multiple of itself */
  private readonly bytes: Uint8Array;
  private readonly decoder = new TextDecoder();
  private at = 0;
  private count = 0;
  private found: Difference | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The next line of the file; null behind the last. */
  private next(): string | null {
    const { bytes, at } = this;
    if (at >= bytes.length) return null;
    const end = bytes.indexOf(LINE_FEED, at);
    const whole = end < 0 ? bytes.length : end;
    this.at = whole + 1;
    const text = this.decoder.decode(bytes.subarray(at, whole));
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }

  /** Those that were not taken. */
  private left(): number {
    let lines = 0;
    for (let { at } = this; at < this.bytes.length; lines++) {
      const end = this.bytes.indexOf(LINE_FEED, at);
      at = end < 0 ? this.bytes.length : end + 1;
    }
    return lines;
  }

  add(row: string | Uint8Array): void {
    const text = typeof row === "string" ? row : new TextDecoder().decode(row);
    for (const line of text.split("\n").slice(0, -1)) {
      const difference = this.compare(line, this.count);
      this.found ??= difference;
      this.count += 1;
    }
  }

  private compare(line: string, at: number): Difference | null {
    const expected = this.next();
    const where = `line ${at + 1}`;
    if (expected === null) return { where, got: line, expected: "the end of the file" };
    const [own, theirs] = [line.split(","), expected.split(",")];
    if (own.length !== theirs.length) return { where, got: line, expected };
    const differs = (cell: string, j: number) => Number(cell) !== Number(theirs[j]);
    const k = own.findIndex(differs);
    this.values += own.length;
    if (k < 0) return null;
    this.different += own.filter(differs).length;
    return { where: `${where}, value ${k + 1}`, got: own[k] ?? "", expected: theirs[k] ?? "" };
  }

  first(): Difference | null {
    const missing = this.found ? 0 : this.left();
    if (missing === 0) return this.found;
    return {
      where: `line ${this.count + 1}`,
      got: `${this.count} lines`,
      expected: `${this.count + missing} lines`,
    };
  }
}

class Elements {
  /** that both have, and of these those that differ */
  values = 0;
  different = 0;
  private readonly bytes: Uint8Array;
  private readonly elementBytes: readonly number[];
  private readonly signed: readonly boolean[];
  private at = 0;
  private rows = 0;
  private found: { readonly row: number; readonly byte: number; readonly got: Uint8Array } | null =
    null;

  /** @param signed which elements of one byte or two are int8 or int16; the others count from 0 */
  constructor(bytes: Uint8Array, elementBytes: readonly number[], signed: readonly boolean[]) {
    this.bytes = bytes;
    this.signed = signed;
    this.elementBytes = elementBytes;
  }

  add(row: string | Uint8Array): void {
    if (typeof row === "string") throw new Error("a row of text in a file of bytes");
    let from = 0;
    for (const size of this.elementBytes) {
      const byte = this.firstDifference(row, from, from + size);
      if (byte !== null) this.found ??= { row: this.rows, byte, got: row.slice() };
      if (this.at + from + size <= this.bytes.length) {
        this.values += 1;
        if (byte !== null) this.different += 1;
      }
      from += size;
    }
    this.at += row.length;
    this.rows += 1;
  }

  private firstDifference(row: Uint8Array, from: number, to: number): number | null {
    for (let k = from; k < to; k++) if (row[k] !== this.bytes[this.at + k]) return k;
    return null;
  }

  first(rows: string): Difference | null {
    if (this.found) {
      const { row, byte, got } = this.found;
      const start = row * got.length;
      const { index, from, to } = this.elementAt(byte);
      if (start + to > this.bytes.length) {
        return { where: `${rows} ${row}`, got: "an output", expected: "the end of the file" };
      }
      return {
        where: `${rows} ${row}, output ${index}`,
        got: hex(got.subarray(from, to), at(this.signed, index)),
        expected: hex(this.bytes.subarray(start + from, start + to), at(this.signed, index)),
      };
    }
    if (this.at === this.bytes.length) return null;
    return {
      where: `after ${rows} ${this.rows - 1}`,
      got: `${this.at} bytes of outputs`,
      expected: `${this.bytes.length} bytes`,
    };
  }

  /** The element of a row that a byte belongs to. */
  private elementAt(byte: number): {
    readonly index: number;
    readonly from: number;
    readonly to: number;
  } {
    let from = 0;
    for (const [index, size] of this.elementBytes.entries()) {
      if (byte < from + size) return { index, from, to: from + size };
      from += size;
    }
    throw new Error(`no element holds byte ${byte} of a row`);
  }
}

/** One byte, or a signed pair, as the number it is; more as they stand in the file. */
function hex(bytes: Uint8Array, signed: boolean): string {
  const digits = `0x${Buffer.from(bytes).toString("hex")}`;
  if (bytes.length === 2 && signed) {
    return `${at(bytes, 0) | ((at(bytes, 1) << 24) >> 16)} (${digits})`;
  }
  if (bytes.length !== 1) return digits;
  const byte = at(bytes, 0);
  return `${signed ? (byte << 24) >> 24 : byte} (${digits})`;
}
