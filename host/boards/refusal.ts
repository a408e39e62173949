/**
 * What a board would answer TRY with, said before anything is sent: the bounds of the firmware's validator
 * (firmware/core/tw_check*.h). A module that passed checkModule() and this one is taken by every board with the memory
 * for it, and no other is: tests/firmware/differential.test.ts.
 */
import { at } from "../model/at.ts";
import { ByteReader, readSections, SECTION_ID } from "../module/wasm-binary.ts";
import { boundedFunction, type FunctionFacts, OutOfBounds } from "./bounds.ts";
import type { FunctionType } from "./footprint/compile.ts";
import { valueType } from "./footprint/function-reader.ts";
import { type Footprint, footprint, type Loaded } from "./footprint/index.ts";

export type Refusal = {
  readonly where: string;
  readonly got: string;
  readonly expected: string;
};

/** tw_check.c, tw_check_depth.h */
const MOST = { types: 256, functions: 4096, globals: 256, depth: 24, loops: 120 } as const;

/** @param wasm a module of the mvp build that passed checkModule() */
export const boardFootprint = (wasm: Uint8Array, loaded: Loaded): Footprint | Refusal =>
  boardRefusal(wasm) ?? footprint(wasm, loaded);

export const isRefusal = (found: Footprint | Refusal): found is Refusal => "got" in found;

function boardRefusal(wasm: Uint8Array): Refusal | null {
  const sections = readSections(wasm);
  const reader = (id: number): ByteReader =>
    new ByteReader(sections.find((section) => section.id === id)?.body ?? Uint8Array.of(0));
  for (const name of ["types", "functions", "globals"] as const) {
    const count = reader(SECTIONS[name]).u32();
    if (count > MOST[name]) {
      return { where: name, got: `${count}`, expected: `at most ${MOST[name]} on a board` };
    }
  }
  const types = readFunctionTypes(reader(SECTION_ID.type));
  const indices = reader(SECTION_ID.function);
  const functions = Array.from({ length: indices.u32() }, () => at(types, indices.u32()));
  const code = reader(SECTION_ID.code);
  const facts: FunctionFacts[] = [];
  for (let k = 0, count = code.u32(); k < count; k++) {
    try {
      const body = code.take(code.u32());
      facts.push(boundedFunction(body, at(functions, k), (index) => at(functions, index)));
    } catch (error) {
      if (!(error instanceof OutOfBounds)) throw error;
      return { where: `function ${k}`, got: error.got, expected: error.expected };
    }
  }
  return depthRefusal(facts);
}

const SECTIONS = {
  types: SECTION_ID.type,
  functions: SECTION_ID.function,
  globals: SECTION_ID.global,
} as const;

function readFunctionTypes(reader: ByteReader): FunctionType[] {
  const values = () => Array.from({ length: reader.u32() }, () => valueType(reader.byte()));
  return Array.from({ length: reader.u32() }, () => {
    reader.byte(); // form
    const parameters = values();
    return { parameters, result: values()[0] ?? null };
  });
}

/** Calls and loops within one another, all the way down: what a board's stack is laid out for. */
function depthRefusal(functions: readonly FunctionFacts[]): Refusal | null {
  const level = new Uint32Array(functions.length);
  const behind = new Uint32Array(functions.length);
  for (const f of callersFirst(functions)) {
    const { loops, past, callees } = at(functions, f);
    if (at(level, f) + loops > MOST.depth) {
      const got = "too many calls and loops within one another";
      return { where: `function ${f}`, got, expected: `at most ${MOST.depth}, for a board` };
    }
    const most = at(behind, f) + past;
    if (most > MOST.loops) {
      const got = `${most} loops in a row, with those on the way to it and the calls`;
      const expected = `at most ${MOST.loops}: a board keeps stack for each until the function returns`;
      return { where: `function ${f}`, got, expected };
    }
    for (const { callee, within, past: before } of callees) {
      level[callee] = Math.max(at(level, callee), at(level, f) + within + 1);
      behind[callee] = Math.max(at(behind, callee), at(behind, f) + before + 1);
    }
  }
  return null;
}

/** Every function after all that call it. The call graph has no cycles. */
function callersFirst(functions: readonly FunctionFacts[]): readonly number[] {
  const callers = new Uint32Array(functions.length);
  for (const { callees } of functions)
    for (const { callee } of callees) callers[callee] = at(callers, callee) + 1;
  const order = [...functions.keys()].filter((f) => callers[f] === 0);
  for (let k = 0; k < order.length; k++) {
    for (const { callee } of at(functions, at(order, k)).callees) {
      callers[callee] = at(callers, callee) - 1;
      if (callers[callee] === 0) order.push(callee);
    }
  }
  return order;
}
