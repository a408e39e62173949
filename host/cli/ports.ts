/** Inputs and outputs of a model as files see them, known before anything is compiled. */
import { type LayeredGraph, type Port, perTensor } from "../model/graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import type { LayeredModel } from "./model.ts";

export type Ports = {
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
};

export function portsOf(model: LayeredModel): Ports {
  if (model.kind === "module") return model.manifest;
  const { graph } = model;
  const described = (ports: readonly Port[]) => ports.map((port) => describedPort(graph, port));
  return { inputs: described(graph.inputs), outputs: described(graph.outputs) };
}

function describedPort(graph: LayeredGraph, port: Port): ManifestTensor {
  const tensor = graph.tensors[port.tensor];
  if (!tensor) throw new Error(`no tensor ${port.tensor}`);
  const { name, shape, dtype } = tensor;
  return { name, shape, dtype, edge: port.edge, ...perTensor(tensor) };
}
