/**
 * A bounds-checked reader of the FlatBuffers wire format: little-endian, offsets relative to where they stand, tables
 * that point back to a vtable. Any bytes are safe to read: every access is checked, and nothing is followed twice
 * without the caller asking for it, so cyclic offsets are harmless.
 */
import { fail } from "../../errors.ts";

/**
 * Elements of vectors that one file may make us read; weights are taken as byte ranges and not counted. Without it, a
 * small file could point thousands of tensors at one long vector. VWW asks for 7,000.
 */
const MAX_ELEMENTS = 200_000;

export class Bytes {
  readonly data: Uint8Array;
  readonly #view: DataView;
  #budget = MAX_ELEMENTS;

  constructor(data: Uint8Array) {
    this.data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get length(): number {
    return this.data.length;
  }

  /** Raises MODEL_FORMAT unless [at, at + n) lies inside. */
  need(at: number, n: number): void {
    if (at >= 0 && at + n <= this.length) return;
    fail(
      "MODEL_FORMAT",
      `offset ${at}`,
      `${n} bytes beyond the end of ${this.length} bytes`,
      "a whole .tflite file",
      "The file is truncated or damaged: export or download it again.",
    );
  }

  /** Counts elements of vectors against what one file may ask for. */
  spend(elements: number, at: number): void {
    this.#budget -= elements;
    if (this.#budget >= 0) return;
    fail("MODEL_FORMAT", `offset ${at}`, `vectors of more than ${MAX_ELEMENTS} elements`, "fewer");
  }

  u8(at: number): number {
    this.need(at, 1);
    return this.#view.getUint8(at);
  }
  i8(at: number): number {
    this.need(at, 1);
    return this.#view.getInt8(at);
  }
  u16(at: number): number {
    this.need(at, 2);
    return this.#view.getUint16(at, true);
  }
  i32(at: number): number {
    this.need(at, 4);
    return this.#view.getInt32(at, true);
  }
  u32(at: number): number {
    this.need(at, 4);
    return this.#view.getUint32(at, true);
  }
  f32(at: number): number {
    this.need(at, 4);
    return this.#view.getFloat32(at, true);
  }
  /** Exact below 2^53; larger values keep their sign and size, which is all a check needs. */
  i64(at: number): number {
    this.need(at, 8);
    return Number(this.#view.getBigInt64(at, true));
  }

  slice(at: number, n: number): Uint8Array {
    this.need(at, n);
    return this.data.subarray(at, at + n);
  }
}

/** A table: fields are found by number through its vtable; an absent field has its default. */
export class Table {
  readonly #bytes: Bytes;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableSize: number;

  constructor(bytes: Bytes, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#vtable = at - bytes.i32(at);
    this.#vtableSize = bytes.u16(this.#vtable);
    bytes.need(this.#vtable, this.#vtableSize);
  }

  /** Where field `id` stands, or 0 where it is absent. */
  #field(id: number): number {
    const slot = 4 + 2 * id;
    if (slot + 2 > this.#vtableSize) return 0;
    const offset = this.#bytes.u16(this.#vtable + slot);
    return offset === 0 ? 0 : this.#at + offset;
  }

  has(id: number): boolean {
    return this.#field(id) !== 0;
  }
  i8(id: number, standard = 0): number {
    const at = this.#field(id);
    return at === 0 ? standard : this.#bytes.i8(at);
  }
  u8(id: number, standard = 0): number {
    const at = this.#field(id);
    return at === 0 ? standard : this.#bytes.u8(at);
  }
  bool(id: number): boolean {
    return this.u8(id) !== 0;
  }
  i32(id: number, standard = 0): number {
    const at = this.#field(id);
    return at === 0 ? standard : this.#bytes.i32(at);
  }
  u32(id: number, standard = 0): number {
    const at = this.#field(id);
    return at === 0 ? standard : this.#bytes.u32(at);
  }
  f32(id: number, standard = 0): number {
    const at = this.#field(id);
    return at === 0 ? standard : this.#bytes.f32(at);
  }
  /** unsigned 64-bit, exact below 2^53 */
  u64(id: number): number {
    const at = this.#field(id);
    return at === 0 ? 0 : this.#bytes.i64(at);
  }

  table(id: number): Table | null {
    const at = this.#field(id);
    return at === 0 ? null : new Table(this.#bytes, at + this.#bytes.u32(at));
  }

  /** Start and length of a vector of elements of `size` bytes, or null where it is absent. */
  #vector(id: number, size: number): { start: number; count: number } | null {
    const at = this.#field(id);
    if (at === 0) return null;
    const vector = at + this.#bytes.u32(at);
    const count = this.#bytes.u32(vector);
    this.#bytes.need(vector + 4, count * size);
    return { start: vector + 4, count };
  }

  #list<T>(id: number, size: number, read: (at: number) => T): readonly T[] {
    const vector = this.#vector(id, size);
    if (vector === null) return [];
    this.#bytes.spend(vector.count, vector.start);
    return Array.from({ length: vector.count }, (_, k) => read(vector.start + size * k));
  }

  tables(id: number): readonly Table[] {
    return this.#list(id, 4, (at) => new Table(this.#bytes, at + this.#bytes.u32(at)));
  }
  i32s(id: number): readonly number[] {
    return this.#list(id, 4, (at) => this.#bytes.i32(at));
  }
  f32s(id: number): readonly number[] {
    return this.#list(id, 4, (at) => this.#bytes.f32(at));
  }
  i64s(id: number): readonly number[] {
    return this.#list(id, 8, (at) => this.#bytes.i64(at));
  }

  /** A vector of bytes, not copied. */
  bytes(id: number): Uint8Array | null {
    const vector = this.#vector(id, 1);
    return vector && this.#bytes.slice(vector.start, vector.count);
  }

  /** UTF-8, at most 200 characters: names are for people. */
  text(id: number): string {
    const raw = this.bytes(id);
    if (raw === null) return "";
    // names of damaged files go to terminals: no control characters, no marks that turn text around
    const text = new TextDecoder().decode(raw.subarray(0, 800)).replace(/[\p{Cc}\p{Cf}]/gu, "?");
    return [...text].slice(0, 200).join("");
  }
}
