/**
 * Damage to .tflite files. Bytes alone rarely get past the reader, so most changes go where the structure is: fields of
 * tables, their vtables, offsets, lengths, dimensions, scales. Structure is found by its looks, for files of any origin.
 */
import type { Random } from "../../host/model/random.ts";

/** A file and where its structure is. */
export type Anatomy = {
  readonly file: Uint8Array;
  /** positions of vtables */
  readonly vtables: readonly number[];
  /** positions of the fields that the vtables name: scalars, enums and offsets */
  readonly fields: readonly number[];
  /** positions of short vectors of small numbers: shapes, operands, scales */
  readonly vectors: readonly number[];
};

const MAX_FIELDS = 16;
const MAX_TABLE_BYTES = 96;

export function anatomy(file: Uint8Array): Anatomy {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const vtables = new Set<number>();
  const fields: number[] = [];
  const vectors: number[] = [];
  for (let at = 8; at + 4 <= file.length; at += 4) {
    const found = fieldsOfTable(view, at);
    if (found) {
      vtables.add(at - view.getInt32(at, true));
      fields.push(...found);
    }
    if (isShortVector(view, at)) vectors.push(at);
  }
  return { file, vtables: [...vtables], fields, vectors };
}

/** Where the fields of a table at this place would be, or null where none can be. */
function fieldsOfTable(view: DataView, at: number): readonly number[] | null {
  const vtable = at - view.getInt32(at, true);
  if (vtable < 8 || vtable % 2 !== 0 || vtable + 4 > view.byteLength || vtable === at) return null;
  const size = view.getUint16(vtable, true);
  const tableBytes = view.getUint16(vtable + 2, true);
  const sane =
    size >= 6 && size <= 4 + 2 * MAX_FIELDS && size % 2 === 0 && tableBytes <= MAX_TABLE_BYTES;
  if (!sane || vtable + size > view.byteLength || at + tableBytes > view.byteLength) return null;
  const offsets = Array.from({ length: (size - 4) / 2 }, (_, k) =>
    view.getUint16(vtable + 4 + 2 * k, true),
  );
  if (offsets.some((offset) => offset >= tableBytes)) return null;
  const present = offsets.filter((offset) => offset >= 4).map((offset) => at + offset);
  return present.length > 0 ? present : null;
}

/** One to six elements of four bytes that look like dimensions, indices or scales. */
function isShortVector(view: DataView, at: number): boolean {
  const count = view.getUint32(at, true);
  if (count < 1 || count > 6 || at + 4 + 4 * count > view.byteLength) return false;
  return Array.from({ length: count }, (_, k) => at + 4 + 4 * k).every((element) => {
    const whole = view.getInt32(element, true);
    const real = Math.abs(view.getFloat32(element, true));
    return (whole >= -1 && whole <= 4096) || (real > 1e-6 && real < 1e3);
  });
}

const EXTREMES = [0, 1, 2, 7, 8, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const EXTREME_FLOATS = [
  0,
  -0,
  -1,
  1,
  1e-45,
  1e-38,
  1e-9,
  1e9,
  3e38,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];

/** One to three changes, seeded. `donor` lends bytes. */
export function mutate(from: Anatomy, donor: Uint8Array, random: Random): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  let file: Uint8Array = new Uint8Array(from.file);
  for (let k = 1 + below(3); k > 0; k--) file = change(file, from, donor, below);
  return file;
}

type Below = (n: number) => number;

function change(file: Uint8Array, from: Anatomy, donor: Uint8Array, below: Below): Uint8Array {
  const at = below(file.length);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const pick = <T>(values: readonly T[]): T | undefined => values[below(values.length)];
  const set = (place: number | undefined, put: (place: number) => void): Uint8Array => {
    if (place !== undefined && place >= 0 && place + 4 <= file.length) put(place);
    return file;
  };
  switch (below(16)) {
    case 0: // truncated
      return file.slice(0, below(4) === 0 ? at : file.length - below(Math.min(64, file.length)));
    case 1: // bytes lost or gained
      return below(2) === 0
        ? join(file.subarray(0, at), file.subarray(at + 1 + below(8)))
        : join(file.subarray(0, at), file.subarray(at, at + 1 + below(8)), file.subarray(at));
    case 2: // a piece of itself or of another file over it
      return splice(file, below(2) === 0 ? file : donor, at, below);
    case 3: // a bit anywhere
      return set(at, (place) => view.setUint8(place, view.getUint8(place) ^ (1 << below(8))));
    case 4: // an extreme word anywhere
      return set(at & ~3, (place) => view.setUint32(place, pick(EXTREMES) ?? 0, true));
    case 5: // a vtable: another size, a field moved or gone
      return set(pick(from.vtables), (place) => {
        const slot = place + 2 * below(MAX_FIELDS);
        const value = pick([0, 1, 2, 4, 6, 8, 12, 16, 0x7fff, 0xffff]) ?? 0;
        if (slot + 2 <= file.length) view.setUint16(slot, value, true);
      });
    case 6: // a field becomes extreme: an offset to nowhere, a huge number
      return set(pick(from.fields), (place) => view.setUint32(place, pick(EXTREMES) ?? 0, true));
    case 7: // an offset that points beside its target
    case 8:
      return set(pick(from.fields), (place) => {
        view.setUint32(place, view.getUint32(place, true) + 4 * (below(17) - 8), true);
      });
    case 9: // an enum, a flag, a stride, an index
    case 10:
      return set(pick(from.fields), (place) => view.setUint8(place, below(12)));
    case 11: // the length of a vector
      return set(pick(from.vectors), (place) => view.setUint32(place, pick(EXTREMES) ?? 0, true));
    case 12: // scales
      return set(element(pick(from.vectors), file, below), (place) =>
        view.setFloat32(place, pick(EXTREME_FLOATS) ?? 0, true),
      );
    case 13: // one dimension in every place that has it: shapes stay consistent
      return inflate(view, file, from, below);
    default: // a dimension, an index, an axis
      return set(element(pick(from.vectors), file, below), (place) => {
        const old = view.getUint32(place, true);
        const value = pick([old + 1, old - 1, 2 * old, below(16), 1000 * old, ...EXTREMES]) ?? 0;
        view.setUint32(place, value, true);
      });
  }
}

/** Where one element of a vector stands. */
function element(vector: number | undefined, file: Uint8Array, below: Below): number | undefined {
  if (vector === undefined || vector >= file.length) return undefined;
  return vector + 4 + 4 * below(Math.max(1, file[vector] ?? 1));
}

function inflate(view: DataView, file: Uint8Array, { vectors }: Anatomy, below: Below): Uint8Array {
  const vector = vectors[below(vectors.length)];
  const place = element(vector, file, below);
  if (place === undefined || place + 4 > file.length) return file;
  const old = view.getUint32(place, true);
  const value = [2 * old, old + 1, 64 * old, 4096, 65_536][below(5)] ?? 0;
  for (const start of vectors) {
    if (start + 28 > file.length) continue;
    for (let k = 0; k < view.getUint32(start, true) && k < 6; k++) {
      const at = start + 4 + 4 * k;
      if (view.getUint32(at, true) === old) view.setUint32(at, value, true);
    }
  }
  return file;
}

function splice(file: Uint8Array, donor: Uint8Array, at: number, below: Below): Uint8Array {
  const length = 1 + below(64);
  const from = below(donor.length);
  const piece = donor.slice(from, Math.min(from + length, donor.length, from + file.length - at));
  file.set(piece, at);
  return file;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
