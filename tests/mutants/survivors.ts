/**
 * Mutants that no test notices, and why none could: they compute the same. A row is found by the line before and after
 * and by the function around it, so that it follows its line when the file changes.
 */
import type { Mutant } from "./mutant.ts";

export type Survivor = Pick<Mutant, "file" | "inside" | "before" | "after"> & {
  readonly why: string;
};

export const SURVIVORS: readonly Survivor[] = [
  ...[
    ["{0x46, 0x4f, 2, TW_I32, TW_I32}, // comparisons", "0x46", "69"],
    ["{0x50, 0x50, 1, TW_I64, TW_I32}, // eqz", "0x50", "79"],
    ["{0x51, 0x5a, 2, TW_I64, TW_I32}, // comparisons", "0x51", "80"],
    ["{0x79, 0x7b, 1, TW_I64, TW_I64}, // clz, ctz, popcnt", "0x79", "120"],
    ["{0x7c, 0x8a, 2, TW_I64, TW_I64}, // add … rotr", "0x7c", "123"],
    ["{0x6a, 0x78, 2, TW_I32, TW_I32}, // add … rotr", "0x6a", "105"],
    ["{0xc2, 0xc4, 1, TW_I64, TW_I64}, // extend8, extend16, extend32", "0xc2", "193"],
  ].map(([before = "", first = "", less = ""]) => ({
    ...{ file: "firmware/core/tw_check_operators.c", inside: "tw_check_arithmetic", before },
    after: before.replace(first, less),
    why: "the row above takes that instruction",
  })),
  ...[
    "{0x45, 0x45, 1, TW_I32, TW_I32}, // eqz",
    "{0x50, 0x50, 1, TW_I64, TW_I32}, // eqz",
    "{0x67, 0x69, 1, TW_I32, TW_I32}, // clz, ctz, popcnt",
    "{0x79, 0x7b, 1, TW_I64, TW_I64}, // clz, ctz, popcnt",
    "{0xa7, 0xa7, 1, TW_I64, TW_I32}, // wrap",
    "{0xac, 0xad, 1, TW_I32, TW_I64}, // extend",
    "{0xc0, 0xc1, 1, TW_I32, TW_I32}, // extend8, extend16",
    "{0xc2, 0xc4, 1, TW_I64, TW_I64}, // extend8, extend16, extend32",
  ].map((before) => ({
    ...{ file: "firmware/core/tw_check_operators.c", inside: "tw_check_arithmetic", before },
    after: before.replace(", 1, ", ", 0, "),
    why: "one is always taken; only for 2 another one is",
  })),
  {
    ...{ file: "host/module/check.ts", inside: "checkRanges" },
    before: "if (len < 0 || ptr < 16 || ptr % 8 !== 0 || ptr + len > g.memUsed) {",
    after: "if (len < 0 || ptr < 15 || ptr % 8 !== 0 || ptr + len > g.memUsed) {",
    why: "15 is no multiple of 8, and is refused as that",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "" },
    before: "const TOO_LONG: Answer = { status: 0, payload: NOTHING };",
    after: "const TOO_LONG: Answer = { status: 1, payload: NOTHING };",
    why: "it is known as the very object; its status is only told from SESSION",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "" },
    before: "private sequence = 0;",
    after: "private sequence = 1;",
    why: "no request is sent before open() has set it",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "" },
    before: "private session = 0;",
    after: "private session = 1;",
    why: "opened() opens one all the same, because no board is known; open() sets it",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "exchange" },
    before: "divisible = false,",
    after: "divisible = true,",
    why: "only HELLO leaves it out, and HELLO is never asked for aside",
  },
];

export const explanationOf = ({ file, inside, before, after }: Mutant): string | null =>
  SURVIVORS.find(
    (row) =>
      row.file === file && row.inside === inside && row.before === before && row.after === after,
  )?.why ?? null;
