/**
 * Loops that a function comes past, one after the other: WASM3 keeps C stack for each of them until the function returns,
 * so a board's 8 KiB are some 160. Networks of many layers must not gather those of their kernels in `step`.
 */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { LayeredGraph } from "../../../host/model/graph.ts";
import { readSections, SECTION_ID } from "../../../host/module/wasm-binary.ts";
import { OPCODE, readCode } from "../../../host/module/wasm-code.ts";
import { randomKept } from "../../conformance/kept.ts";

/** The most loops in one function. */
async function mostLoops(graph: LayeredGraph): Promise<number> {
  const options = { ...DEFAULT_OPTIONS, build: "mvp", selfTest: false } as const;
  const { wasm } = await compile(graph, options);
  const section = readSections(wasm).find(({ id }) => id === SECTION_ID.code);
  const functions = readCode(section?.body ?? Uint8Array.of(0), "mvp");
  return Math.max(
    ...functions.map(({ code }) => code.filter(({ opcode }) => opcode === OPCODE.loop).length),
  );
}

test("networks of many copies have no more loops in a row than one of their kernels", async () => {
  // 79, were the kernels' own in `step`
  expect(await mostLoops(randomKept(200, 5))).toBeLessThan(16);
});
