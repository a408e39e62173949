/** What a spiking network reads, writes and lets be seen, known before anything is compiled: from its memory plan. */
import type { CompileOptions } from "../compiler/options.ts";
import { at } from "../model/at.ts";
import { stepsPerHop } from "../model/signal-graph.ts";
import { MAX_COUNT, type SpikingGraph } from "../model/spiking-graph.ts";
import type { ManifestTensor, MemoryEntry } from "../module/manifest.ts";
import { describedSamples } from "../module/ports.ts";
import type { QuantisationReport } from "../spiking/fixed-network.ts";
import type { SpikingModel } from "./model.ts";

export type SpikingPorts = {
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly memory: readonly MemoryEntry[];
  /** spikes of an output's element in one step of the module: at most so many */
  readonly mostSpikes: number;
  /** null for a module, which does not keep it */
  readonly quantisation: QuantisationReport | null;
};

/** Raises what planning raises. */
export async function spikingPorts(
  model: SpikingModel,
  options: CompileOptions,
): Promise<SpikingPorts> {
  if (model.kind === "module") {
    const { inputs, outputs, memory, options: own } = model.manifest;
    const mostSpikes = Number(own.stepsPerHop ?? MAX_COUNT);
    return { inputs, outputs, memory, mostSpikes, quantisation: null };
  }
  const { plan } = await import("../compiler/index.ts");
  const { entries, quantisation } = plan(model.graph, options);
  const named = (kind: "Input" | "Output") =>
    new Set(model.graph.nodes.filter((node) => node.kind === kind).map(({ name }) => name));
  // a population's spikes may lie in the output's own memory, under its own name
  const tensors = (kind: MemoryEntry["kind"], names: ReadonlySet<string>) =>
    entries.filter((entry) => entry.kind === kind && names.has(entry.name)).map(tensorOf);
  const declared = new Map(
    model.graph.nodes.map((node) => [node.name, "maxCount" in node ? node.maxCount : undefined]),
  );
  const withCount = (tensor: ManifestTensor): ManifestTensor => {
    const maxCount = tensor.edge === "spike" ? declared.get(tensor.name) : undefined;
    return maxCount === undefined || maxCount === MAX_COUNT ? tensor : { ...tensor, maxCount };
  };
  const { front } = model.graph;
  return {
    inputs: front ? [describedSamples(front)] : tensors("input", named("Input")).map(withCount),
    outputs: tensors("output", named("Output")),
    memory: entries,
    mostSpikes: mostSpikesOf(model.graph),
    quantisation,
  };
}

/** A neuron has one spike in a step of the network; inputs that pass through and sums over windows may have more. */
function mostSpikesOf({ front, semantics, nodes, edges }: SpikingGraph): number {
  if (front) return stepsPerHop(front, semantics.dtSeconds);
  const counts = nodes.some(({ kind }) => kind === "SumPool2d" || kind === "AvgPool2d");
  const passes = edges.some(
    ({ source, target }) =>
      at(nodes, source).kind === "Input" && PASSING.has(at(nodes, target).kind),
  );
  return counts || passes ? MAX_COUNT : 1;
}

/** What hands on the events of its source as they are. */
const PASSING: ReadonlySet<string> = new Set(["Output", "Flatten", "Delay"]);

function tensorOf({ name, shape, dtype = "u8", scale = 1 }: MemoryEntry): ManifestTensor {
  if (dtype === "u16") throw new Error(`${name}: potentials of 16 bits are no port`);
  return {
    ...{ name, shape: shape ?? [], dtype, scale, zeroPoint: 0 },
    edge: dtype === "u8" ? "spike" : "value",
  };
}
