/**
 * What each instruction is in C: integers without a sign, whose arithmetic wraps as WebAssembly's does; what needs a sign
 * casts, and shifts mask their counts. The helpers stand in firmware/kernels/tw_generated.h.
 */
import type { ValueType } from "./decode.ts";

/** The text of an expression of its operands' texts. */
export type Operator = {
  readonly operands: readonly ValueType[];
  readonly result: ValueType;
  readonly text: (...operands: string[]) => string;
};

const operator = (
  operands: readonly ValueType[],
  result: ValueType,
  text: (...operands: string[]) => string,
): Operator => ({ operands, result, text });

const signed = { i32: "(int32_t)", i64: "(int64_t)" } as const;
const bits = { i32: "32", i64: "64" } as const;
const CONSTANT = /^(\d+)u(?:ll)?$/;

/** Every kind of comparison and of arithmetic, for one width. The numbers are offsets from its first opcode. */
function arithmetic(type: ValueType): Operator[] {
  const [s, n] = [signed[type], bits[type]];
  const one = (text: (a: string) => string) => operator([type], type, text);
  const two = (text: (a: string, b: string) => string) => operator([type, type], type, text);
  const call = (name: string) => two((a, b) => `tw_${name}${n}(${a}, ${b})`);
  /** A count that is known needs no mask. */
  const shift = (name: string, plain: (a: string, count: number) => string) =>
    two((a, b) => {
      const [, count] = CONSTANT.exec(b) ?? [];
      return count === undefined
        ? `tw_${name}${n}(${a}, ${b})`
        : plain(a, Number(BigInt(count) % BigInt(n)));
    });
  return [
    one((a) => `tw_clz${n}(${a})`),
    one((a) => `tw_ctz${n}(${a})`),
    one((a) => `tw_popcount${n}(${a})`),
    two((a, b) => `(${a} + ${b})`),
    two((a, b) => `(${a} - ${b})`),
    two((a, b) => `(${a} * ${b})`),
    ...["div_s", "div_u", "rem_s", "rem_u"].map(call),
    two((a, b) => `(${a} & ${b})`),
    two((a, b) => `(${a} | ${b})`),
    two((a, b) => `(${a} ^ ${b})`),
    shift("shl", (a, count) => `(${a} << ${count})`),
    shift("shr_s", (a, count) => `(uint${n}_t)(${s}${a} >> ${count})`),
    shift("shr_u", (a, count) => `(${a} >> ${count})`),
    ...["rotl", "rotr"].map(call),
  ];
}

function comparisons(type: ValueType): Operator[] {
  const s = signed[type];
  const compare = (sign: string, cast: string) =>
    operator([type, type], "i32", (a, b) => `(uint32_t)(${cast}${a} ${sign} ${cast}${b})`);
  const zero = type === "i32" ? "0u" : "0ull";
  return [
    operator([type], "i32", (a) => `(uint32_t)(${a} == ${zero})`),
    compare("==", ""),
    compare("!=", ""),
    ...["<", ">", "<=", ">="].flatMap((sign) => [compare(sign, s), compare(sign, "")]),
  ];
}

const extension = (type: ValueType, from: number): Operator =>
  operator([type], type, (a) =>
    widened(type, `tw_extend${from}(${type === "i64" ? "(uint32_t)" : ""}${a})`),
  );

/** A number of 32 bits with its sign, as the type. */
function widened(type: ValueType, text: string): string {
  return type === "i64" ? `tw_wide(${text})` : text;
}

const OPERATORS: ReadonlyMap<number, Operator> = new Map([
  ...numbered(0x45, comparisons("i32")),
  ...numbered(0x50, comparisons("i64")),
  ...numbered(0x67, arithmetic("i32")),
  ...numbered(0x79, arithmetic("i64")),
  [0xa7, operator(["i64"], "i32", (a) => `(uint32_t)${a}`)] as const,
  [0xac, operator(["i32"], "i64", (a) => `tw_wide(${a})`)] as const,
  [0xad, operator(["i32"], "i64", (a) => `(uint64_t)${a}`)] as const,
  [0xc0, extension("i32", 8)] as const,
  [0xc1, extension("i32", 16)] as const,
  [0xc2, extension("i64", 8)] as const,
  [0xc3, extension("i64", 16)] as const,
  [0xc4, operator(["i64"], "i64", (a) => `tw_wide((uint32_t)${a})`)] as const,
]);

function numbered(first: number, operators: readonly Operator[]): (readonly [number, Operator])[] {
  return operators.map((one, k) => [first + k, one] as const);
}

export const operatorOf = (opcode: number): Operator | undefined => OPERATORS.get(opcode);

type Access = { readonly type: ValueType; readonly text: (...operands: string[]) => string };

const load = (type: ValueType, text: (at: string) => string): Access => ({ type, text });

/** Narrow loads come in pairs: with the sign, and without. */
function narrow(type: ValueType, widths: readonly number[]): Access[] {
  const cast = type === "i64" ? "(uint64_t)" : "(uint32_t)";
  return widths.flatMap((n) => [
    load(type, (at) =>
      widened(type, n === 32 ? `tw_load32(${at})` : `tw_extend${n}(tw_load${n}(${at}))`),
    ),
    load(type, (at) => `${cast}tw_load${n}(${at})`),
  ]);
}

/** Floats are not among them: f32 and f64 leave their numbers unused. */
const LOADS: ReadonlyMap<number, Access> = new Map([
  [0x28, load("i32", (at) => `tw_load32(${at})`)],
  [0x29, load("i64", (at) => `tw_load64(${at})`)],
  ...narrow("i32", [8, 16]).map((access, k) => [0x2c + k, access] as const),
  ...narrow("i64", [8, 16, 32]).map((access, k) => [0x30 + k, access] as const),
]);

const store = (type: ValueType, n: number): Access => ({
  type,
  text: (at: string, value: string) =>
    `tw_store${n}(${at}, ${n === Number(bits[type]) ? "" : `(uint${n}_t)`}${value})`,
});

const STORES: ReadonlyMap<number, Access> = new Map([
  [0x36, store("i32", 32)],
  [0x37, store("i64", 64)],
  [0x3a, store("i32", 8)],
  [0x3b, store("i32", 16)],
  [0x3c, store("i64", 8)],
  [0x3d, store("i64", 16)],
  [0x3e, store("i64", 32)],
]);

export const loadOf = (opcode: number): Access | undefined => LOADS.get(opcode);
export const storeOf = (opcode: number): Access | undefined => STORES.get(opcode);
