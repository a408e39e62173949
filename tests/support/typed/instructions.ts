/** What each integer instruction takes and leaves: WebAssembly core specification, chapter 3.3. */

export const I32 = 0x7f;
export const I64 = 0x7e;
/** of an operand in code that is never reached, where a `select` of nothing left it */
export const ANY = 0;
export type Type = typeof I32 | typeof I64;
export type Operand = Type | typeof ANY;

export type Plain = {
  readonly op: number;
  readonly takes: readonly Type[];
  readonly leaves: Type;
  /** may trap for some second operands */
  readonly divides: boolean;
};

const rows = (
  first: number,
  last: number,
  takes: readonly Type[],
  leaves: Type,
): readonly Plain[] =>
  Array.from({ length: last - first + 1 }, (_, k) => {
    const op = first + k;
    const divides = (op >= 0x6d && op <= 0x70) || (op >= 0x7f && op <= 0x82);
    return { op, takes, leaves, divides };
  });

/** Comparisons, arithmetic, conversions. */
export const PLAIN: readonly Plain[] = [
  ...rows(0x45, 0x45, [I32], I32), // eqz
  ...rows(0x46, 0x4f, [I32, I32], I32),
  ...rows(0x50, 0x50, [I64], I32),
  ...rows(0x51, 0x5a, [I64, I64], I32),
  ...rows(0x67, 0x69, [I32], I32), // clz, ctz, popcnt
  ...rows(0x6a, 0x78, [I32, I32], I32),
  ...rows(0x79, 0x7b, [I64], I64),
  ...rows(0x7c, 0x8a, [I64, I64], I64),
  ...rows(0xa7, 0xa7, [I64], I32), // wrap
  ...rows(0xac, 0xad, [I32], I64), // extend
  ...rows(0xc0, 0xc1, [I32], I32), // sign extension
  ...rows(0xc2, 0xc4, [I64], I64),
];

export type Access = {
  readonly op: number;
  readonly type: Type;
  /** log2 of its bytes */
  readonly align: number;
};

const access = (op: number, type: Type, align: number): Access => ({ op, type, align });

export const LOADS: readonly Access[] = [
  ...[access(0x28, I32, 2), access(0x29, I64, 3)],
  ...[0x2c, 0x2d].map((op) => access(op, I32, 0)),
  ...[0x2e, 0x2f].map((op) => access(op, I32, 1)),
  ...[0x30, 0x31].map((op) => access(op, I64, 0)),
  ...[0x32, 0x33].map((op) => access(op, I64, 1)),
  ...[0x34, 0x35].map((op) => access(op, I64, 2)),
];

export const STORES: readonly Access[] = [
  ...[access(0x36, I32, 2), access(0x37, I64, 3), access(0x3a, I32, 0), access(0x3b, I32, 1)],
  ...[access(0x3c, I64, 0), access(0x3d, I64, 1), access(0x3e, I64, 2)],
];
