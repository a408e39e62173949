/** What the host says that a board refuses, beside the board's own validator at each of its bounds. */
import { describe, expect, test } from "vitest";
import { boardFootprint, isRefusal } from "../../../host/boards/refusal.ts";
import { checkForBoard } from "../../../host/runtime/board.ts";
import { dataTest, readData } from "../../support/data.ts";
import { check, MODEL } from "../../support/firmware-check.ts";
import { UNREACHED_SELECT } from "../../support/firmware-hostile.ts";
import { demoModule, leb, vector, writtenModule, ZERO } from "../../support/firmware-modules.ts";
import { compilerTest } from "../../support/firmware-program.ts";
import { withManifest } from "../../support/handmade-module.ts";

const found = (wasm: Uint8Array) => {
  expect(WebAssembly.validate(wasm as BufferSource)).toBe(true);
  const footprint = boardFootprint(wasm, { memoryBytes: 64, native: false });
  return isRefusal(footprint) ? footprint : null;
};

const [BLOCK, LOOP, END, CALL, DROP, EMPTY, I32] = [0x02, 0x03, 0x0b, 0x10, 0x1a, 0x40, 0x7f];
const repeated = (n: number, code: readonly number[]): number[] =>
  Array.from({ length: n }, () => code).flat();
const repeatedItems = (n: number, item: readonly number[]): (readonly number[])[] =>
  Array.from({ length: n }, () => item);
const nested = (opens: readonly number[], n: number, inside: readonly number[] = []): number[] => [
  ...repeated(n, [...opens, EMPTY]),
  ...inside,
  ...repeated(n, [END]),
];

/** Each with a bound somewhere between the first and the last n. */
const BOUNDS: Readonly<Record<string, (n: number) => Uint8Array>> = {
  "blocks within blocks": (n) => writtenModule({ step: [...nested([BLOCK], n), ...ZERO] }),
  "loops within loops": (n) => writtenModule({ step: [...nested([LOOP], n), ...ZERO] }),
  "calls of calls": (n) =>
    writtenModule({
      step: [CALL, 2],
      functions: Array.from({ length: n }, (_, k) => (k + 1 < n ? [CALL, k + 3] : [...ZERO])),
    }),
  "calls from within loops": (n) =>
    writtenModule({
      step: [...nested([LOOP], 10, [CALL, 2, DROP]), ...ZERO],
      functions: [[...nested([LOOP], n - 12), ...ZERO]],
    }),
  // the longer way to a function counts, whichever is written first
  "two ways to one function": (n) =>
    writtenModule({
      step: [CALL, 2, DROP, CALL, 3],
      functions: [
        [CALL, 4],
        [...nested([LOOP], n - 12, [CALL, 4, DROP]), ...ZERO],
        [...nested([LOOP], 9), ...ZERO],
      ],
    }),
  "loops in a row": (n) =>
    writtenModule({ step: [...repeated(n + 100, [LOOP, EMPTY, END]), ...ZERO] }),
  "loops before a call, and in what is called": (n) =>
    writtenModule({
      step: [...repeated(60, [LOOP, EMPTY, END]), CALL, 2],
      functions: [[...repeated(n + 40, [LOOP, EMPTY, END]), ...ZERO]],
    }),
  // the way past more loops counts, though it is no deeper, and is found last
  "a function that calls, called by a later one": (n) =>
    writtenModule({
      step: [CALL, 3, DROP, CALL, 4],
      functions: [
        [...repeated(30, [LOOP, EMPTY, END]), ...ZERO],
        [...repeated(20, [LOOP, EMPTY, END]), CALL, 2],
        [...repeated(n + 47, [LOOP, EMPTY, END]), CALL, 3],
      ],
    }),
  types: (n) =>
    writtenModule({ sections: { 1: vector(repeatedItems(n + 236, [0x60, 0, 1, I32])) } }),
};

const NUMBERS = Array.from({ length: 15 }, (_, k) => 13 + k);

describe("bounds of the board's validator", () => {
  for (const [name, module] of Object.entries(BOUNDS)) {
    compilerTest(name, () => {
      const modules = NUMBERS.map(module);
      const board = check(modules).map(({ error }) => error !== 0);
      expect(modules.map((wasm) => found(wasm) !== null)).toEqual(board);
      expect(new Set(board).size).toBe(2);
    });
  }
});

/** What WASM3 compiles past the end of its own memory, if it is let: found by differential.test.ts. */
const PAST_THE_END: Readonly<Record<string, Uint8Array>> = {
  // each result lies two words above the last one, though there is only one at a time
  "a long chain of calls": writtenModule({
    sections: {
      1: [2, ...[0x60, 0, 1, I32], ...[0x60, 1, I32, 1, I32]],
      3: [3, 0, 0, 1],
      10: vector(
        [ZERO, [...ZERO, ...repeated(200, [CALL, 2])], [0x20, 0]].map((code) => {
          const body = [0, ...code, END];
          return [...leb(body.length), ...body];
        }),
      ),
    },
  }),
  // values that nothing takes away stay on its stack, and the result of a block comes on top
  "returns that are never reached": writtenModule({
    step: [...[...ZERO, 0x0f], ...repeated(127, [...ZERO, 0x0f]), ...[BLOCK, I32, ...ZERO, END]],
  }),
  "a branch to a loop with values left": writtenModule({
    step: [
      LOOP,
      EMPTY,
      ...repeated(120, [...ZERO]),
      0x0c,
      0,
      ...repeated(20, [...ZERO]),
      0x0c,
      0,
      END,
      ...ZERO,
    ],
  }),
  "results of open blocks": writtenModule({
    step: [
      ...repeated(124, [...ZERO]),
      ...repeated(8, [BLOCK, I32]),
      ...ZERO,
      ...repeated(8, [END]),
      ...repeated(124, [0x6a]),
    ],
  }),
};

describe("past the end of WASM3's memory", () => {
  for (const [name, wasm] of Object.entries(PAST_THE_END)) {
    compilerTest(name, () => {
      expect(found(wasm)?.where).toBe("function 1");
      expect(check([wasm])[0]?.error).toBe(MODEL);
    });
  }
});

/** WASM3 gives both one place of two words, and counts them for two in the first word only. */
compilerTest("an i64 local that changes while it is twice on the stack", () => {
  const [GET, SET, TEE, ONE] = [0x20, 0x21, 0x22, [0x42, 1]];
  const sum = (...between: readonly number[]) =>
    writtenModule({ locals: [0x7e], step: [GET, 0, GET, 0, ...between, 0x7c, 0xa7] });
  const harmful = [
    sum(...ONE, SET, 0),
    sum(...ONE, TEE, 0, DROP),
    sum(BLOCK, EMPTY, END),
    sum(GET, 0, SET, 0),
  ];
  const harmless = [sum(), sum(...ZERO, DROP)];
  const wasms = [...harmful, ...harmless];
  expect(wasms.map((wasm) => found(wasm)?.got ?? null)).toEqual([
    ...harmful.map(() => "an i64 local twice on the stack while it changes"),
    ...harmless.map(() => null),
  ]);
  expect(check(wasms).map(({ error }) => error)).toEqual([
    ...harmful.map(() => MODEL),
    ...harmless.map(() => 0),
  ]);
});

test("code that is never reached, but for what ends it", async () => {
  expect(found(writtenModule({ step: UNREACHED_SELECT }))).toEqual({
    where: "function 1",
    got: "code that is never reached",
    expected: expect.stringContaining("WASM3"),
  });
  const ended = [BLOCK, EMPTY, 0x0c, 0, 0x01, 0x00, END, ...ZERO];
  expect(found(writtenModule({ step: ended }))).toBe(null);
  expect(found(await demoModule())).toBe(null);
});

test("more locals and operands than WASM3's stack has", () => {
  const deep = (n: number) => [...repeated(n, [...ZERO]), ...repeated(n - 1, [0x6a])];
  const locals = Array.from({ length: 100 }, () => I32);
  expect(found(writtenModule({ step: deep(20), locals }))).toBe(null);
  expect(found(writtenModule({ step: deep(30), locals }))?.got).toContain("locals and operands");
});

dataTest("the public module that WASM3 refuses", () => {
  expect(found(readData("hostile-modules/valid-refused.wasm"))?.got).toBe(
    "code that is never reached",
  );
});

test("is raised before anything is sent, with the function that it is about", () => {
  const step = [...UNREACHED_SELECT];
  const globals = { cnt_len: 32, mem_used: 72 };
  const wasm = withManifest(writtenModule({ step, globals }), {});
  expect(() => checkForBoard(wasm)).toThrow(/MODULE_FORMAT: function 1: got code that is never/);
});
