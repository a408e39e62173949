/** A layered graph as JSON: its fields by their names, constants in base64. */
import { GRAPH_VERSION, type LayeredGraph } from "../../model/graph.ts";

export function graphJson(graph: LayeredGraph): string {
  const { kind, tensors, nodes, inputs, outputs, labels } = graph;
  const written = tensors.map(({ data, ...tensor }) => ({
    ...tensor,
    data: data && Buffer.from(data).toString("base64"),
  }));
  return JSON.stringify({
    version: GRAPH_VERSION,
    kind,
    tensors: written,
    nodes,
    inputs,
    outputs,
    labels,
  });
}
