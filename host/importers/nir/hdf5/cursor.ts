/**
 * Reads fields one after the other inside a range of the file: little-endian, with the sizes of addresses and lengths
 * that the superblock gives. Every access is checked against the range, which was checked against the file.
 */
import { lookup3 } from "./checksum.ts";
import type { Hdf5File } from "./file.ts";

/** @param n bytes of the structure; all up to the end of the file where it says its own size */
export function cursorAt(
  file: Hdf5File,
  at: number,
  n = Math.max(0, file.bytes.length - at),
): Cursor {
  file.slice(at, n);
  return new Cursor(file, at, at + n);
}

export class Cursor {
  readonly file: Hdf5File;
  readonly start: number;
  readonly end: number;
  at: number;

  constructor(file: Hdf5File, start: number, end: number) {
    this.file = file;
    this.start = start;
    this.end = end;
    this.at = start;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Takes n bytes; returns where they begin. */
  skip(n: number): number {
    const { at, end, file } = this;
    if (!(n >= 0 && at + n <= end)) {
      file.damaged(at, `${n} bytes in a structure that ends after ${end - at}`, "whole fields");
    }
    file.spendStructure(n, at);
    this.at = at + n;
    return at;
  }

  take(n: number): Uint8Array {
    const at = this.skip(n);
    return this.file.bytes.subarray(at, at + n);
  }

  u8(): number {
    return this.file.view.getUint8(this.skip(1));
  }
  u16(): number {
    return this.file.view.getUint16(this.skip(2), true);
  }
  u32(): number {
    return this.file.view.getUint32(this.skip(4), true);
  }
  /** An unsigned integer of n ≤ 8 bytes. Exact below 2^53; larger ones stay larger than any file. */
  unsigned(n: number): number {
    const at = this.skip(n);
    let value = 0;
    for (let k = n - 1; k >= 0; k--) value = value * 256 + this.file.view.getUint8(at + k);
    return value;
  }
  u64(): number {
    const at = this.skip(8);
    const { view } = this.file;
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  }
  length(): number {
    return this.file.sizeOfLengths === 8 ? this.u64() : this.unsigned(this.file.sizeOfLengths);
  }
  /** An address, or null for the undefined address: all bits set. */
  offset(): number | null {
    const bytes = this.take(this.file.sizeOfOffsets);
    if (bytes.every((byte) => byte === 0xff)) return null;
    return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  }
  /** An address that must be there. */
  address(): number {
    const { at } = this;
    return this.offset() ?? this.file.damaged(at, "the undefined address", "an address");
  }

  signature(text: string): void {
    const { at } = this;
    const got = String.fromCharCode(...this.take(text.length));
    if (got !== text) this.file.damaged(at, JSON.stringify(got), `the signature ${text}`);
  }

  /** A byte that has only one right value: versions, types. */
  expect(value: number, what: string): void {
    const { at } = this;
    const got = this.u8();
    if (got !== value) this.file.damaged(at, `${what} ${got}`, `${value}`);
  }

  /** Jenkins' lookup3 over everything from `from` up to here, then stored. */
  checksum(from = this.start): void {
    const { at, file } = this;
    file.spendStructure(at - from, from);
    const sum = lookup3(file.bytes.subarray(from, at));
    const stored = this.u32();
    if (stored !== sum) file.damaged(at, `checksum ${hex(stored)}`, hex(sum));
  }
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;
