import { describe, expect, test } from "vitest";
import { emit } from "../../../host/compiler/emit.ts";
import type { Layout, PlacedCall } from "../../../host/compiler/layout.ts";

const call = (file: string, entry: string, shape: Record<string, number>, ...args: number[]) =>
  ({ kernel: { file, entry, shape, args: [] }, args, comment: `*/ "é" ${entry}` }) as PlacedCall;

const layout = (step: readonly PlacedCall[]): Layout => ({
  input: { ptr: 16, len: 8 },
  output: { ptr: 24, len: 8 },
  state: { ptr: 32, len: 0 },
  counters: { ptr: 32, len: 32 },
  memUsed: 128,
  pages: 1,
  stepsHint: 1,
  init: [],
  step,
  segments: [],
  rom: null,
  entries: [],
  nodes: [],
  memory: {
    inputBytes: 8,
    outputBytes: 8,
    stateBytes: 0,
    activationPeakBytes: 0,
    activationPeakNode: "",
    scratchBytes: 112,
    constantBytes: 0,
    memUsedBytes: 128,
    pages: 1,
  },
});

/** As the kernel of a small FULLY_CONNECTED has it, which asks for no more. */
const SHAPE = {
  ...{ BLOCK_BYTES: 128, K: 9, K4: 12, N: 8, ROWS: 1, WEIGHT_OFFSET: 0, WIDE: 1, FLIP: 0 },
  ...{ BRACKET: 0, OUT_ZERO_POINT: -3, SCALED: 1, SHIFT: 8, HIGH: 127, LOW: -128 },
};

describe("specialised kernels", () => {
  const file = "layers/fully-connected-dot.simd";
  const dense = (changed: Partial<typeof SHAPE>, ...args: number[]) =>
    call(file, "fullyConnected", { ...SHAPE, ...changed }, ...args);

  test("one file per distinct shape, shared by layers of the same shape", () => {
    const { entry, files } = emit(
      layout([dense({}, 16, 24), dense({}, 24, 32), dense({ N: 16 }, 32, 40)]),
      "title",
    );
    const [one, other] = [...files.keys()].filter((path) => path.startsWith(file));
    expect(files.get(one ?? "")).toContain("const N: i32 = 8;\n");
    expect(files.get(other ?? "")).toContain("const N: i32 = 16;\n");
    expect(entry.match(/^import .*/gm)).toEqual([
      `import { fullyConnected as k0 } from "./${one?.slice(0, -3)}";`,
      `import { fullyConnected as k1 } from "./${other?.slice(0, -3)}";`,
    ]);
    expect(entry.match(/ {2}k\d\(.*\);/g)).toEqual([
      "  k0(16, 24);",
      "  k0(24, 32);",
      "  k1(32, 40);",
    ]);
  });

  test("a file whose constants are the same is shared by different shapes", () => {
    const { files } = emit(layout([dense({}), dense({ N: 16 }), dense({ SHIFT: 9 })]), "title");
    const copies = (name: string): number =>
      [...files.keys()].filter((path) => path.startsWith(`layers/${name}.`)).length;
    expect(copies("fully-connected-dot.simd")).toBe(3);
    expect(copies("store.simd")).toBe(2);
    expect(copies("requantize.simd")).toBe(2);
    expect(copies("widen.simd")).toBe(1);
    expect(files.size).toBe(3 + 2 + 2 + 1 + copies("weight-offset.simd"));
  });

  test("every constant stands where it was imported, under its name there", () => {
    const { files } = emit(layout([dense({})]), "title");
    for (const [path, text] of files) {
      expect(text, path).not.toContain('"./shape"');
      for (const [, from] of text.matchAll(/ from "\.\/(.*)";/g)) {
        expect([...files.keys()]).toContain(`layers/${from}.ts`);
      }
    }
    const requantize = [...files].find(([path]) => path.includes("requantize"))?.[1];
    expect(requantize).toContain("const OUT_ZERO_POINT: i32 = -3;\n");
  });

  test("a constant without a value is refused", () => {
    const { N: _, ...rest } = SHAPE;
    expect(() => emit(layout([call(file, "fullyConnected", rest)]), "title")).toThrow(
      expect.objectContaining({ code: "INTERNAL" }),
    );
  });
});

test("generic kernels exist once", () => {
  const file = "layers/conv-2d.mvp";
  const { entry, files } = emit(
    layout([call(file, "conv", {}, 16, -3), call(file, "conv", {}, 24, 5)]),
    "title",
  );
  expect(files.size).toBe(0);
  expect(entry.match(/^import .*/gm)).toHaveLength(1);
  expect(entry).toContain("k0(16, -3);");
});

test("names from a model file stay inside their comment", () => {
  const { entry } = emit(
    layout([{ ...call("layers/copy", "copy", {}), comment: "a\nb\u2028c\rd" }]),
    "evil\nexport function x(): void {}",
  );
  expect(entry).toContain("k0(); // a?b?c?d");
  expect(entry.split("\n").filter((line) => /^export function/.test(line))).toHaveLength(2);
});

/** The calls of kernels that a function makes, through functions of its own. */
function callsOf(entry: string, name: string): string[] {
  const body =
    new RegExp(`function ${name}\\(\\): \\w+ {\\n([\\s\\S]*?)\\n}`).exec(entry)?.[1] ?? "";
  return [...body.matchAll(/^ {2}(\w+)\((.*)\);/gm)].flatMap(([text, called = ""]) => {
    if (/^k\d/.test(called)) return [text.trim()];
    return called.startsWith("store") ? [] : callsOf(entry, called);
  });
}

test.each([1, 512, 513, 1300])("%i calls, in order, in no function longer than 512 lines", (n) => {
  const calls = Array.from({ length: n }, (_, k) => call("layers/copy", "copy", {}, k));
  const plan = layout(calls);
  const { entry } = emit({ ...plan, init: calls }, "title");
  const wanted = calls.map((_, k) => `k0(${k});`);
  expect(callsOf(entry, "step")).toEqual(wanted);
  expect(callsOf(entry, "init")).toEqual(wanted);
  const lengths = entry.split(/^(?:export )?function /m).map((text) => text.split("\n").length);
  expect(Math.max(...lengths)).toBeLessThan(530);
  // what was short enough stays as it was, and so do the bytes of its module
  if (n <= 512) expect(entry.match(/^(export )?function/gm)).toHaveLength(2);
});
