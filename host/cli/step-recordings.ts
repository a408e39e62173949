/**
 * What `--record` sees. Behind a front end a step of the module is a hop of the network's steps: a module that is compiled now
 * keeps each of them for what is recorded, and is another one than without; one that came compiled shows the last of each hop.
 */
import type { CompileOptions } from "../compiler/options.ts";
import type { MemoryEntry } from "../module/manifest.ts";
import { everyStep, type Request } from "../run/observables.ts";
import { recordRequests } from "../run/recording.ts";
import type { SpikingModel } from "./model.ts";
import type { Session } from "./result.ts";
import { type SpikingPorts, spikingPorts } from "./spiking-ports.ts";

export type Recorded = {
  /** as asked for, and what is to be kept */
  readonly chosen: CompileOptions;
  readonly ports: SpikingPorts;
  readonly requests: readonly Request[];
};

/** @throws USAGE for what there is not, and what planning throws */
export async function recorded(
  { warn }: Session,
  model: SpikingModel,
  texts: readonly string[] | undefined,
  chosen: CompileOptions,
): Promise<Recorded> {
  const ports = await spikingPorts(model, chosen);
  const requests = recordRequests(texts, await recordable(model, chosen, ports));
  if (requests.length === 0) return { chosen, ports, requests };
  if (model.kind === "module") {
    if (model.manifest.options.stepsPerHop !== undefined) {
      warn(
        "--record: this module shows the last step of each hop; give the model that it was compiled from for every step",
      );
    }
    return { chosen, ports, requests };
  }
  if (!model.graph.front) return { chosen, ports, requests };
  const names = requests.flatMap(({ observable }) => observable.entries.map(({ name }) => name));
  const keeping = { ...chosen, keptSteps: [...new Set(names)].sort() };
  const kept = await spikingPorts(model, keeping);
  const each = requests.map(({ path, observable }) => ({
    ...{ path, observable: everyStep(observable, kept.memory) },
  }));
  return { chosen: keeping, ports: kept, requests: each };
}

/** Of a network behind a front end: what it shows without. */
export async function recordable(
  model: SpikingModel,
  options: CompileOptions,
  { memory }: SpikingPorts,
): Promise<readonly MemoryEntry[]> {
  if (model.kind === "module" || !model.graph.front) return memory;
  const { front: _, ...network } = model.graph;
  const { plan } = await import("../compiler/index.ts");
  return plan(network, options).entries;
}
