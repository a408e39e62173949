/**
 * The outer form of a WebAssembly binary: header, sections, LEB128. Reads what others wrote with bounds checked, and
 * writes it back. Plain data.
 */
import { fail } from "../errors.ts";

export const SECTION_ID = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

export type Section = {
  readonly id: number;
  readonly body: Uint8Array;
  /** where the section starts in the file, its id byte */
  readonly offset: number;
};

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Reads a binary front to back. Every read is checked; running off the end raises MODULE_FORMAT. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    const value = this.position < this.end ? this.bytes[this.position] : undefined;
    if (value === undefined) return broken(this.position, "the end of the bytes", "one more byte");
    this.position++;
    return value;
  }

  take(length: number): Uint8Array {
    if (length > this.end - this.position) {
      return broken(this.position, `${this.end - this.position} bytes left`, `${length} bytes`);
    }
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  /** LEB128, at most 5 bytes. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    return broken(this.position, "a number above 2^32", "an unsigned LEB128 of 32 bits");
  }

  /** Signed LEB128 of `bits` bits, modulo 2^32 for 64-bit numbers: their value is never needed. */
  signed(bits: 32 | 33 | 64): number {
    let value = 0;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
    return broken(this.position, "an endless number", `a signed LEB128 of ${bits} bits`);
  }

  /** The value of an i32.const. */
  i32(): number {
    return this.signed(32);
  }

  name(): string {
    return new TextDecoder().decode(this.take(this.u32()));
  }
}

/** Splits a module into its sections. */
export function readSections(wasm: Uint8Array): readonly Section[] {
  const reader = new ByteReader(wasm);
  if (wasm.length < 8 || HEADER.some((byte, k) => wasm[k] !== byte)) {
    return broken(0, "other first bytes", "a WebAssembly module of version 1");
  }
  reader.position = HEADER.length;
  const sections: Section[] = [];
  while (!reader.done) {
    const offset = reader.position;
    const id = reader.byte();
    sections.push({ id, body: reader.take(reader.u32()), offset });
  }
  return sections;
}

export function writeSections(
  sections: readonly { readonly id: number; readonly body: Uint8Array }[],
): Uint8Array {
  return concat([HEADER, ...sections.flatMap(({ id, body }) => [[id], u32(body.length), body])]);
}

/** Name and payload of a custom section. */
export function readCustom(body: Uint8Array): { name: string; payload: Uint8Array } {
  const reader = new ByteReader(body);
  const name = reader.name();
  return { name, payload: reader.take(reader.end - reader.position) };
}

export function customSection(
  name: string,
  payload: Uint8Array,
): { readonly id: number; readonly body: Uint8Array } {
  const text = new TextEncoder().encode(name);
  return { id: SECTION_ID.custom, body: concat([u32(text.length), text, payload]) };
}

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of an i32. */
export function i32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

export function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

function broken(position: number, got: string, expected: string): never {
  return fail("MODULE_FORMAT", `byte ${position}`, got, expected);
}
