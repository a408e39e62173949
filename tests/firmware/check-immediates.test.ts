/** What instructions and types carry with them, at each bound of the board's validator. */
import { type Bound, stepBound as bound, expectBounds } from "../support/firmware-check.ts";
import { leb, vector, writtenModule, ZERO } from "../support/firmware-modules.ts";
import { CALL, DROP, END, GET, I32, I64, LONG } from "../support/firmware-opcodes.ts";
import { compilerTest } from "../support/firmware-program.ts";

const ALIGNMENT = "an alignment larger than the access";
const ANOTHER_MEMORY = "another memory";
const OTHER_TYPE = "an operand of another type";
const OUTSIDE = "an instruction outside of the ABI";
const TOO_LONG = "a number that is too long";

/** Every load and store, with the alignment of its access as a power of two, and the type it takes or gives. */
const ACCESSES: readonly (readonly [op: number, align: number, type: number])[] = [
  ...[[0x28, 2, I32] as const, [0x29, 3, I64] as const],
  ...[
    [0x2c, 0, I32] as const,
    [0x2d, 0, I32] as const,
    [0x2e, 1, I32] as const,
    [0x2f, 1, I32] as const,
  ],
  ...[
    [0x30, 0, I64] as const,
    [0x31, 0, I64] as const,
    [0x32, 1, I64] as const,
    [0x33, 1, I64] as const,
  ],
  ...[[0x34, 2, I64] as const, [0x35, 2, I64] as const],
  ...[
    [0x36, 2, I32] as const,
    [0x37, 3, I64] as const,
    [0x3a, 0, I32] as const,
    [0x3b, 1, I32] as const,
  ],
  ...[[0x3c, 0, I64] as const, [0x3d, 1, I64] as const, [0x3e, 2, I64] as const],
];

compilerTest("loads and stores: alignments and types", () => {
  const value = (type: number) => (type === I32 ? ZERO : LONG);
  const access = (op: number, align: number, type: number) =>
    op < 0x36
      ? [...ZERO, op, align, 0, ...(type === I32 ? [0x45] : [0x50]), DROP, ...ZERO]
      : [...ZERO, ...value(type), op, align, 0, ...ZERO];
  expectBounds(
    ACCESSES.flatMap(([op, align, type]) => {
      const name = op.toString(16);
      const other = type === I32 ? I64 : I32;
      const inside = access(op, align, type);
      return [
        bound(name, inside, access(op, align + 1, type), ALIGNMENT),
        bound(`${name}, type`, inside, access(op, align, other), OTHER_TYPE),
        bound(`${name}, 2^32 times as much`, null, access(op, 32, type), ALIGNMENT),
      ];
    }),
  );
});

compilerTest("immediates", () => {
  const ones = (bytes: number) => Array<number>(bytes).fill(0xff);
  const i32 = (...bytes: number[]) => [0x41, ...bytes];
  const i64 = (...bytes: number[]) => [0x42, ...bytes, DROP, ...ZERO];
  const copy = (...memories: number[]) => [
    ...ZERO,
    ...ZERO,
    ...ZERO,
    0xfc,
    10,
    ...memories,
    ...ZERO,
  ];
  const fill = (memory: number) => [...ZERO, ...ZERO, ...ZERO, 0xfc, 11, memory, ...ZERO];
  expectBounds([
    // the last byte's spare bits are copies of the sign
    ...[0x0f, 0x3f, 0x77].map((last) =>
      bound(`i32, negative ${last}`, i32(...ones(4), 0x78), i32(...ones(4), last), TOO_LONG),
    ),
    ...[0x70, 0x40, 0x10, 0x08].map((last) =>
      bound(`i32, positive ${last}`, i32(...ones(4), 0x07), i32(...ones(4), last), TOO_LONG),
    ),
    bound("i32, a fifth byte that is not the last", null, i32(...ones(4), 0x80), TOO_LONG),
    bound("i64, a tenth byte that is not the last", null, i64(...ones(9), 0x80), TOO_LONG),
    bound("i32, six bytes", i32(...ones(4), 0x7f), i32(...ones(5), 0x7f), TOO_LONG),
    ...[0x01, 0x3f, 0x40, 0x7e].map((last) =>
      bound(`i64, ${last}`, i64(...ones(9), 0x7f), i64(...ones(9), last), TOO_LONG),
    ),
    bound("i64, eleven bytes", i64(...ones(9), 0), i64(...ones(10), 0), TOO_LONG),
    bound("memory.size", [0x3f, 0], [0x3f, 1], ANOTHER_MEMORY),
    bound("memory.copy, to", copy(0, 0), copy(1, 0), ANOTHER_MEMORY),
    bound("memory.copy, from", null, copy(0, 1), ANOTHER_MEMORY),
    bound("memory.fill", fill(0), fill(1), ANOTHER_MEMORY),
    ...[8, 9, 12, 14].map((op) =>
      bound(`0xfc ${op}`, null, [...ZERO, ...ZERO, ...ZERO, 0xfc, op, 0, 0, ...ZERO], OUTSIDE),
    ),
    ...[0, 7].map((op) =>
      bound(`0xfc ${op}, of a float`, null, [...ZERO, 0xfc, op, DROP, ...ZERO], "floating point"),
    ),
  ]);
});

compilerTest("numbers of more bytes than they need are the same numbers", () => {
  const INIT = [4, 0, ...ZERO, END];
  /** A number in as many bytes. */
  const wide = (n: number, bytes: number): number[] =>
    bytes === 1 ? [n] : [(n & 0x7f) | 0x80, ...wide(n >> 7, bytes - 1)];
  /** A function (i64, i32) whose type is written wide, and a step that calls it. */
  const called = (bytes: number, results: readonly number[], callee: number[], step: number[]) => {
    const type = [
      ...[0x60, ...wide(2, bytes), I64, I32, ...wide(results.length, bytes), ...results],
    ];
    return writtenModule({
      sections: {
        1: vector([[0x60, 0, 1, I32], type]),
        3: [3, 0, 0, 1],
        10: [3, ...INIT, ...leb(step.length), ...step, ...leb(callee.length), ...callee],
      },
    });
  };
  const call = (...rest: number[]) => [0, ...LONG, ...ZERO, CALL, 2, ...rest, END];
  const bounds = [1, 2, 3, 5].flatMap((bytes): Bound[] => [
    {
      ...{ name: `the result, ${bytes} bytes`, why: OTHER_TYPE },
      inside: called(bytes, [I32], [0, GET, 1, END], call(0x45)),
      outside: called(bytes, [I32], [0, GET, 1, END], call(0x50)),
    },
    {
      ...{ name: `the result of the function, ${bytes} bytes`, why: OTHER_TYPE },
      outside: called(bytes, [I32], [0, GET, 0, END], call()),
    },
    {
      ...{ name: `no result, ${bytes} bytes`, why: "too few operands" },
      inside: called(bytes, [], [0, END], call(...ZERO)),
      outside: called(bytes, [], [0, END], call()),
    },
    {
      ...{
        name: `no result of the function, ${bytes} bytes`,
        why: "operands left at the end of a block",
      },
      outside: called(bytes, [], [0, ...ZERO, END], call(...ZERO)),
    },
    {
      ...{ name: `a parameter, ${bytes} bytes`, why: "no such local" },
      outside: called(bytes, [I32], [0, GET, 2, END], call()),
    },
  ]);
  expectBounds(bounds);
});

compilerTest("a global's first value has the bits of its type, and no more", () => {
  const ones = (bytes: number) => Array<number>(bytes).fill(0xff);
  const withGlobal = (...global: readonly number[]) =>
    writtenModule({ sections: { 6: vector([[...global, END]]), 7: [0] } });
  const [short, long] = [
    (last: number) => withGlobal(I32, 0, 0x41, ...ones(4), last),
    (last: number) => withGlobal(I64, 0, 0x42, ...ones(9), last),
  ];
  const bounds: Bound[] = [
    ...[0x0f, 0x08, 0x77, 0x87].map((last) => ({ name: `i32, ${last}`, outside: short(last) })),
    ...[0x01, 0x7e, 0x3f, 0xff].map((last) => ({ name: `i64, ${last}`, outside: long(last) })),
  ].map((bound) => ({ ...bound, why: TOO_LONG }));
  const ends = [short(0x07), short(0x78), long(0x00), long(0x7f)].map((inside, k) => ({
    ...{ name: `end ${k}`, inside, outside: short(0x0f), why: TOO_LONG },
  }));
  expectBounds([...bounds, ...ends]);
});
