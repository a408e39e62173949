/** A port of a layered graph as the manifest describes it. */
import { type LayeredGraph, type Port, perTensor } from "../model/graph.ts";
import type { ManifestTensor } from "./manifest.ts";

export function describedPort(graph: LayeredGraph, port: Port): ManifestTensor {
  const tensor = graph.tensors[port.tensor];
  if (!tensor) throw new Error(`no tensor ${port.tensor}`);
  const { name, shape, dtype } = tensor;
  return { name, shape, dtype, edge: port.edge, ...perTensor(tensor) };
}
