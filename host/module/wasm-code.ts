/**
 * Decodes function bodies instruction by instruction, against the opcodes a module may use: integers only, no tables,
 * no growing memory. Numbers are those of the WebAssembly core specification 2.0, section 5.4.
 */
import { fail } from "../errors.ts";
import type { Build } from "./manifest.ts";
import { ByteReader } from "./wasm-binary.ts";

export const VALUE_TYPE = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

export const OPCODE = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  branchTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  firstAccess: 0x28,
  lastAccess: 0x3e,
  i32Const: 0x41,
  i64Const: 0x42,
  bulk: 0xfc,
  simd: 0xfd,
} as const;

/** What follows an opcode. */
type Immediates =
  | "none"
  | "index"
  | "block"
  | "table"
  | "memory"
  | "memory-lane"
  | "byte"
  | "two-bytes"
  | "i32"
  | "i64"
  | "16-bytes"
  | "lane";

export type Instruction = {
  /** the opcode; prefixed ones as prefix << 16 | number */
  readonly opcode: number;
  /** callee, local, global or label; the first of them for br_table; 0 otherwise */
  readonly index: number;
  /** enclosing blocks of any kind, this one not counted */
  readonly depth: number;
};

export type FunctionBody = {
  readonly code: readonly Instruction[];
};

/** First and last opcode of a run, and what follows each. */
type Run = readonly [number, number, Immediates];

const MVP: readonly Run[] = [
  [0x00, 0x01, "none"], // unreachable, nop
  [0x02, 0x04, "block"], // block, loop, if
  [0x05, 0x05, "none"], // else
  [0x0b, 0x0b, "none"], // end
  [0x0c, 0x0d, "index"], // br, br_if
  [0x0e, 0x0e, "table"], // br_table
  [0x0f, 0x0f, "none"], // return
  [0x10, 0x10, "index"], // call
  [0x1a, 0x1b, "none"], // drop, select
  [0x20, 0x23, "index"], // local.get, local.set, local.tee, global.get
  [0x28, 0x29, "memory"], // i32.load, i64.load
  [0x2c, 0x37, "memory"], // narrow loads, i32.store, i64.store
  [0x3a, 0x3e, "memory"], // narrow stores
  [0x41, 0x41, "i32"], // i32.const
  [0x42, 0x42, "i64"], // i64.const
  [0x45, 0x5a, "none"], // integer comparisons
  [0x67, 0x8a, "none"], // integer arithmetic
  [0xa7, 0xa7, "none"], // i32.wrap_i64
  [0xac, 0xad, "none"], // i64.extend_i32
  [0xc0, 0xc4, "none"], // sign extension: beyond the MVP, in every engine we run on
];

const BULK: readonly Run[] = [
  [10, 10, "two-bytes"], // memory.copy
  [11, 11, "byte"], // memory.fill
];

/** Integer instructions of fixed-width SIMD. The gaps are float instructions and unassigned numbers. */
const SIMD: readonly Run[] = [
  [0, 11, "memory"], // loads, splat loads, v128.store
  [12, 13, "16-bytes"], // v128.const, i8x16.shuffle
  [14, 18, "none"], // i8x16.swizzle, integer splats
  [21, 30, "lane"], // integer lanes
  [35, 64, "none"], // comparisons of 8, 16 and 32 bits
  [77, 83, "none"], // v128 logic
  [84, 91, "memory-lane"], // lane loads and stores
  [92, 93, "memory"], // v128.load32_zero, v128.load64_zero
  [96, 102, "none"],
  [107, 115, "none"],
  [118, 121, "none"],
  [123, 147, "none"],
  [149, 153, "none"],
  [155, 161, "none"],
  [163, 164, "none"],
  [167, 174, "none"],
  [177, 177, "none"],
  [181, 186, "none"],
  [188, 193, "none"],
  [195, 196, "none"],
  [199, 206, "none"],
  [209, 209, "none"],
  [213, 223, "none"],
];

/** i32x4.relaxed_dot_i8x16_i7x16_add_s: of relaxed SIMD the one whose results an engine can be asked about beforehand. */
export const RELAXED_DOT = 0x113;

const table = (runs: readonly Run[]): ReadonlyMap<number, Immediates> =>
  new Map(
    runs.flatMap(([first, last, immediates]) =>
      Array.from({ length: last - first + 1 }, (_, k) => [first + k, immediates] as const),
    ),
  );
const PLAIN = table(MVP);
const PREFIXED: Readonly<Record<number, ReadonlyMap<number, Immediates>>> = {
  [OPCODE.bulk]: table(BULK),
  [OPCODE.simd]: table([...SIMD, [RELAXED_DOT, RELAXED_DOT, "none"]]),
};

/** Value types that locals, parameters and blocks may have. */
export const valueTypes = (build: Build): ReadonlySet<number> =>
  new Set(build === "simd" ? Object.values(VALUE_TYPE) : [VALUE_TYPE.i32, VALUE_TYPE.i64]);

/** log2 of the 16 bytes of a v128. */
const MAX_ALIGNMENT = 4;
/** V8's own limit; a module of ours stays far below. */
const MAX_LOCALS = 50_000;

/** Decodes the code section. Raises MODULE_FORMAT naming the function at the first instruction not allowed. */
export function readCode(body: Uint8Array, build: Build): readonly FunctionBody[] {
  const reader = new ByteReader(body);
  const functions: FunctionBody[] = [];
  for (let k = reader.u32(); k > 0; k--) {
    const size = reader.u32();
    functions.push(
      readFunction(new ByteReader(reader.take(size)), build, `function ${functions.length}`),
    );
  }
  return functions;
}

/** Whether any of them adds relaxed products. */
export const usesRelaxed = (functions: readonly FunctionBody[]): boolean =>
  functions.some(({ code }) =>
    code.some(({ opcode }) => opcode === ((OPCODE.simd << 16) | RELAXED_DOT)),
  );

/** One body: locals, then instructions. */
export function readFunction(reader: ByteReader, build: Build, where: string): FunctionBody {
  const types = valueTypes(build);
  let locals = 0;
  for (let k = reader.u32(); k > 0; k--) {
    locals += reader.u32();
    const type = reader.byte();
    if (locals > MAX_LOCALS || !types.has(type)) {
      fail(
        "MODULE_FORMAT",
        where,
        `a local of type ${hex(type)}`,
        `integer locals, ${build} build`,
      );
    }
  }
  const code: Instruction[] = [];
  let depth = 0;
  while (!reader.done) {
    const opcode = readOpcode(reader, where, build);
    const immediates = immediatesOf(opcode);
    if (opcode === OPCODE.end && depth > 0) depth--;
    code.push({ opcode, index: readImmediates(reader, immediates, where, types), depth });
    if (immediates === "block") depth++;
  }
  return { code };
}

function readOpcode(reader: ByteReader, where: string, build: Build): number {
  const byte = reader.byte();
  const prefixed = build === "simd" && (byte === OPCODE.simd || byte === OPCODE.bulk);
  const opcode = prefixed ? (byte << 16) | Math.min(reader.u32(), 0xffff) : byte;
  if (immediatesOf(opcode) === undefined) {
    fail("MODULE_FORMAT", where, `opcode ${hex(opcode)}`, `integer instructions, ${build} build`);
  }
  return opcode;
}

const immediatesOf = (opcode: number): Immediates | undefined =>
  opcode < 0x100 ? PLAIN.get(opcode) : PREFIXED[opcode >>> 16]?.get(opcode & 0xffff);

/** Skips the immediates; returns the index among them. */
function readImmediates(
  reader: ByteReader,
  immediates: Immediates | undefined,
  where: string,
  types: ReadonlySet<number>,
): number {
  switch (immediates) {
    case "index":
      return reader.u32();
    case "block": {
      const type = reader.byte();
      if (type !== 0x40 && !types.has(type)) {
        fail("MODULE_FORMAT", where, `a block of type ${hex(type)}`, "at most one integer result");
      }
      return 0;
    }
    case "table": {
      const count = reader.u32();
      for (let k = 0; k <= count; k++) reader.u32();
      return 0;
    }
    case "memory":
      skipMemoryArgument(reader, where);
      return 0;
    case "memory-lane":
      skipMemoryArgument(reader, where);
      reader.byte();
      return 0;
    case "lane":
    case "byte":
      reader.byte();
      return 0;
    case "two-bytes":
      reader.take(2);
      return 0;
    case "i32":
      reader.i32();
      return 0;
    case "i64":
      reader.signed(64);
      return 0;
    case "16-bytes":
      reader.take(16);
      return 0;
    default:
      return 0;
  }
}

/** Alignment and offset. Newer engines take the index of a memory between the two, which would put us out of step. */
function skipMemoryArgument(reader: ByteReader, where: string): void {
  const alignment = reader.u32();
  if (alignment > MAX_ALIGNMENT) {
    fail("MODULE_FORMAT", where, `alignment 2^${alignment}`, `at most 2^${MAX_ALIGNMENT}`);
  }
  reader.u32();
}

const hex = (n: number): string => `0x${n.toString(16)}`;
