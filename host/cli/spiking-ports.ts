/** What a spiking network reads, writes and lets be seen, known before anything is compiled: from its memory plan. */
import type { CompileOptions } from "../compiler/options.ts";
import { MAX_COUNT } from "../model/spiking-graph.ts";
import type { ManifestTensor, MemoryEntry } from "../module/manifest.ts";
import { describedSamples } from "../module/ports.ts";
import type { QuantisationReport } from "../spiking/fixed-network.ts";
import type { SpikingModel } from "./model.ts";

export type SpikingPorts = {
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly memory: readonly MemoryEntry[];
  /** null for a module, which does not keep it */
  readonly quantisation: QuantisationReport | null;
};

/** Raises what planning raises. */
export async function spikingPorts(
  model: SpikingModel,
  options: CompileOptions,
): Promise<SpikingPorts> {
  if (model.kind === "module") {
    const { inputs, outputs, memory } = model.manifest;
    return { inputs, outputs, memory, quantisation: null };
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
    quantisation,
  };
}

function tensorOf({ name, shape, dtype = "u8", scale = 1 }: MemoryEntry): ManifestTensor {
  if (dtype === "u16") throw new Error(`${name}: potentials of 16 bits are no port`);
  return {
    ...{ name, shape: shape ?? [], dtype, scale, zeroPoint: 0 },
    edge: dtype === "u8" ? "spike" : "value",
  };
}
