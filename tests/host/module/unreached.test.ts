/** A select in code that is never reached, which WASM3 cannot compile: named by the host, whatever surrounds it. */
import { expect, test } from "vitest";
import { unreachedSelect } from "../../../host/module/unreached.ts";
import { readSections, SECTION_ID } from "../../../host/module/wasm-binary.ts";
import { readCode } from "../../../host/module/wasm-code.ts";
import { UNREACHED_SELECT } from "../../support/firmware-hostile.ts";
import { demoModule, writtenModule, ZERO } from "../../support/firmware-modules.ts";

const found = (wasm: Uint8Array): number | null => {
  expect(WebAssembly.validate(wasm as BufferSource)).toBe(true);
  const code = readSections(wasm).find(({ id }) => id === SECTION_ID.code);
  return unreachedSelect(readCode(code?.body ?? Uint8Array.of(0), "mvp"));
};
const inStep = (...step: readonly number[]): number | null => found(writtenModule({ step }));

const [UNREACHABLE, BLOCK, LOOP, IF, ELSE, END] = [0x00, 0x02, 0x03, 0x04, 0x05, 0x0b];
const [BR, BR_TABLE, RETURN, DROP, SELECT, EMPTY] = [0x0c, 0x0e, 0x0f, 0x1a, 0x1b, 0x40];
const CHOOSE = [...ZERO, ...ZERO, ...ZERO, SELECT, DROP];

test("behind what leaves a block, up to that block's end or else", () => {
  expect(inStep(...UNREACHED_SELECT)).toBe(1);
  expect(inStep(UNREACHABLE, SELECT, DROP, ...ZERO)).toBe(1);
  expect(inStep(BLOCK, EMPTY, BR, 0, SELECT, DROP, END, ...ZERO)).toBe(1);
  expect(inStep(BLOCK, EMPTY, ...ZERO, BR_TABLE, 0, 0, SELECT, DROP, END, ...ZERO)).toBe(1);
  // a block in dead code ends; the code around it is as dead as before
  expect(inStep(...ZERO, RETURN, LOOP, EMPTY, END, SELECT, DROP, ...ZERO)).toBe(1);
});

test("not where it is reached, nor in a block that has its own operands", async () => {
  expect(inStep(...CHOOSE, ...ZERO)).toBe(null);
  expect(inStep(BLOCK, EMPTY, BR, 0, END, ...CHOOSE, ...ZERO)).toBe(null);
  expect(inStep(...ZERO, IF, EMPTY, UNREACHABLE, ELSE, ...CHOOSE, END, ...ZERO)).toBe(null);
  expect(inStep(...ZERO, RETURN, BLOCK, EMPTY, ...CHOOSE, END, ...ZERO)).toBe(null);
  expect(found(await demoModule())).toBe(null);
});
