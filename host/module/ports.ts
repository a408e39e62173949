/** A port of a layered graph as the manifest describes it. */
import { type LayeredGraph, type Port, perTensor } from "../model/graph.ts";
import type { Front } from "../model/signal-graph.ts";
import type { ManifestTensor } from "./manifest.ts";

export function describedPort(graph: LayeredGraph, port: Port): ManifestTensor {
  const tensor = graph.tensors[port.tensor];
  if (!tensor) throw new Error(`no tensor ${port.tensor}`);
  const { name, shape, dtype } = tensor;
  if (dtype === "i64") throw new Error(`${name} is a bias and no port`);
  return { name, shape, dtype, edge: port.edge, ...perTensor(tensor) };
}

/** What a module with this front end takes in a step. */
export const describedSamples = (front: Front): ManifestTensor => ({
  name: "samples",
  shape: [front.hop, front.channels],
  dtype: "i16",
  edge: "value",
  scale: front.scale,
  zeroPoint: 0,
  sampleRateHz: front.sampleRateHz,
  unit: front.unit,
  hop: front.hop,
  channels: front.channels,
});

export const describedInputs = (graph: LayeredGraph): readonly ManifestTensor[] =>
  graph.front
    ? [describedSamples(graph.front)]
    : graph.inputs.map((port) => describedPort(graph, port));
