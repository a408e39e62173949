/**
 * Structs of the kernel as tables of offsets. Every computer that koffi comes for and Linux runs on here is little-endian;
 * tests/host/linux/layouts.test.ts compares each table with the C headers.
 */
import { fail } from "../errors.ts";

export type Field = { readonly at: number; readonly bytes: number };

export type Layout<Name extends string = string> = {
  /** as the header names it */
  readonly struct: string;
  readonly size: number;
  readonly fields: Readonly<Record<Name, Field>>;
};

/** @param fields offset and size in bytes of each; the names are those of the header */
export function layout<Name extends string>(
  struct: string,
  size: number,
  fields: Readonly<Record<Name, readonly [at: number, bytes: number]>>,
): Layout<Name> {
  const rows = Object.entries<readonly [number, number]>(fields);
  const table = Object.fromEntries(rows.map(([name, [at, bytes]]) => [name, { at, bytes }]));
  return { struct, size, fields: table as Record<Name, Field> };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const readU32 = (bytes: Uint8Array, { at }: Field): number =>
  viewOf(bytes).getUint32(at, true);
export const readS32 = (bytes: Uint8Array, { at }: Field): number =>
  viewOf(bytes).getInt32(at, true);
export const readU64 = (bytes: Uint8Array, { at }: Field): bigint =>
  viewOf(bytes).getBigUint64(at, true);

export const writeU32 = (bytes: Uint8Array, { at }: Field, value: number): void =>
  viewOf(bytes).setUint32(at, value, true);
export const writeU64 = (bytes: Uint8Array, { at }: Field, value: bigint): void =>
  viewOf(bytes).setBigUint64(at, value, true);

/** Text up to its NUL; the whole field where there is none. */
export function readText(bytes: Uint8Array, { at, bytes: length }: Field): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Text and its NUL. @throws INTERNAL where it does not fit: names are ours */
export function writeText(bytes: Uint8Array, { at, bytes: length }: Field, text: string): void {
  const encoded = new TextEncoder().encode(text);
  if (encoded.length >= length) fail("INTERNAL", text, `${encoded.length} bytes`, `< ${length}`);
  bytes.fill(0, at, at + length).set(encoded, at);
}
