/**
 * --dump-layers: one input, every operator's output for it as opNN_KIND.i8.bin, and an index.json. The form in which
 * reference interpreters write theirs, so that the first layer that differs can be found.
 */
import { join } from "node:path";
import { fail } from "../errors.ts";
import { makeFolder, writeAtomic } from "../files/file.ts";
import { at } from "../model/at.ts";
import { type LayeredGraph, layerName } from "../model/graph.ts";
import type { Manifest, MemoryEntry } from "../module/manifest.ts";
import type { Session as Loaded } from "../runtime/index.ts";
import type { LayeredModel } from "./model.ts";

const FLAG = "--dump-layers";

/** Raises USAGE for a module whose layers share memory: it cannot be told any more what they were. */
export function requireKeptLayers(model: LayeredModel): void {
  if (model.kind === "graph" || model.manifest.options.keepLayers === true) return;
  fail(
    "USAGE",
    FLAG,
    "a module compiled without --keep-layers",
    "one whose layers are kept",
    "Give the model instead of the module, or compile it with --keep-layers.",
  );
}

/**
 * @param session right after the step whose layers are wanted
 * @param input   what that step was given: int8, whatever the file's edge
 */
export async function dumpLayers(
  folder: string,
  model: LayeredModel,
  session: Loaded,
  input: Uint8Array,
): Promise<void> {
  const { manifest } = session;
  await makeFolder(folder);
  await writeAtomic(join(folder, "input.i8.bin"), input);
  const ops: object[] = [];
  for (const layer of manifest.memory.filter(({ kind }) => kind === "layer")) {
    const [, op = "", kind = ""] = /^op(\d+)_(.*)$/.exec(layer.name) ?? [];
    const file = `${layer.name}.i8.bin`;
    const bytes = await session.read(layer.ptr, layer.len);
    await writeAtomic(join(folder, file), bytes);
    const shape = model.kind === "graph" ? shapeOf(model.graph, layer.name) : flat(layer);
    ops.push({ op: Number(op), kind, shape, file, sum: sumOf(bytes) });
  }
  await writeAtomic(join(folder, "index.json"), index(manifest, ops));
}

const shapeOf = (graph: LayeredGraph, layer: string): readonly number[] => {
  const node = graph.nodes.find((one) => layerName(one) === layer);
  if (node === undefined) throw new Error(`the module has a layer ${layer}, the graph has none`);
  return at(graph.tensors, node.output).shape;
};

/** A module knows where its layers lie and how long they are, not what shape they have. */
const flat = ({ len }: MemoryEntry): readonly number[] => [len];

const sumOf = (bytes: Uint8Array): number =>
  new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length).reduce((sum, q) => sum + q, 0);

function index({ source, rounding }: Manifest, ops: readonly object[]): Uint8Array {
  const text = JSON.stringify({ model: source.name, rounding, ops }, null, 1);
  return new TextEncoder().encode(text);
}
