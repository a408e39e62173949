/** Inputs and outputs of a model as files see them, known before anything is compiled. */
import type { Port } from "../model/graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { describedPort } from "../module/ports.ts";
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
