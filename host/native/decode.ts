/** Function bodies of a module that our own compiler built, with every operand: what the emitter reads. */
import { at } from "../model/at.ts";
import { ByteReader, readSections, SECTION_ID } from "../module/wasm-binary.ts";
import { OPCODE, VALUE_TYPE } from "../module/wasm-code.ts";

export type ValueType = "i32" | "i64";

export type Signature = {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
};

export type Operation = {
  readonly opcode: number;
  /** local, callee or label; the offset of a load or store; a label each and the default's last of a br_table */
  readonly operands: readonly number[];
  /** of i32.const and i64.const */
  readonly value: bigint;
  /** of block, loop and if */
  readonly result: ValueType | null;
};

export type Body = {
  readonly signature: Signature;
  /** locals that are no parameters */
  readonly locals: readonly ValueType[];
  readonly code: readonly Operation[];
};

export type DecodedModule = {
  readonly functions: readonly Body[];
  /** exported functions by name */
  readonly exports: ReadonlyMap<string, number>;
};

/** @throws MODULE_FORMAT, or an Error for what our compiler never writes: imports, and types that are no integers */
export function decodeModule(wasm: Uint8Array): DecodedModule {
  const sections = new Map(readSections(wasm).map(({ id, body }) => [id, body]));
  const section = (id: number) => new ByteReader(sections.get(id) ?? Uint8Array.of(0));
  if (sections.has(SECTION_ID.import)) throw new Error("a module of kernels imports nothing");
  const types = list(section(SECTION_ID.type), readSignature);
  const indices = list(section(SECTION_ID.function), (reader) => reader.u32());
  const exports = new Map<string, number>();
  list(section(SECTION_ID.export), (reader) => {
    const name = reader.name();
    const [kind, index] = [reader.byte(), reader.u32()];
    if (kind === 0) exports.set(name, index);
  });
  const functions = list(section(SECTION_ID.code), (reader, k) => {
    const size = reader.u32();
    return readBody(new ByteReader(reader.take(size)), at(types, at(indices, k)));
  });
  return { functions, exports };
}

function list<T>(reader: ByteReader, read: (reader: ByteReader, k: number) => T): T[] {
  return Array.from({ length: reader.u32() }, (_, k) => read(reader, k));
}

function readSignature(reader: ByteReader): Signature {
  if (reader.byte() !== 0x60) throw new Error("a type that is no function's");
  const parameters = list(reader, valueType);
  return { parameters, results: list(reader, valueType) };
}

function valueType(reader: ByteReader): ValueType {
  return typeOf(reader.byte());
}

function typeOf(code: number): ValueType {
  if (code === VALUE_TYPE.i32) return "i32";
  if (code === VALUE_TYPE.i64) return "i64";
  throw new Error(`a value of type ${code}: kernels compute with integers`);
}

function readBody(reader: ByteReader, signature: Signature): Body {
  const locals: ValueType[] = [];
  for (let k = reader.u32(); k > 0; k--) {
    const count = reader.u32();
    const type = valueType(reader);
    for (let n = 0; n < count; n++) locals.push(type);
  }
  const code: Operation[] = [];
  while (!reader.done) code.push(readOperation(reader));
  return { signature, locals, code };
}

const EMPTY = 0x40;

function readOperation(reader: ByteReader): Operation {
  const opcode = reader.byte();
  const plain = { opcode, operands: [], value: 0n, result: null };
  if (opcode === OPCODE.block || opcode === OPCODE.loop || opcode === OPCODE.if) {
    const type = reader.byte();
    return { ...plain, result: type === EMPTY ? null : typeOf(type) };
  }
  if (opcode === OPCODE.branchTable) {
    const labels = list(reader, () => reader.u32());
    return { ...plain, operands: [...labels, reader.u32()] };
  }
  if (opcode === OPCODE.i32Const || opcode === OPCODE.i64Const) {
    return { ...plain, value: signed(reader) };
  }
  if (hasIndex(opcode)) return { ...plain, operands: [reader.u32()] };
  if (opcode >= OPCODE.firstAccess && opcode <= OPCODE.lastAccess) {
    reader.u32(); // the alignment is a hint: what it may be is the table's business
    return { ...plain, operands: [reader.u32()] };
  }
  return plain;
}

/** br and br_if, call, and the locals. */
const hasIndex = (opcode: number): boolean =>
  opcode === OPCODE.branch ||
  opcode === OPCODE.branchIf ||
  opcode === OPCODE.call ||
  (opcode >= OPCODE.localGet && opcode <= OPCODE.localTee);

/** Signed LEB128 of any length. */
function signed(reader: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.byte();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return byte & 0x40 ? value - (1n << (shift + 7n)) : value;
  }
}
