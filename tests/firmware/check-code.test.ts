/** Every bound of the board's validator within a function: code on each side of it. */
import { stepBound as bound, expectBounds } from "../support/firmware-check.ts";
import { leb, text, vector, writtenModule, ZERO } from "../support/firmware-modules.ts";
import {
  BLOCK,
  BR,
  BR_IF,
  BR_TABLE,
  CALL,
  DROP,
  ELSE,
  END,
  GET,
  GLOBAL_GET,
  GLOBAL_SET,
  I32,
  I64,
  IF,
  LONG,
  LOOP,
  NONE,
  NOP,
  RETURN,
  SELECT,
  SET,
  TEE,
  UNREACHABLE,
} from "../support/firmware-opcodes.ts";
import { compilerTest } from "../support/firmware-program.ts";

const EARLY = "ends too early";
const FEW = "too few operands";
const LEFT = "operands left at the end of a block";
const OTHER_TYPE = "an operand of another type";

compilerTest("indices: of locals, globals, functions and labels", () => {
  const locals = [I32, I64];
  const get = (op: number, index: number) => [op, index, DROP, ...ZERO];
  const globals = [I32, 0, 0x41, 0, END, I64, 1, 0x42, 0, END, I32, 1, 0x41, 0, END];
  const sections = { 6: [3, ...globals], 7: vector([[...text("x"), 3, 0]]) };
  expectBounds([
    bound("local.get", get(GET, 1), get(GET, 2), "no such local", { locals }),
    bound("local.get of none", null, get(GET, 0), "no such local"),
    bound("local.set", [...LONG, SET, 1, ...ZERO], [...LONG, SET, 2, ...ZERO], "no such local", {
      locals,
    }),
    bound("local.set of a type", null, [...ZERO, SET, 1, ...ZERO], OTHER_TYPE, { locals }),
    bound(
      "local.tee",
      [...LONG, TEE, 1, DROP, ...ZERO],
      [...ZERO, TEE, 1, DROP, ...ZERO],
      OTHER_TYPE,
      { locals },
    ),
    bound("global.get", get(GLOBAL_GET, 2), get(GLOBAL_GET, 3), "no such global", { sections }),
    bound("global.get's type", [GLOBAL_GET, 0], [GLOBAL_GET, 1], OTHER_TYPE, { sections }),
    bound("of one that may change", [GLOBAL_GET, 2], [GLOBAL_GET, 1], OTHER_TYPE, { sections }),
    bound("of 64 bits", [GLOBAL_GET, 1, 0x50], [GLOBAL_GET, 2, 0x50], OTHER_TYPE, { sections }),
    bound(
      "global.set",
      [...LONG, GLOBAL_SET, 1, ...ZERO],
      [...LONG, GLOBAL_SET, 3, ...ZERO],
      "no such global",
      { sections },
    ),
    bound(
      "global.set of an i32",
      [...ZERO, GLOBAL_SET, 2, ...ZERO],
      [...LONG, GLOBAL_SET, 2, ...ZERO],
      OTHER_TYPE,
      { sections },
    ),
    bound("global.set of a type", null, [...ZERO, GLOBAL_SET, 1, ...ZERO], OTHER_TYPE, {
      sections,
    }),
    bound("a constant", null, [...ZERO, GLOBAL_SET, 0, ...ZERO], "a global that may not change", {
      sections,
    }),
    bound("call", [CALL, 2], [CALL, 3], "a call of no function", { functions: [ZERO] }),
    bound(
      "br",
      [BLOCK, NONE, ...ZERO, BR, 1, END, ...ZERO],
      [BLOCK, NONE, ...ZERO, BR, 2, END, ...ZERO],
      "a branch to no block",
    ),
    bound(
      "br_if",
      [...ZERO, ...ZERO, BR_IF, 0],
      [...ZERO, ...ZERO, BR_IF, 1],
      "a branch to no block",
    ),
    bound(
      "br_table, a branch",
      [...ZERO, ...ZERO, BR_TABLE, 1, 0, 0],
      [...ZERO, ...ZERO, BR_TABLE, 1, 1, 0],
      "a branch to no block",
    ),
    bound(
      "br_table, the default",
      null,
      [...ZERO, ...ZERO, BR_TABLE, 1, 0, 1],
      "a branch to no block",
    ),
  ]);
});

compilerTest(
  "operands: as many as are taken, of their types, and not those outside of the block",
  () => {
    expectBounds([
      bound("none", null, [DROP, ...ZERO], FEW),
      bound("no result", null, [], FEW),
      bound("one of two", [...ZERO, ...ZERO, 0x6a], [...ZERO, 0x6a], FEW),
      bound(
        "outside of the block",
        [...ZERO, BLOCK, NONE, ...ZERO, DROP, END],
        [...ZERO, BLOCK, NONE, DROP, END, ...ZERO],
        FEW,
      ),
      bound("left in a block", null, [BLOCK, NONE, ...ZERO, END, ...ZERO], LEFT),
      bound("left in a function", null, [...ZERO, ...ZERO], LEFT),
      bound("a block's result", [BLOCK, I32, ...ZERO, END], [BLOCK, I32, END], FEW),
      bound("a block's result of a type", null, [BLOCK, I32, ...LONG, END], OTHER_TYPE),
      bound("an address", [...ZERO, 0x28, 0, 0], [...LONG, 0x28, 0, 0], OTHER_TYPE),
      bound(
        "what is stored",
        [...ZERO, ...LONG, 0x37, 0, 0, ...ZERO],
        [...ZERO, ...ZERO, 0x37, 0, 0, ...ZERO],
        OTHER_TYPE,
      ),
      bound("where", null, [...LONG, ...LONG, 0x37, 0, 0, ...ZERO], OTHER_TYPE),
      bound(
        "select, alike",
        [...ZERO, ...ZERO, ...ZERO, SELECT],
        [...LONG, ...ZERO, ...ZERO, SELECT],
        OTHER_TYPE,
      ),
      bound("select's condition", null, [...ZERO, ...ZERO, ...LONG, SELECT], OTHER_TYPE),
      bound(
        "if's condition",
        [...ZERO, IF, NONE, END, ...ZERO],
        [...LONG, IF, NONE, END, ...ZERO],
        OTHER_TYPE,
      ),
      bound("br's", [...ZERO, BR, 0], [BR, 0], FEW),
      bound("br_if's", null, [...ZERO, BR_IF, 0, ...ZERO], FEW),
      bound("br_if leaves it", null, [...ZERO, ...ZERO, BR_IF, 0, ...ZERO], LEFT),
      bound("br_table's", null, [...ZERO, BR_TABLE, 0, 0], FEW),
      bound("br_table's index", null, [...ZERO, ...LONG, BR_TABLE, 0, 0], OTHER_TYPE),
      bound("return's", [...ZERO, RETURN], [RETURN], FEW),
      bound("return's type", null, [...LONG, RETURN], OTHER_TYPE),
      bound(
        "bulk",
        [...ZERO, ...ZERO, ...ZERO, 0xfc, 11, 0, ...ZERO],
        [...ZERO, ...ZERO, 0xfc, 11, 0, ...ZERO],
        FEW,
      ),
    ]);
  },
);

compilerTest("code that is never reached: nothing but what ends it", () => {
  const why = "code that is never reached";
  const ours = { ours: true };
  expectBounds([
    bound("add", [UNREACHABLE, NOP, UNREACHABLE], [UNREACHABLE, 0x6a], why, ours),
    bound("select", [UNREACHABLE], [UNREACHABLE, ...ZERO, SELECT], why, ours),
    bound("a block", [UNREACHABLE], [UNREACHABLE, BLOCK, NONE, END], why, ours),
    bound("behind br", [...ZERO, BR, 0], [...ZERO, BR, 0, DROP], why, ours),
    bound("behind return", [...ZERO, RETURN], [...ZERO, RETURN, ...ZERO], why, ours),
    bound("behind br_table", null, [...ZERO, ...ZERO, BR_TABLE, 0, 0, RETURN], why, ours),
    bound("behind br_if", null, [...ZERO, BR_IF, 0, DROP, ...ZERO], FEW),
    bound(
      "behind an else",
      [...ZERO, IF, I32, UNREACHABLE, ELSE, ...ZERO, END],
      [...ZERO, IF, I32, UNREACHABLE, ELSE, UNREACHABLE, DROP, END],
      why,
      ours,
    ),
    bound(
      "what there was",
      [...LONG, ...ZERO, ...LONG, UNREACHABLE],
      [...ZERO, ...LONG],
      OTHER_TYPE,
    ),
    bound(
      "what there was",
      [...LONG, ...ZERO, ...LONG, UNREACHABLE],
      [...ZERO, ...LONG],
      OTHER_TYPE,
    ),
    bound(
      "only as far as the block",
      [BLOCK, NONE, UNREACHABLE, END, ...ZERO],
      [BLOCK, NONE, UNREACHABLE, END],
      FEW,
    ),
    bound(
      "not beyond else",
      [...ZERO, IF, I32, UNREACHABLE, ELSE, ...ZERO, END],
      [...ZERO, IF, I32, UNREACHABLE, ELSE, END],
      FEW,
    ),
  ]);
});

compilerTest("blocks: what opens and what closes them", () => {
  expectBounds([
    bound(
      "if without else",
      [...ZERO, IF, I32, ...ZERO, ELSE, ...ZERO, END],
      [...ZERO, IF, I32, ...ZERO, END],
      "an if with a result and without an else",
    ),
    bound("else of a block", null, [BLOCK, NONE, ELSE, END, ...ZERO], "an else without its if"),
    bound("else of a function", null, [...ZERO, ELSE, ...ZERO], "an else without its if"),
    bound(
      "else twice",
      null,
      [...ZERO, IF, NONE, ELSE, ELSE, END, ...ZERO],
      "an else without its if",
    ),
    bound("before else", null, [...ZERO, IF, I32, ELSE, ...ZERO, END], FEW),
    bound(
      "a type of no value",
      null,
      [BLOCK, 0x7b, END, ...ZERO],
      "a block of another type than i32 and i64",
      { ours: true },
    ),
    bound(
      "a type by its index",
      null,
      [BLOCK, 0, ...ZERO, END],
      "a block of another type than i32 and i64",
      { ours: true },
    ),
    // a branch to a loop goes to its beginning, with nothing
    bound("to a loop", [LOOP, I32, BR, 0, END], [BLOCK, I32, BR, 0, END], FEW),
    bound(
      "to a loop, perhaps",
      [LOOP, I32, ...ZERO, BR_IF, 0, ...ZERO, END],
      [BLOCK, I32, ...ZERO, BR_IF, 0, ...ZERO, END],
      FEW,
    ),
    bound(
      "a table of unlike branches",
      [BLOCK, I32, BLOCK, I32, ...ZERO, ...ZERO, BR_TABLE, 1, 0, 1, END, END],
      [BLOCK, I32, BLOCK, NONE, ...ZERO, ...ZERO, BR_TABLE, 1, 0, 1, END, ...ZERO, END],
      "a table of unlike branches",
    ),
    bound("behind the end", null, [...ZERO, END, NOP], "code after the end of a function"),
    bound("open at the end", null, [...ZERO, BLOCK, NONE], EARLY),
    // its branches run into the end of the function, which is no label
    bound(
      "a table that never ends",
      null,
      [...ZERO, ...ZERO, BR_TABLE, ...leb(0xffffffff), 0, 0, 0],
      "a branch to no block",
    ),
    bound(
      "a table that is cut",
      null,
      [...ZERO, ...ZERO, BR_TABLE, 13, ...Array(11).fill(0)],
      "a branch to no block",
    ),
  ]);
});

compilerTest("locals, parameters and operands: what WASM3 has room for", () => {
  const many = (n: number) => Array<number>(n).fill(I32);
  const type = (params: readonly number[]) => [0x60, ...vector(params.map((one) => [one])), 1, I32];
  const INIT = [4, 0, ...ZERO, END];
  /** A function of n parameters and an i64, and a step that calls it. */
  const called = (n: number, code: readonly number[]) => {
    const own = [0, ...code, END];
    const call = [0, ...many(n).flatMap(() => ZERO), ...LONG, CALL, 2, END];
    return writtenModule({
      sections: {
        1: vector([type([]), type([...many(n), I64])]),
        3: [3, 0, 0, 1],
        10: [3, ...INIT, ...leb(call.length), ...call, ...leb(own.length), ...own],
      },
    });
  };
  const groups = (...sizes: readonly number[]) => {
    const locals = vector(sizes.map((size) => [...leb(size), I32]));
    const step = [...locals, GET, ...leb(sizes[0] ?? 0), END];
    return writtenModule({ sections: { 10: [2, ...INIT, ...leb(step.length), ...step] } });
  };
  const why = "too many locals";
  const room = "too many locals and operands";
  const [ours, operands] = [
    true,
    (n: number) => [...many(n).flatMap(() => ZERO), ...many(n - 1).fill(0x6a)],
  ];
  expectBounds([
    {
      ...{ name: "a parameter's type", why: OTHER_TYPE },
      inside: called(80, [GET, ...leb(79)]),
      outside: called(80, [GET, ...leb(80)]),
    },
    // 128 values in all, the operand of the body one of them
    { name: "groups", inside: groups(100, 27), outside: groups(100, 28), why: room, ours },
    { name: "more than there can be", outside: groups(100, 29), why, ours },
    { name: "2^32 − 1 and one more", outside: groups(1, 0xffffffff), why },
    { name: "2^32 − 100, and 100", outside: groups(100, 0xffffffff - 99), why },
    // 256 words: 4 for the result, 64 for constants, 2 for each operand, 2 to spare
    {
      ...{ name: "operands", why: room, ours },
      inside: writtenModule({ step: operands(93) }),
      outside: writtenModule({ step: operands(94) }),
    },
    // arguments and an i64 as operands: with the result of the call, 94
    { name: "arguments", inside: called(91, ZERO), outside: called(92, ZERO), why: room, ours },
  ]);
});
