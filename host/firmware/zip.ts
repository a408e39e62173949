/**
 * A zip archive whose bytes depend on its files alone: no times, no compression, which differs between versions of zlib.
 * PKWARE APPNOTE 6.3.10, 4.3.
 */
import { crc32 } from "node:zlib";

export type ZipFile = { readonly name: string; readonly bytes: Uint8Array };

/** 1 January 1980, the first day that zip knows. */
const DATE = (1 << 5) | 1;
/** Of an archive without folders of its own, without compression. */
const VERSION = 10;
const UNIX = 3;
const PLAIN_FILE = 0o100644;

/** The files in the order of their names. */
export function zip(files: readonly ZipFile[]): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of sorted) {
    const common = commonFields(name, bytes);
    const local = Buffer.concat([u32(0x04034b50), common, Buffer.from(name, "latin1")]);
    const central = Buffer.concat([
      ...[u32(0x02014b50), u16(VERSION | (UNIX << 8)), common],
      ...[u16(0), u16(0), u16(0), u32(PLAIN_FILE << 16), u32(offset)],
      Buffer.from(name, "latin1"),
    ]);
    parts.push(local, Buffer.from(bytes));
    directory.push(central);
    offset += local.length + bytes.length;
  }
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.concat([
    ...[u32(0x06054b50), u16(0), u16(0), u16(sorted.length), u16(sorted.length)],
    ...[u32(length), u32(offset), u16(0)],
  ]);
  return Buffer.concat([...parts, ...directory, end]);
}

/** What stands in front of a file and again in the directory. */
const commonFields = (name: string, bytes: Uint8Array): Buffer =>
  Buffer.concat([
    ...[u16(VERSION), u16(0), u16(0), u16(0), u16(DATE)],
    ...[u32(crc32(bytes)), u32(bytes.length), u32(bytes.length), u16(name.length), u16(0)],
  ]);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
