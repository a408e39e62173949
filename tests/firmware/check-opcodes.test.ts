/** Every byte as an instruction: which ones the board's ABI has, and with which words the others are refused. */
import { expect } from "vitest";
import { check, FINE, valid } from "../support/firmware-check.ts";
import { writtenModule, ZERO } from "../support/firmware-modules.ts";
import { BLOCK, DROP, END, I32, I64, LONG } from "../support/firmware-opcodes.ts";
import { compilerTest } from "../support/firmware-program.ts";

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, k) => from + k);

/** The table of WebAssembly's specification, appendix "Index of Instructions": what takes or gives f32 or f64. */
const FLOATS = new Set([
  ...[0x2a, 0x2b, 0x38, 0x39, 0x43, 0x44],
  ...range(0x5b, 0x66),
  ...range(0x8b, 0xa6),
  ...range(0xa8, 0xab),
  ...range(0xae, 0xbf),
  0xfc, // as it stands below, before a 0: i32.trunc_sat_f32_s
]);
/** Of version 1 with sign extension, the integers and what moves them about. */
const INTEGERS = new Set([
  ...range(0x00, 0x05),
  ...range(0x0b, 0x10),
  ...[0x1a, 0x1b],
  ...range(0x20, 0x24),
  ...[0x28, 0x29],
  ...range(0x2c, 0x37),
  ...range(0x3a, 0x3f),
  ...[0x41, 0x42],
  ...range(0x45, 0x5a),
  ...range(0x67, 0x8a),
  ...[0xa7, 0xac, 0xad],
  ...range(0xc0, 0xc4),
]);

compilerTest("each byte", () => {
  const bytes = range(0, 0xff);
  const verdicts = check(
    bytes.map((op) => writtenModule({ step: [op, ...Array<number>(12).fill(0), ...ZERO] })),
  );
  const found = verdicts.map(({ why }) =>
    why === "floating point" || why === "an instruction outside of the ABI" ? why : "known",
  );
  const expected = bytes.map((op) => {
    if (FLOATS.has(op)) return "floating point";
    return INTEGERS.has(op) ? "known" : "an instruction outside of the ABI";
  });
  expect(found).toEqual(expected);
});

compilerTest("arithmetic: operands and result as V8 has them", () => {
  const operand = (type: number) => (type === I32 ? ZERO : LONG);
  const ops = [...range(0x45, 0x5a), ...range(0x67, 0x8a), 0xa7, 0xac, 0xad, ...range(0xc0, 0xc4)];
  const modules = ops.flatMap((op) =>
    [I32, I64].flatMap((takes) =>
      [1, 2].flatMap((n) =>
        [I32, I64].map((leaves) => {
          const code = [...Array(n).fill(operand(takes)).flat(), op];
          // a block of the result's type and nothing below it: neither one more nor one less
          return writtenModule({ step: [BLOCK, leaves, ...code, END, DROP, ...ZERO] });
        }),
      ),
    ),
  );
  const verdicts = check(modules);
  expect(verdicts.map(({ error }) => error === FINE.error)).toEqual(modules.map(valid));
  expect(modules.filter(valid)).toHaveLength(ops.length);
});
