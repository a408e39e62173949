/** Section by section, byte by byte: what V8 takes and a target would not. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import {
  type CheckLimits,
  checkModule,
  HOST_LIMITS,
  readModuleManifest,
} from "../../../host/module/check.ts";
import { u32 } from "../../../host/module/wasm-binary.ts";
import {
  type Assembly,
  assembled,
  body,
  call,
  END,
  EXPORTS,
  exported,
  globalExports,
  I32,
  INIT,
  immutableI32,
  KIND,
  STEP,
  segment,
  vector,
} from "../../support/assembled-module.ts";
import { GLOBALS, withManifest } from "../../support/handmade-module.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const [I64, F32, V128] = [0x7e, 0x7d, 0x7b];
const ZERO = [0x41, 0] as const;

function verdict(module: Assembly | Uint8Array, limits: CheckLimits = HOST_LIMITS): string {
  const wasm = module instanceof Uint8Array ? module : assembled(module);
  try {
    checkModule(wasm, sha256, limits);
    return "passes";
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.message;
  }
}

const says = (cases: readonly (readonly [string, Assembly, string])[]): void => {
  test.each(cases)("%s", (_, assembly, expected) => {
    expect(verdict(assembly).slice(0, expected.length)).toBe(expected);
  });
};

test("what is found is said: pages, bytes of code and data, functions, calls, straight lines", () => {
  const [three, five] = [
    [1, 2, 3],
    [1, 2, 3, 4, 5],
  ];
  const checked = checkModule(
    assembled({
      functions: [INIT, STEP, body([...call(0)])],
      sections: { data: vector([segment(64, three), segment(80, five)]) },
    }),
    sha256,
  );
  const { globals, manifest, ...found } = checked;
  expect(found).toEqual({
    pages: 1,
    codeBytes: 1 + (1 + INIT.length) + (1 + STEP.length) + (1 + 4),
    dataBytes: 8,
    callDepth: 2,
    functions: 3,
    // address, address, load, store, result
    straightLine: 5,
  });
  expect(manifest.compiler).toBe("by hand");
  expect(globals).toEqual({
    ...{ inPtr: 16, inLen: 8, outPtr: 24, outLen: 8, statePtr: 32, stateLen: 0 },
    ...{ cntPtr: 32, cntLen: 32, memUsed: 128, romLen: 0, stepsHint: 1 },
  });
});

describe("memory", () => {
  const pages = (min: number, max = min): Assembly => ({
    sections: { memory: [1, 1, ...u32(min), ...u32(max)] },
  });
  says([
    ["4096 pages", pages(4096), "passes"],
    ["4097 pages", pages(4097), "MODULE_TOO_BIG: memory: got 4097 pages, expected at most 4096"],
    ["that may grow", pages(1, 2), "MODULE_ABI: memory: got 1 memories, limits 1 to 2"],
    [
      "without an end",
      { sections: { memory: [1, 0, 1] } },
      "MODULE_ABI: memory: got 1 memories, limits -1 to -2",
    ],
    [
      "none",
      {
        functions: [INIT, INIT],
        sections: {
          memory: null,
          export: vector([...EXPORTS.slice(1), ...globalExports(GLOBALS)]),
        },
      },
      "MODULE_ABI: memory: got 0 memories",
    ],
    [
      "that is not exported",
      { sections: { export: vector([...EXPORTS.slice(1), ...globalExports(GLOBALS)]) } },
      "MODULE_ABI: memory: got no such export",
    ],
    ["of no page", pages(0), "MODULE_ABI: mem_used: got 128"],
  ]);

  test("more than a target gives", () => {
    expect(verdict(pages(3), { maxPages: 3 })).toBe("passes");
    expect(verdict(pages(4), { maxPages: 3 })).toMatch(/^MODULE_TOO_BIG: memory: got 4 pages/);
  });
});

describe("signatures", () => {
  const NOTHING_TO_I32 = [0x60, 0, 1, I32];
  const typed = (types: readonly (readonly number[])[], step: number, code = STEP): Assembly => ({
    functions: [INIT, code],
    sections: { type: vector(types), function: vector([[0], [step]]) },
  });
  const kinds = (name: string, kind: number, index: number): Assembly => {
    const others = EXPORTS.filter((one) => String.fromCharCode(...one.slice(1, 5)) !== name);
    const all = [...others, exported(name, kind, index), ...globalExports(GLOBALS)];
    return { sections: { export: vector(all) } };
  };
  says([
    ["a second type", typed([NOTHING_TO_I32, NOTHING_TO_I32], 1), "passes"],
    [
      "a step with an argument",
      typed([NOTHING_TO_I32, [0x60, 1, I32, 1, I32]], 1),
      "MODULE_ABI: step: got another kind or signature",
    ],
    [
      "a step of 64 bits",
      typed([NOTHING_TO_I32, [0x60, 0, 1, I64]], 1, body([0x42, 0])),
      "MODULE_ABI: step: got another kind or signature",
    ],
    ["two arguments", typed([NOTHING_TO_I32, [0x60, 2, I32, I64, 1, I32]], 0), "passes"],
    [
      "floats",
      typed([NOTHING_TO_I32, [0x60, 1, F32, 0]], 0),
      "MODULE_FORMAT: types: got value type 125",
    ],
    [
      "floats as results",
      typed([NOTHING_TO_I32, [0x60, 0, 1, F32]], 0),
      "MODULE_FORMAT: types: got value type 125",
    ],
    [
      "vectors in the MVP build",
      typed([NOTHING_TO_I32, [0x60, 1, V128, 0]], 0),
      "MODULE_FORMAT: types: got value type 123",
    ],
    [
      "vectors in the SIMD build",
      { ...typed([NOTHING_TO_I32, [0x60, 1, V128, 0]], 0), build: "simd" },
      "passes",
    ],
    ["init is a number", kinds("init", KIND.global, 0), "MODULE_ABI: init: got another kind"],
    ["step is the memory", kinds("step", KIND.memory, 0), "MODULE_ABI: step: got another kind"],
    ["step is init", kinds("step", KIND.function, 0), "passes"],
    [
      "no init",
      { sections: { export: vector([...EXPORTS.slice(0, 1), ...globalExports(GLOBALS)]) } },
      "MODULE_ABI: init: got nothing",
    ],
  ]);
});

describe("globals", () => {
  const last = (bytes: readonly number[]): Assembly => ({
    sections: { global: vector([...Object.values(GLOBALS).map(immutableI32), bytes]) },
  });
  const number = Object.keys(GLOBALS).length;
  says([
    ["one that is not exported", last(immutableI32(5)), "passes"],
    ["mutable", last([I32, 1, 0x41, 0, END]), `MODULE_ABI: global ${number}: got another kind`],
    ["64 bits", last([I64, 0, 0x42, 0, END]), `MODULE_ABI: global ${number}: got another kind`],
    ["a sum, which newer engines take", last([I32, 0, 0x41, 1, 0x41, 2, 0x6a, END]), "MODULE_"],
    ["another's value, as well", last([I32, 0, 0x23, 0, END]), "MODULE_"],
  ]);
});

describe("exports", () => {
  const more = (name: string, kind: number = KIND.global): Assembly => ({
    sections: {
      export: vector([...EXPORTS, ...globalExports(GLOBALS), exported(name, kind, 0)]),
    },
  });
  says([
    ["a global of a later version", more("later_one"), "passes"],
    ["a name of 32 letters", more("a".repeat(32)), "passes"],
    ["a name of 33 letters", more("a".repeat(33)), "MODULE_ABI: exports"],
    ["no name", more(""), "MODULE_ABI: exports"],
    ["a capital letter", more("Later"), "MODULE_ABI: exports"],
    ["another function", more("more", KIND.function), 'MODULE_ABI: exports: got "more"'],
    ["memory by another name", more("memory_too", KIND.memory), "MODULE_ABI: exports"],
  ]);
});

describe("data", () => {
  const bytes = (n: number): number[] => new Array<number>(n).fill(7);
  const data = (...segments: readonly number[][]): Assembly => ({
    sections: { data: vector(segments) },
  });
  says([
    ["from the beginning of the memory", data(segment(0, bytes(8))), "passes"],
    ["up to the end of what is used", data(segment(120, bytes(8))), "passes"],
    [
      "a byte beyond it",
      data(segment(64, bytes(2)), segment(120, bytes(9))),
      "MODULE_ABI: data: got a segment that ends at 129, expected mem_used = 128",
    ],
    ["below nothing", data(segment(-4, bytes(2))), "MODULE_FORMAT: data: got another kind"],
    ["passive", data([1, 2, 7, 7]), "MODULE_FORMAT: data: got another kind"],
    ["with the memory's number", data([2, 0, 0x41, 64, END, 1, 7]), "MODULE_FORMAT: data"],
    ["at a sum, which newer engines take", data([0, 0x41, 1, 0x41, 2, 0x6a, END, 1, 7]), "MODULE_"],
    ["at the value of a global", data([0, 0x23, 1, END, 1, 7]), "MODULE_"],
  ]);
});

describe("sections of other kinds", () => {
  says([
    [
      "an import",
      { sections: { import: vector([[1, 97, 1, 98, 3, I32, 0]]) } },
      // the first global is then the imported one
      "MODULE_FORMAT: byte",
    ],
    [
      "a start",
      {
        functions: [INIT, STEP, body([])],
        sections: {
          type: vector([
            [0x60, 0, 1, I32],
            [0x60, 0, 0],
          ]),
          function: vector([[0], [0], [1]]),
          start: [2],
        },
      },
      "MODULE_FORMAT: byte",
    ],
    ["a table", { sections: { table: [1, 0x70, 0, 1] } }, "MODULE_FORMAT: byte"],
    ["a count of data", { sections: { dataCount: [0] } }, "MODULE_FORMAT: byte"],
  ]);

  test("a note of its maker", () => {
    const code = assembled().subarray(0, assembled().length);
    const note = Uint8Array.of(0, 3, 1, 97, 5);
    const noted = Uint8Array.from([...code.subarray(0, 8), ...note, ...code.subarray(8)]);
    expect(verdict(noted)).toMatch(/^MODULE_DAMAGED/);
  });

  test("no manifest, two of them, one that is no JSON", () => {
    const whole = assembled();
    const bare = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(verdict(bare)).toMatch(/^MODULE_FORMAT: module: got 0 such sections/);
    expect(verdict(withManifest(whole, {}))).toMatch(/^MODULE_FORMAT: module: got 2 such sections/);
    const broken = whole.slice();
    broken[broken.length - 1] = 0x20;
    expect(verdict(broken)).toMatch(/^MODULE_FORMAT: manifest: got text that is not JSON/);
    expect(readModuleManifest(whole).compiler).toBe("by hand");
  });

  test("a hash of other bytes, and bytes that V8 refuses", () => {
    expect(verdict({ manifest: { codeSha256: "00" } })).toMatch(
      /^MODULE_DAMAGED: code: got SHA-256 [0-9a-f]{64}, expected 00, as the manifest says/,
    );
    expect(verdict({ functions: [INIT, body([0x42, 0])] })).toMatch(
      /^MODULE_FORMAT: module: got bytes that do not validate/,
    );
  });
});

describe("calls", () => {
  const calls = (...callees: readonly (readonly number[])[]): number | string => {
    const functions = callees.map((all) =>
      body([...all.flatMap((f) => [...call(f), 0x1a]), ...ZERO]),
    );
    try {
      return checkModule(assembled({ functions }), sha256).callDepth;
    } catch (error) {
      if (!(error instanceof TwentyWattError)) throw error;
      return error.message;
    }
  };
  test("the longest chain counts, wherever it begins", () => {
    expect(calls([], [])).toBe(1);
    expect(calls([1], [])).toBe(2);
    expect(calls([], [0])).toBe(2);
    expect(calls([2], [3], [3], [4], [])).toBe(4);
    expect(calls([2, 3], [3, 2], [4], [2], [])).toBe(4);
    // shorter ways first, and last
    expect(calls([4, 2], [2, 4], [3], [4], [])).toBe(4);
    expect(calls([], [], [3], [4], [5], [])).toBe(4);
  });

  test("each twice by the one before: no way is walked twice", () => {
    const n = 50; // 2^49 ways
    const twice = Array.from({ length: n }, (_, k) => (k + 1 < n ? [k + 1, k + 1] : []));
    expect(calls(...twice)).toBe(n);
  });

  test("thousands in a row, and our stack holds", () => {
    const n = 20_000;
    const chain = Array.from({ length: n }, (_, k) => (k + 1 < n ? [k + 1] : []));
    expect(calls(...chain)).toBe(n);
  });

  test.each([
    ["itself", [[], [1]]],
    ["one another", [[1], [0]]],
    ["one another, behind others", [[2], [], [3], [4], [5, 3], []]],
    ["itself, called by nobody", [[], [], [2]]],
    ["one another, the first of them named", [[1], [2], [0]]],
  ])("%s: refused", (_, callees) => {
    expect(calls(...callees)).toMatch(/^MODULE_FORMAT: function \d: got a recursive call/);
    if (callees[0]?.[0] === 1) expect(calls(...callees)).toContain("function 0:");
  });
});

describe("what the manifest says of buffers", () => {
  const tensor = { name: "x", edge: "i8", scale: 1, zeroPoint: 0 } as const;
  const i16 = (...shape: number[]) => ({ ...tensor, shape, dtype: "i16" as const });
  const entry = (ptr: number, len: number): Assembly => ({
    manifest: { memory: [{ name: "m", ptr, len, kind: "state" }] },
  });
  says([
    ["two inputs", { manifest: { inputs: [i16(1), i16(3)] } }, "passes"],
    ["axes", { manifest: { inputs: [i16(2, 2)] } }, "passes"],
    ["no axes", { manifest: { inputs: [i16(), i16(3)] } }, "passes"],
    [
      "other inputs",
      { manifest: { inputs: [i16(2)] } },
      "MODULE_ABI: manifest inputs: got 4 bytes, expected 8 bytes",
    ],
    [
      "other outputs",
      { manifest: { outputs: [i16(2, 2), i16(1)] } },
      "MODULE_ABI: manifest outputs: got 10 bytes, expected 8 bytes",
    ],
    ["memory up to the end", entry(120, 8), "passes"],
    ["memory from the start", entry(16, 0), "passes"],
    ["memory before it", entry(15, 1), "MODULE_ABI: manifest memory m: got 15, 1"],
    ["memory beyond it", entry(121, 8), "MODULE_ABI: manifest memory m: got 121, 8"],
  ]);
});
