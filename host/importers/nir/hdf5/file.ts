/**
 * One HDF5 file while it is read: its bytes, the sizes its superblock gives, what may still be spent on it, and the
 * object it is about, so that every problem has a place.
 *
 * Three budgets bound time and memory, whatever the bytes say: structure is read a few times at most, objects are
 * counted, and decoded data is paid for before it is allocated.
 */
import { fail } from "../../../errors.ts";

const MAX_OBJECTS = 20_000;
/** Once decoded, numbers take 8 bytes each: a network of 16 million parameters. */
const MAX_BYTES = 128 * 2 ** 20;
/** Compressed files and fill values grow when they are read; sparse weights in a dense matrix grow by 30 or so. */
const MAX_GROWTH = 64;
/** A million numbers, whatever the file: constants compress to almost nothing. Importing and planning them takes 50 ms. */
const MIN_BYTES = 8 * 2 ** 20;
/** A sound file's structure is read once for its checksums, once as blocks and once as what they contain. */
const STRUCTURE_READS = 4;
const MIN_STRUCTURE = 4096;

const EXPORT_AGAIN = "The file is damaged or truncated: write it again with nir.write().";

export class Hdf5File {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes of an address in this file; the superblock says. */
  sizeOfOffsets = 8;
  /** Bytes of a length in this file; the superblock says. */
  sizeOfLengths = 8;
  /** The object that is being read: "file" before the root group. */
  path = "file";
  #objects = MAX_OBJECTS;
  #structure: number;
  #decoded: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#structure = STRUCTURE_READS * bytes.length + MIN_STRUCTURE;
    this.#decoded = Math.min(MAX_BYTES, Math.max(MIN_BYTES, MAX_GROWTH * bytes.length));
  }

  /** The bytes [at, at + n), or a damaged file. */
  slice(at: number, n: number): Uint8Array {
    if (!(at >= 0 && n >= 0 && at + n <= this.bytes.length)) {
      this.damaged(at, `${n} bytes of a file of ${this.bytes.length}`, "a whole file");
    }
    return this.bytes.subarray(at, at + n);
  }

  /** Pays for reading n bytes of structure: overlapping and repeated structures run out of it. */
  spendStructure(n: number, at: number): void {
    this.#structure -= n;
    if (this.#structure >= 0) return;
    this.damaged(at, "structures that overlap or repeat", "each byte of structure read once");
  }

  spendObject(): void {
    this.#objects -= 1;
    if (this.#objects >= 0) return;
    this.refuse("too many objects", `at most ${MAX_OBJECTS}`);
  }

  /** Pays for n bytes of decoded data before they are allocated. NaN and infinity, as products become, are too many. */
  spendDecoded(n: number, what: string): void {
    this.#decoded -= n;
    if (this.#decoded >= 0) return;
    this.refuse(what, `at most ${MAX_BYTES >> 20} MiB in all, and ${MAX_GROWTH} times the file`);
  }

  /** What the format forbids. */
  damaged(at: number, got: string, expected: string, cause?: unknown): never {
    const where = `${this.path}, offset ${at}`;
    fail("MODEL_FORMAT", where, got, expected, EXPORT_AGAIN, { cause });
  }

  /** What the format allows and this reader does not take. */
  refuse(got: string, expected: string, remedy = "Write the file again with nir.write()."): never {
    fail("MODEL_FORMAT", this.path, got, expected, remedy);
  }
}
