/**
 * A small writer of the FlatBuffers wire format, for models made by tests. It shares nothing with the importer's reader.
 * Parents are written before their children, because offsets of tables and vectors point forward only.
 */

const SIZES = { i8: 1, u8: 1, i32: 4, u32: 4, f32: 4, i64: 8 } as const;
type Scalar = { readonly kind: keyof typeof SIZES; readonly value: number };

export type Table = {
  readonly kind: "table";
  /** by field number; null and undefined are absent */
  readonly fields: readonly (Value | null | undefined)[];
};

export type Value =
  | Scalar
  | Table
  | { readonly kind: "vector"; readonly items: readonly Value[] }
  /** a vector of bytes, or text */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

const scalar =
  (kind: Scalar["kind"]) =>
  (value: number): Scalar => ({ kind, value });

export const i8 = scalar("i8");
export const u8 = scalar("u8");
export const i32 = scalar("i32");
export const u32 = scalar("u32");
export const f32 = scalar("f32");
export const i64 = scalar("i64");
export const table = (...fields: Table["fields"]): Table => ({ kind: "table", fields });
export const vector = (items: readonly Value[]): Value => ({ kind: "vector", items });
export const bytes = (data: Uint8Array): Value => ({ kind: "bytes", bytes: data });
export const text = (content: string): Value => bytes(new TextEncoder().encode(content));

/** @param identifier four characters after the offset of the root */
export function writeFlatbuffer(root: Table, identifier: string): Uint8Array {
  const out = new Output();
  out.align(8, 0);
  const start = out.grow(8);
  for (const [k, c] of [...identifier].entries()) out.put(u8(c.charCodeAt(0)), start + 4 + k);
  out.put(u32(write(out, root)), start);
  return out.bytes();
}

/** Writes a table, vector or run of bytes; returns where it starts. */
function write(out: Output, value: Value): number {
  switch (value.kind) {
    case "table":
      return writeTable(out, value);
    case "vector":
      return writeVector(out, value.items);
    case "bytes": {
      // vectors of bytes are aligned as TFLite's schema demands of buffers; text ends with a zero
      out.align(16, 4);
      const at = out.grow(4 + value.bytes.length + 1);
      out.put(u32(value.bytes.length), at);
      out.set(value.bytes, at + 4);
      return at;
    }
    default:
      throw new Error("a scalar lies inside its table or vector");
  }
}

function writeTable(out: Output, { fields }: Table): number {
  out.align(2, 0);
  const vtable = out.grow(4 + 2 * fields.length);
  out.align(8, 0);
  let end = 4;
  const offsets = fields.map((field) => {
    if (!field) return 0;
    const size = inlineSize(field);
    const offset = Math.ceil(end / size) * size;
    end = offset + size;
    return offset;
  });
  const at = out.grow(end);
  [4 + 2 * fields.length, end, ...offsets].forEach((offset, k) => {
    out.putU16(offset, vtable + 2 * k);
  });
  out.put(i32(at - vtable), at);
  fields.forEach((field, k) => {
    if (field) place(out, field, at + (offsets[k] ?? 0));
  });
  return at;
}

function writeVector(out: Output, items: readonly Value[]): number {
  const size = inlineSize(items[0] ?? u32(0));
  out.align(Math.max(size, 4), 4);
  const at = out.grow(4 + size * items.length);
  out.put(u32(items.length), at);
  items.forEach((item, k) => {
    place(out, item, at + 4 + size * k);
  });
  return at;
}

/** A scalar as it is; anything else as an offset to where it is written next. */
function place(out: Output, value: Value, at: number): void {
  if (isScalar(value)) out.put(value, at);
  else out.put(u32(write(out, value) - at), at);
}

const isScalar = (value: Value): value is Scalar => value.kind in SIZES;
const inlineSize = (value: Value): number => (isScalar(value) ? SIZES[value.kind] : 4);

class Output {
  #data = new Uint8Array(1024);
  #length = 0;

  bytes(): Uint8Array {
    return this.#data.slice(0, this.#length);
  }

  /** Pads until the byte `ahead` from here stands at a multiple of `size`. */
  align(size: number, ahead: number): void {
    while ((this.#length + ahead) % size !== 0) this.grow(1);
  }

  /** Appends zeros; returns where they start. */
  grow(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#data.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#data);
      this.#data = larger;
    }
    return start;
  }

  set(from: Uint8Array, at: number): void {
    this.#data.set(from, at);
  }

  put({ kind, value }: Scalar, at: number): void {
    const view = new DataView(this.#data.buffer);
    if (kind === "i64") view.setBigInt64(at, BigInt(value), true);
    else if (kind === "f32") view.setFloat32(at, value, true);
    else if (SIZES[kind] === 1) view.setUint8(at, value & 0xff);
    else view.setUint32(at, value >>> 0, true);
  }

  putU16(value: number, at: number): void {
    new DataView(this.#data.buffer).setUint16(at, value, true);
  }
}
