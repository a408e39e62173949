/** Inputs and outputs of a model as files see them, known before anything is compiled. */
import type { ManifestTensor } from "../module/manifest.ts";
import { describedInputs, describedPort } from "../module/ports.ts";
import type { LayeredModel } from "./model.ts";

export type Ports = {
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
};

export function portsOf(model: LayeredModel): Ports {
  if (model.kind === "module") return model.manifest;
  const { graph } = model;
  return {
    inputs: describedInputs(graph),
    outputs: graph.outputs.map((port) => describedPort(graph, port)),
  };
}
