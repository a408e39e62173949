/**
 * What a module does to its memory. Bytes that it does not use stay as they are: on a device they are somebody else's.
 * The input and the constants survive a step, and nothing left over from before changes a result.
 */
import { expect, test } from "vitest";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { readModuleManifest } from "../../host/module/check.ts";
import type { MemoryKind } from "../../host/module/manifest.ts";
import { dataTest } from "../support/data.ts";
import { inputBytes, randomChain, randomInput } from "../support/random-graph.ts";
import { randomVariables } from "../support/random-variables.ts";
import { modelGraph } from "./models.ts";
import { moduleFor, TARGETS, type TargetRow } from "./targets.ts";

/** A module with its memory in the open: straight WebAssembly, none of the host's runtime. */
async function instantiate(row: TargetRow, graph: LayeredGraph) {
  const wasm = await moduleFor(row, graph, { selfTest: false });
  const manifest = readModuleManifest(wasm);
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const exports = instance.exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly init: () => number;
    readonly step: () => number;
  } & Record<"in_ptr" | "in_len" | "out_ptr" | "out_len" | "mem_used", WebAssembly.Global>;
  return { exports, memory: new Uint8Array(exports.memory.buffer), entries: manifest.memory };
}

/** What may hold anything between two steps. */
const DISPOSABLE: readonly MemoryKind[] = ["output", "activation", "layer", "scratch"];
const KEPT: readonly MemoryKind[] = ["input", "constant"];

async function keepsToItsMemory(row: TargetRow, graph: LayeredGraph): Promise<void> {
  const { exports, memory, entries } = await instantiate(row, graph);
  const used: number = exports.mem_used.value;
  const from: number = exports.out_ptr.value;
  const to: number = from + exports.out_len.value;
  expect(exports.init()).toBe(0);
  memory.set(new Uint8Array(randomInput(inputBytes(graph), 3).buffer), exports.in_ptr.value);
  const outputs = [0x00, 0xa5, 0xff].map((pattern) => {
    // what is kept would make the second step another one
    if (graph.variables) expect(exports.init()).toBe(0);
    memory.fill(pattern, used);
    for (const { ptr, len, kind } of entries) {
      if (DISPOSABLE.includes(kind)) memory.fill(pattern, ptr, ptr + len);
    }
    const before = memory.slice();
    expect(exports.step()).toBe(0);
    for (const { ptr, len, kind, name } of entries) {
      if (!KEPT.includes(kind)) continue;
      expect(same(memory, before, ptr, ptr + len), `${kind} ${name} survives`).toBe(true);
    }
    expect(same(memory, before, 0, 16), "the reserved bytes stay").toBe(true);
    expect(same(memory, before, used, memory.length), "unused memory stays").toBe(true);
    return memory.slice(from, to);
  });
  for (const output of outputs) {
    expect(output, "leftovers change nothing").toEqual(outputs[0]);
  }
}

const same = (a: Uint8Array, b: Uint8Array, from: number, to: number): boolean =>
  Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0;

const MODELS = [
  "kws_ref_model.tflite",
  "ad01_int8.tflite",
  "str_ww_ref_model.tflite",
  "vww_96_int8.tflite",
  "pretrainedResnet_quant.tflite",
];

for (const row of TARGETS) {
  test(`random chains, ${row.name}`, async () => {
    for (let seed = 100; seed < 110; seed++) await keepsToItsMemory(row, randomChain(seed));
  });
  test(`random networks with variables, ${row.name}`, async () => {
    for (let seed = 100; seed < 106; seed++) await keepsToItsMemory(row, randomVariables(seed));
  });
  for (const model of MODELS) {
    dataTest(`${model}, ${row.name}`, async () => {
      await keepsToItsMemory(row, await modelGraph(model));
    });
  }
}
