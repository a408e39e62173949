/** A model's module for the memory of a board: the fastest kernels that fit it, with what the interpreter takes. */

import { memoryWithin, moduleFacts } from "../boards/facts.ts";
import { knownTo } from "../boards/loaded.ts";
import type { CompileOptions } from "../compiler/options.ts";
import type { LayeredGraph } from "../model/graph.ts";
import type { Hello } from "../runtime/requests.ts";
import { type Module, moduleOf } from "./build.ts";
import type { Model } from "./model.ts";
import type { Session } from "./result.ts";

/** For the memory and the native kernels of a board. Where nothing fits, the module of the fastest kernels: the board says what it lacks. */
export async function moduleForBoard(
  model: Model,
  options: CompileOptions,
  board: Pick<Hello, "arenaBytes" | "kernels">,
  session: Session,
): Promise<Module> {
  // a firmware of before native kernels interprets all of it
  const chosen = board.kernels.length > 0 ? options : { ...options, interpreted: true };
  const module = await moduleOf(model, chosen, session);
  if (model.kind === "module" || model.graph.kind !== "layered") return module;
  const { facts } = moduleFacts(module.wasm, knownTo(board));
  const memoryBytes = memoryWithin(facts, board.arenaBytes);
  return memoryBytes === null
    ? module
    : ((await smallerModule(model.graph, chosen, memoryBytes, session)) ?? module);
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
