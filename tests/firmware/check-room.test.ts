/**
 * The words of a function in WASM3 (m3_compile.c, CompileFunction and ReserveConstants), counted here by hand: 256 in all;
 * 2 for the result, 1 for the local and one to be even, 2 spare; up to 63 for constants; 2 for each operand; 2 more.
 */
import { stepBound as bound, expectBounds } from "../support/firmware-check.ts";
import { COPY, leb, vector, writtenModule, ZERO } from "../support/firmware-modules.ts";
import {
  BLOCK,
  BR_IF,
  CALL,
  DROP,
  END,
  GET,
  I32,
  I64,
  LONG,
  NONE,
  TEE,
} from "../support/firmware-opcodes.ts";
import { compilerTest } from "../support/firmware-program.ts";

const WHY = "too many locals and operands";
const repeated = (n: number, code: readonly number[]): number[] =>
  Array.from({ length: n }, () => code).flat();
/** n operands at a time, of a local: none of these bytes looks like a constant. */
const operands = (n: number): number[] => [...repeated(n, [GET, 0]), ...repeated(n - 1, [0x6a])];
const rest = { ours: true, locals: [I32] };

compilerTest("constants: every byte that looks like one, as far as WASM3 keeps room for", () => {
  const short = [0x41, 0, DROP];
  const long = [...LONG, DROP];
  // an address of this byte: f32.const, f64.const, and one that is no constant
  const [float, double, none] = [0x43, 0x44, 0x45].map((at) => [GET, 0, 0x28, 2, at, DROP]) as [
    number[],
    number[],
    number[],
  ];
  const cases: readonly (readonly [string, readonly number[], words: number])[] = [
    ["none", [], 0],
    ["none, in a long function", repeated(60, none), 0],
    ["one", short, 2],
    ["two", repeated(2, short), 2],
    ["three", repeated(3, short), 4],
    ["one of 64 bits", long, 2],
    ["one of each", [...long, ...short], 4],
    ["two of 64 bits", repeated(2, long), 4],
    ["what looks like a float", float, 2],
    ["three of them", repeated(3, float), 4],
    ["what looks like a double, and another", [...double, ...short], 4],
    ["62 words", repeated(31, long), 62],
    ["63", [...repeated(31, long), ...short], 64],
    ["64: no longer", [...repeated(31, long), ...repeated(2, short)], 64],
    ["62, what does not fit, and what would", [...repeated(32, long), ...short], 62],
  ];
  expectBounds(
    cases.map(([name, code, words]) => {
      const most = (256 - 6 - words) / 2 - 1;
      return bound(name, [...code, ...operands(most)], [...code, ...operands(most + 1)], WHY, rest);
    }),
  );
});

compilerTest(
  "a function that is nothing but locals: 126 of 64 bits, which leave two spare words and two more",
  () => {
    const body = (...code: readonly number[]) => [...leb(code.length + 1), ...code, END];
    const locals = (count: number): Uint8Array => {
      const bodies = [body(0, ...ZERO), body(0, ...COPY), body(1, ...leb(count), I64)];
      const nothing = [0x60, 0, 0];
      return writtenModule({
        sections: {
          1: vector([[0x60, 0, 1, I32], nothing]),
          3: vector([[0], [0], [1]]),
          10: vector(bodies),
        },
      });
    };
    const bound = { name: "locals", why: WHY, ours: true };
    expectBounds([{ ...bound, inside: locals(126), outside: locals(127) }]);
  },
);

compilerTest("results of calls lie one above the other, wherever they are taken and left", () => {
  // 124 pairs: 80 that operands once took, and 44 results
  const taken = [...operands(80), DROP];
  const call = [CALL, 0];
  const kept: readonly (readonly [string, readonly number[]])[] = [
    ["as they are", call],
    ["tee", [...call, TEE, 0]],
    ["br_if", [...call, GET, 0, BR_IF, 0]],
  ];
  expectBounds(
    kept.map(([name, code]) => {
      const results = (n: number) => [...taken, ...repeated(n, code), ...repeated(n - 1, [0x6a])];
      return bound(name, results(44), results(45), WHY, rest);
    }),
  );
  // taken for good, a result leaves its place to the next
  const freed = (n: number) => [
    ...taken,
    ...repeated(100, [...call, DROP]),
    ...repeated(n, call),
    ...repeated(n - 1, [0x6a]),
  ];
  expectBounds([bound("dropped", freed(44), freed(45), WHY, rest)]);
});

compilerTest(
  "an i64 local on the stack while it changes: once, however it came to stand there",
  () => {
    const why = "an i64 local twice on the stack while it changes";
    const locals = [I64, I64, I32];
    const change = [...LONG, 0x21, 0];
    const [short, both] = [
      [GET, 2, GET, 2],
      [GET, 0, GET, 0],
    ];
    const end = (n: number) => [...repeated(n, [DROP]), 0x41, 0];
    const twice = (name: string, once: readonly number[], both: readonly number[], left = 2) =>
      bound(name, [...once, ...end(left)], [...both, ...end(left)], why, { ours: true, locals });
    expectBounds([
      twice("get", [GET, 0, GET, 1, ...change], [GET, 0, GET, 0, ...change]),
      twice("below others", [GET, 1, GET, 0, ...change], [GET, 0, GET, 0, ...change]),
      // a local that is kept by tee of another still stands for the first
      twice(
        "tee of another",
        [GET, 0, TEE, 1, GET, 1, ...change],
        [GET, 0, TEE, 1, GET, 0, ...change],
      ),
      // changed once, what stood for it has words of its own
      // what stood for it before the block has words of its own
      twice(
        "before a block and in it",
        [GET, 0, BLOCK, NONE, GET, 0, ...change, DROP, END, GET, 1],
        [GET, 1, BLOCK, NONE, GET, 0, GET, 0, ...change, DROP, DROP, END, GET, 1],
      ),
      twice("an i32 local may be", [...short, BLOCK, NONE, END], [...both, BLOCK, NONE, END]),
      twice(
        "twice, one by one",
        [GET, 0, ...change, GET, 0, ...change],
        [GET, 0, GET, 0, ...change],
      ),
      twice(
        "before a block",
        [GET, 0, GET, 1, BLOCK, NONE, END],
        [GET, 0, GET, 0, BLOCK, NONE, END],
      ),
    ]);
  },
);

compilerTest("results of open blocks have words of their own, until the blocks are closed", () => {
  const within = (depth: number, n: number) => [
    ...repeated(depth, [BLOCK, I32]),
    ...operands(n),
    ...repeated(depth, [END]),
  ];
  const empty = (n: number) => [
    ...repeated(20, [BLOCK, NONE]),
    ...operands(n),
    DROP,
    ...repeated(20, [END]),
    ...[GET, 0],
  ];
  const closed = repeated(130, [BLOCK, I32, GET, 0, END, DROP]);
  expectBounds([
    bound("20 of them, and 104 operands", within(20, 104), within(20, 105), WHY, rest),
    bound("one of them, and 123", within(1, 123), within(1, 124), WHY, rest),
    bound("closed", [...closed, ...operands(124)], [...closed, ...operands(125)], WHY, rest),
    bound("without a result", empty(124), empty(125), WHY, rest),
  ]);
});

compilerTest(
  "parameters, locals and results: how many words each takes of what operands have",
  () => {
    const type = (parameters: readonly number[], results: readonly number[]) => [
      ...[0x60, parameters.length, ...parameters, results.length, ...results],
    ];
    /** A module whose third function has this type, these locals and this code. */
    const third = (
      parameters: readonly number[],
      results: readonly number[],
      locals: readonly number[],
      code: readonly number[],
    ) => {
      const plain = [4, 0, 0x41, 0, END];
      const own = [locals.length, ...locals.flatMap((local) => [1, local]), ...code, END];
      return writtenModule({
        sections: {
          1: vector([type([], [I32]), type(parameters, results)]),
          3: [3, 0, 0, 1],
          10: [3, ...plain, ...plain, ...leb(own.length), ...own],
        },
      });
    };
    // 2 for each parameter and for a result, 1 or 2 for each local; then up to an even number, and 2 spare
    const cases: readonly (readonly [string, number[], number[], number[], words: number])[] = [
      ["a local", [], [], [I32], 4],
      ["two", [], [], [I32, I32], 4],
      ["three", [], [], [I32, I32, I32], 6],
      ["of 64 bits", [], [], [I32, I64], 6],
      ["of 64 bits, and another", [], [], [I32, I64, I32], 6],
      ["a parameter", [I32], [], [], 4],
      ["of 64 bits, and another", [I32, I64], [], [], 6],
      ["a parameter and a local", [I32], [], [I32], 6],
      ["a result and a local", [], [I32], [I32], 6],
      ["all of them", [I32, I32], [I32], [I64], 10],
    ];
    expectBounds(
      cases.map(([name, parameters, results, locals, words]) => {
        const most = (256 - words) / 2 - 1;
        const of = (n: number) =>
          third(parameters, results, locals, [
            ...operands(n),
            ...(results.length > 0 ? [] : [DROP]),
          ]);
        return { name, inside: of(most), outside: of(most + 1), why: WHY, ours: true };
      }),
    );
  },
);
