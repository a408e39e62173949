import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { type CheckedModule, checkModule } from "../../../host/module/check.ts";
import { concat, readSections, writeSections } from "../../../host/module/wasm-binary.ts";
import { assembled } from "../../support/assembled-module.ts";
import {
  exportGlobals,
  GLOBALS,
  type Handmade,
  handmade,
  INIT_AND_STEP,
} from "../../support/handmade-module.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const good = exportGlobals(GLOBALS) + INIT_AND_STEP;
const check = (wasm: Uint8Array): CheckedModule => checkModule(wasm, sha256);

const verdict = (wasm: Uint8Array): string => {
  try {
    check(wasm);
    return "passes";
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    expect(error.problems).toHaveLength(1);
    return error.message;
  }
};
const verdictOf = async (module: Handmade): Promise<string> => verdict(await handmade(module));

test("a module by hand passes", async () => {
  const checked = check(await handmade({ source: good }));
  expect(checked.globals).toMatchObject({ inPtr: 16, outPtr: 24, memUsed: 128 });
  expect(checked).toMatchObject({ pages: 1, callDepth: 1, dataBytes: 0 });
});

test("straight lines end at branches, and a target may limit them", async () => {
  const step = (body: string) => `${exportGlobals(GLOBALS)}
    export function init(): i32 { return 0; }
    export function step(): i32 { ${body} return 0; }`;
  const line = Array.from({ length: 50 }, (_, k) => `store<i32>(24, load<i32>(16) * ${k + 3});`);
  const [plain, looped, branched] = await Promise.all(
    [
      line.join("\n"),
      `for (let k = 0; k < 50; k++) { ${line[0]} }`,
      [...line.slice(0, 25), "if (load<i32>(16) > 7) return 1;", ...line.slice(25)].join("\n"),
    ].map((body) => handmade({ source: step(body) })),
  );
  const [a, b, c] = [plain, looped, branched].map((wasm) => check(wasm ?? new Uint8Array()));
  // address, address, load, factor, product, store; and the result
  expect(a).toMatchObject({ functions: 2, straightLine: 6 * 50 + 1 });
  expect(b?.straightLine).toBeLessThan(20);
  expect(c?.straightLine).toBeGreaterThan(149);
  expect(c?.straightLine).toBeLessThan(170);
  const limited = (limits: { maxFunctions?: number; maxStraightLine?: number }) => () =>
    checkModule(plain ?? new Uint8Array(), sha256, { maxPages: 1, ...limits });
  expect(limited({ maxStraightLine: 300 })).toThrow(/^MODULE_TOO_BIG: code: got 301 instructions/);
  expect(limited({ maxStraightLine: 301, maxFunctions: 2 })).not.toThrow();
  expect(limited({ maxFunctions: 1 })).toThrow(/^MODULE_TOO_BIG: code: got 2 functions/);
});

describe("forbidden in the code", () => {
  const step = (body: string): string =>
    `${exportGlobals(GLOBALS)}
     export function init(): i32 { return 0; }
     export function step(): i32 { ${body} return 0; }`;
  test.each([
    ["floats", step("store<f32>(24, load<f32>(16) * 2.5);"), "opcode 0x2a"],
    [
      "float locals",
      step("let x: f64 = f64(load<i32>(16)); store<i64>(24, i64(x * x));"),
      "f64|opcode|local",
    ],
    ["memory.grow", step("memory.grow(1);"), "opcode 0x40"],
    [
      "call_indirect",
      `${exportGlobals(GLOBALS)}
       const table = [(): i32 => 1, (): i32 => 2];
       export function init(): i32 { return 0; }
       export function step(): i32 { return unchecked(table[load<i32>(16) & 1])(); }`,
      "a section 4|opcode 0x11",
    ],
    ["bulk memory in the MVP build", step("memory.fill(24, 1, load<i32>(16));"), "opcode 0xfc"],
    [
      "recursion",
      `${exportGlobals(GLOBALS)}
       function down(n: i32): i32 { return n < 2 ? n : down(n - 1) + down(n - 2); }
       export function init(): i32 { return 0; }
       export function step(): i32 { return down(load<i32>(16)); }`,
      "recursive",
    ],
  ])("%s", async (_, source, message) => {
    expect(await verdictOf({ source })).toMatch(new RegExp(`^MODULE_FORMAT.*(${message})`));
  });

  test("SIMD in the MVP build, not in the SIMD build", async () => {
    const source = step("v128.store(24, v128.load(16));");
    const flags = ["--enable", "simd", "--initialMemory", "1", "--maximumMemory", "1"];
    expect(await verdictOf({ source, flags })).toMatch(/^MODULE_FORMAT.*opcode 0xfd/);
    expect(await verdictOf({ source, flags, build: "simd" })).toBe("passes");
  });

  test("float lanes in the SIMD build", async () => {
    const source = step("v128.store(24, f32x4.mul(v128.load(16), v128.load(16)));");
    const flags = ["--enable", "simd", "--initialMemory", "1", "--maximumMemory", "1"];
    expect(await verdictOf({ source, flags, build: "simd" })).toMatch(/^MODULE_FORMAT.*0xfd/);
  });
});

describe("forbidden around the code", () => {
  test.each([
    [
      "an import",
      `${good}\nexport declare function outside(): void;\nexport function more(): void { outside(); }`,
    ],
    [
      "a start function",
      `${good}\nlet at: i32 = 1; at = load<i32>(16); export function more(): i32 { return at; }`,
    ],
    [
      "a table",
      `${good}\nexport function more(): i32 { const f = (): i32 => 1; return load<u32>(16) ? f() : 0; }`,
    ],
    ["another export", `${good}\nexport function more(): i32 { return 1; }`],
  ])("%s", async (_, source) => {
    expect(await verdictOf({ source })).toMatch(/^MODULE_(FORMAT|ABI)/);
  });

  test.each([
    ["growing memory", ["--initialMemory", "1"]],
    ["another maximum", ["--initialMemory", "1", "--maximumMemory", "2"]],
    ["imported memory", ["--importMemory", "--initialMemory", "1", "--maximumMemory", "1"]],
  ])("%s", async (_, flags) => {
    expect(await verdictOf({ source: good, flags })).toMatch(/^MODULE_(FORMAT|ABI)/);
  });

  test("more memory than a target gives", async () => {
    const flags = ["--initialMemory", "5000", "--maximumMemory", "5000"];
    expect(await verdictOf({ source: good, flags })).toMatch(/^MODULE_TOO_BIG.*5000 pages/);
  });
});

describe("ABI", () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ["abi", 0x20000, "abi: got major version 2"],
    ["abi", 0x0ffff, "abi: got major version 0"],
    ["in_ptr", 8, "in_ptr, in_len: got 8, 8"],
    ["in_ptr", 0, "in_ptr, in_len: got 0, 8"],
    // disjoint, inside, and four bytes off: boards fault at an i64 there
    ["in_ptr", 100, "in_ptr, in_len: got 100, 8"],
    ["in_ptr", 97, "in_ptr, in_len: got 97, 8"],
    ["in_ptr", -8, "in_ptr, in_len: got -8, 8"],
    ["in_len", -1, "in_ptr, in_len: got 16, -1"],
    ["in_len", 9, "out_ptr: got 24, inside in"],
    ["in_len", 16, "out_ptr: got 24, inside in"],
    ["out_ptr", 16, "out_ptr: got 16, inside in"],
    ["out_ptr", 104, "passes"],
    ["out_ptr", 120, "passes"],
    ["out_ptr", 128, "out_ptr, out_len: got 128, 8"],
    ["out_len", 9, "cnt_ptr: got 32, inside out"],
    ["state_ptr", 36, "state_ptr, state_len: got 36, 0"],
    ["state_ptr", 128, "passes"],
    ["state_ptr", 136, "state_ptr, state_len: got 136, 0"],
    ["state_len", 1, "cnt_ptr: got 32, inside state"],
    ["state_len", 8, "cnt_ptr: got 32, inside state"],
    ["cnt_len", 24, "cnt_len: got 24"],
    ["cnt_len", 40, "cnt_len: got 40"],
    ["cnt_ptr", 96, "passes"],
    ["cnt_ptr", 104, "cnt_ptr, cnt_len: got 104, 32"],
    ["cnt_ptr", 100, "cnt_ptr, cnt_len: got 100, 32"],
    ["mem_used", 65536, "passes"],
    ["mem_used", 65537, "mem_used: got 65537"],
    ["mem_used", 64, "passes"],
    ["mem_used", 63, "cnt_ptr, cnt_len: got 32, 32"],
    ["mem_used", 16, "in_ptr, in_len: got 16, 8"],
    ["mem_used", 15, "mem_used: got 15"],
    ["rom_len", 1, "rom_len: got 1"],
    ["steps_hint", 0, "steps_hint: got 0"],
    ["steps_hint", 5, "passes"],
  ];
  test.each(cases)("%s = %i: %s", (name, value, expected) => {
    const got = verdict(assembled({ globals: { ...GLOBALS, [name]: value } }));
    expect(got.replace(/^MODULE_ABI: /, "").startsWith(expected)).toBe(true);
  });

  test.each(Object.keys(GLOBALS))("without %s", (name) => {
    const { [name]: _, ...globals } = GLOBALS;
    expect(verdict(assembled({ globals }))).toMatch(
      new RegExp(`^MODULE_ABI: ${name}: got no such`),
    );
  });

  test.each([
    ["no step", "export function init(): i32 { return 0; }"],
    ["a step with an argument", INIT_AND_STEP.replace("step()", "step(n: i32)")],
    [
      "a step without result",
      INIT_AND_STEP.replace("step(): i32", "step(): void").replace(/return 0; }$/, "}"),
    ],
  ])("%s", async (_, functions) => {
    expect(await verdictOf({ source: exportGlobals(GLOBALS) + functions })).toMatch(/^MODULE_ABI/);
  });

  test("a global of a later minor version is ignored", () => {
    const globals = { ...GLOBALS, abi: 0x10007, later: 5 };
    expect(verdict(assembled({ globals }))).toBe("passes");
  });

  test("data beyond mem_used", async () => {
    const source = `${good}\nexport const later: i32 = i32(memory.data<u8>([1, 2, 3]));`;
    const flags = ["--memoryBase", "126", "--disable", "bulk-memory"];
    flags.push("--initialMemory", "1", "--maximumMemory", "1");
    expect(await verdictOf({ source, flags })).toMatch(/^MODULE_ABI: data/);
  });
});

describe("bytes and manifest", () => {
  test("a changed byte is damage", async () => {
    const wasm = await handmade({ source: good });
    const code = readSections(wasm).find(({ id }) => id === 10);
    code?.body.fill(0x01, -1);
    expect(verdict(wasm)).toMatch(/^MODULE_DAMAGED.*SHA-256/);
  });

  test.each([
    ["not wasm", Uint8Array.of(1, 2, 3)],
    ["nothing", new Uint8Array()],
    ["a bare header", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
  ])("%s", (_, bytes) => {
    expect(verdict(bytes)).toMatch(/^MODULE_FORMAT/);
  });

  test("two manifests", async () => {
    const sections = readSections(await handmade({ source: good }));
    const last = sections.at(-1);
    expect(verdict(writeSections(last ? [...sections, last] : []))).toMatch(/^MODULE_FORMAT/);
  });

  test("truncation at every byte", async () => {
    const wasm = await handmade({ source: good });
    for (let k = 0; k < wasm.length; k++) {
      expect(verdict(wasm.slice(0, k))).toMatch(/^MODULE_(FORMAT|DAMAGED)/);
    }
  });

  test("an over-long section length", async () => {
    const wasm = await handmade({ source: good });
    const long = concat([wasm.subarray(0, 8), [1, 0xff, 0xff, 0xff, 0xff, 0x0f], wasm.subarray(8)]);
    expect(verdict(long)).toMatch(/^MODULE_FORMAT/);
  });

  test.each([
    ["schema", { schema: 2 }, "MODULE_ABI"],
    ["build", { build: "wide" }, "MODULE_FORMAT"],
    ["inputs", { inputs: [] }, "MODULE_ABI"],
    ["memory", { memory: [{ name: "x", ptr: 100, len: 100, kind: "state" }] }, "MODULE_ABI"],
    ["labels", { labels: [1] }, "MODULE_FORMAT"],
    ["macs", { macs: -1 }, "MODULE_FORMAT"],
  ])("a manifest with other %s", (_, manifest, code) => {
    const wasm = assembled({ manifest: manifest as Handmade["manifest"] & {} });
    expect(verdict(wasm).startsWith(code)).toBe(true);
  });
});
