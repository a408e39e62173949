import { describe, expect, test } from "vitest";
import { emit, realPath } from "../../../host/compiler/emit.ts";
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

describe("specialised kernels", () => {
  test("one virtual module per distinct shape, shared by layers of the same shape", () => {
    const file = "layers/conv-2d.simd";
    const { entry, files } = emit(
      layout([
        call(file, "conv", { K: 9, N: 8 }, 16, 24),
        call(file, "conv", { N: 8, K: 9 }, 24, 32),
        call(file, "conv", { K: 9, N: 16 }, 32, 40),
      ]),
      "title",
    );
    expect([...files]).toEqual([
      ["layers.0/shape.ts", "export const K: i32 = 9;\nexport const N: i32 = 8;\n"],
      ["layers.1/shape.ts", "export const K: i32 = 9;\nexport const N: i32 = 16;\n"],
    ]);
    expect(entry.match(/^import .*/gm)).toEqual([
      'import { conv as k0 } from "./layers.0/conv-2d.simd";',
      'import { conv as k1 } from "./layers.1/conv-2d.simd";',
    ]);
    expect(entry.match(/ {2}k\d\(.*\);/g)).toEqual([
      "  k0(16, 24);",
      "  k0(24, 32);",
      "  k1(32, 40);",
    ]);
  });

  test("a virtual folder shows the files of the real one", () => {
    expect(realPath("layers.12/conv-2d.simd.ts")).toBe("layers/conv-2d.simd.ts");
    expect(realPath("layers/conv-2d.mvp.ts")).toBe("layers/conv-2d.mvp.ts");
    expect(realPath("fixed/requantize.ts")).toBe("fixed/requantize.ts");
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
  const calls = Array.from({ length: n }, (_, k) => call("layers/relu", "relu", {}, k));
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
