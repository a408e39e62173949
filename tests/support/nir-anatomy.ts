/**
 * Where an HDF5 file keeps its structure, which is small beside its data: headers and their messages, trees, heaps,
 * chunk indexes. Found by its looks, not by the reader: signatures, and headers whose messages add up.
 */
import { inflateSync } from "node:zlib";
import { lookup3 } from "../../host/importers/nir/hdf5/checksum.ts";

export type Range = { readonly from: number; readonly to: number };

export type Anatomy = {
  readonly file: Uint8Array;
  /** positions of structures: what an address may point to */
  readonly structures: readonly number[];
  /** where messages of version 1 headers begin: type, size, flags */
  readonly messages: readonly number[];
  /** positions of the axes of every dataset: eight bytes each */
  readonly axes: readonly number[];
  /** positions of eight bytes inside structures that look like an address, a length or a dimension */
  readonly words: readonly number[];
  /** bytes of structure */
  readonly zones: readonly Range[];
  /** structures that end before a checksum of their bytes */
  readonly sealed: readonly Range[];
  /** where gzip data begins */
  readonly streams: readonly number[];
};

const PLAIN = ["TREE", "SNOD", "HEAP", "GCOL"];
const SEALED = ["OHDR", "OCHK", "FRHP", "FHIB", "BTHD", "BTLF", "BTIN"].concat([
  "FAHD",
  "FADB",
  "EAHD",
  "EAIB",
  "EASB",
  "EADB",
]);
/** Bytes after a signature that are structure; trees are longer, but the rest is more of the same. */
const NEAR = 160;
const SUPERBLOCK_BYTES = 96;
/** No sealed structure of a test file is longer. */
const MAX_SEALED_BYTES = 2200;

export function anatomy(file: Uint8Array): Anatomy {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const places = (signatures: readonly string[]) =>
    signatures.flatMap((signature) => findAll(buffer, Buffer.from(signature, "latin1")));
  const headers = versionOneHeaders(buffer);
  const sealed = [...(file[8] === undefined || file[8] < 2 ? [] : [0]), ...places(SEALED)].flatMap(
    (at) => sealedRange(buffer, at),
  );
  const zones: Range[] = [
    { from: 0, to: Math.min(file.length, SUPERBLOCK_BYTES) },
    ...headers.map(({ range }) => range),
    ...sealed,
    ...places(PLAIN).map((at) => ({ from: at, to: Math.min(file.length, at + NEAR) })),
  ];
  return {
    file,
    structures: [...headers.map(({ range }) => range.from), ...places([...PLAIN, ...SEALED])],
    messages: headers.flatMap(({ messages }) => messages),
    axes: [
      ...headers.flatMap(({ messages }) => messages.filter((at) => buffer[at] === DATASPACE)),
      ...sealed.flatMap(({ from }) => versionTwoDataspaces(buffer, from)),
    ].flatMap((at) => axesOf(buffer, at)),
    words: zones.flatMap((zone) => wordsOf(buffer, zone)),
    zones,
    sealed,
    streams: findAll(buffer, Buffer.of(0x78)).filter((at) => isStream(file.subarray(at))),
  };
}

function findAll(buffer: Buffer, what: Buffer): number[] {
  const found: number[] = [];
  for (let at = buffer.indexOf(what); at >= 0; at = buffer.indexOf(what, at + 1)) found.push(at);
  return found;
}

type Header = { readonly range: Range; readonly messages: readonly number[] };

/** Version 1, reserved 0, messages, reference count, size: at a multiple of 8, with messages that fill it. */
function versionOneHeaders(buffer: Buffer): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at + 24 <= buffer.length; at += 8) {
    if (buffer[at] !== 1 || buffer[at + 1] !== 0 || buffer.readUInt32LE(at + 4) !== 1) continue;
    const end = at + 16 + buffer.readUInt32LE(at + 8);
    const messages: number[] = [];
    let place = at + 16;
    while (place + 8 <= end && end <= buffer.length) {
      messages.push(place);
      place += 8 + buffer.readUInt16LE(place + 2);
    }
    if (place === end && messages.length > 0)
      headers.push({ range: { from: at, to: end }, messages });
  }
  return headers;
}

const DATASPACE = 1;

/** What looks like a dataspace message in a version 2 header: type 1, a size, no flags, version 2, a rank. */
function versionTwoDataspaces(buffer: Buffer, from: number): number[] {
  if (buffer.toString("latin1", from, from + 4) !== "OHDR") return [];
  const at = buffer.indexOf(Buffer.of(DATASPACE), from + 6);
  const near = at >= 0 && at < from + 40 && (buffer[at + 4] ?? 0) === 2;
  return near ? [at - 4] : []; // heads of messages are 4 bytes shorter
}

/** @param at 8 bytes before the body of a dataspace message */
function axesOf(buffer: Buffer, at: number): number[] {
  const [version, rank = 0] = [buffer[at + 8], buffer[at + 9]];
  const first = at + (version === 1 ? 16 : 12);
  return rank > 4 ? [] : Array.from({ length: rank }, (_, k) => first + 8 * k);
}

/** Up to the first checksum that is right. */
function sealedRange(buffer: Buffer, from: number): Range[] {
  const last = Math.min(buffer.length - 4, from + MAX_SEALED_BYTES);
  for (let to = from + 8; to <= last; to++) {
    if (buffer.readUInt32LE(to) === lookup3(buffer.subarray(from, to))) return [{ from, to }];
  }
  return [];
}

function wordsOf(buffer: Buffer, { from, to }: Range): number[] {
  const words: number[] = [];
  for (let at = from; at + 8 <= Math.min(to, buffer.length); at++) {
    const [low, high] = [buffer.readUInt32LE(at), buffer.readUInt32LE(at + 4)];
    const undefinedAddress = low === 0xffffffff && high === 0xffffffff;
    if (undefinedAddress || (high === 0 && low > 0 && low <= 2 * buffer.length)) words.push(at);
  }
  return words;
}

function isStream(bytes: Uint8Array): boolean {
  const head = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (head % 31 !== 0) return false; // zlib's check of its two first bytes
  try {
    return inflateSync(bytes).length > 0;
  } catch {
    return false;
  }
}
