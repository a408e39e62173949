/** A model's module for the memory of a board: the fastest kernels that fit it, with what the interpreter takes. */

import { memoryWithin, moduleFacts } from "../boards/facts.ts";
import type { CompileOptions } from "../compiler/options.ts";
import type { LayeredGraph } from "../model/graph.ts";
import { type Module, moduleOf } from "./build.ts";
import type { Model } from "./model.ts";
import type { Session } from "./result.ts";

/** For a board with `arenaBytes`. Where nothing fits, the module of the fastest kernels: the board says what it lacks. */
export async function moduleForBoard(
  model: Model,
  options: CompileOptions,
  arenaBytes: number,
  session: Session,
): Promise<Module> {
  const module = await moduleOf(model, options, session);
  if (model.kind === "module" || model.graph.kind !== "layered") return module;
  const { facts } = moduleFacts(module.wasm);
  const memoryBytes = memoryWithin(facts, arenaBytes);
  return memoryBytes === null
    ? module
    : ((await smallerModule(model.graph, options, memoryBytes, session)) ?? module);
}

/** Compiled only where the plan says that it will fit; null otherwise. */
export async function smallerModule(
  graph: LayeredGraph,
  options: CompileOptions,
  memoryBytes: number,
  session: Session,
): Promise<Module | null> {
  const { plan } = await import("../compiler/index.ts");
  const within = { ...options, memoryBytes };
  const { memory } = plan(graph, within);
  if (memory.memUsedBytes > memoryBytes) return null;
  return moduleOf({ kind: "graph", graph }, within, session);
}
