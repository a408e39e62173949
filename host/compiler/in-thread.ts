/**
 * compile() in a thread of its own. asc and Binaryen run for seconds without a pause: in this thread nothing else would
 * be heard meanwhile, not even Ctrl-C.
 */
import { Worker } from "node:worker_threads";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { Compiled } from "./index.ts";
import type { CompileOptions } from "./options.ts";

export type Order = { readonly graph: Graph; readonly options: CompileOptions };
export type Delivery = { readonly compiled: Compiled } | { readonly problems: readonly Problem[] };

/**
 * @param signal aborted: the compilation ends at once
 * @throws what compile() throws; INTERRUPTED
 */
export function compileInThread(
  graph: Graph,
  options: CompileOptions,
  signal: AbortSignal,
): Promise<Compiled> {
  const order: Order = { graph, options };
  // beside this file: .ts in a checkout under test, .js once built
  const file = import.meta.url.endsWith(".ts") ? "compile-thread.ts" : "compile-thread.js";
  const worker = new Worker(new URL(file, import.meta.url), { workerData: order });
  const { name } = graph.source;
  return new Promise<Compiled>((resolve, reject) => {
    const raise = (problems: Problem | readonly Problem[]) => reject(new TwentyWattError(problems));
    const interrupt = () =>
      raise(problem("INTERRUPTED", name, "a signal while it was compiled", "a whole compilation"));
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    worker.once("message", (delivery: Delivery) => {
      if ("problems" in delivery) raise(delivery.problems);
      else resolve(delivery.compiled);
      signal.removeEventListener("abort", interrupt);
    });
    worker.once("error", reject);
  }).finally(() => worker.terminate());
}
