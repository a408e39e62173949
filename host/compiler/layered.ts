/** A layered network's layout: constant channels left out, operators lowered, memory planned. */
import type { LayeredGraph } from "../model/graph.ts";
import { isUnsigned, isWeighted, macsOf } from "./channels.ts";
import { chooseForms } from "./forms.ts";
import type { Layout } from "./layout.ts";
import { lowerGraph, structureProblems } from "./lower-graph.ts";
import { ROWS } from "./ops/index.ts";
import type { CompileOptions } from "./options.ts";
import { planLayered, shapesOf } from "./plan.ts";
import { prune } from "./prune.ts";
import { lowerFront } from "./signal/index.ts";
import type { PlannedNode } from "./summary.ts";

/** Shapes, parameters and MACs are reported as the model has them, whatever was left out. Raises every problem at once. */
export function layoutLayered(graph: LayeredGraph, options: CompileOptions): Layout {
  const front = lowerFront(graph);
  const sound = structureProblems(graph).length === 0;
  const prunable = sound && !options.keepLayers && !hasUnsignedWeights(graph);
  const network = prunable ? prune(graph, options.rounding) : graph;
  const layout = chooseForms(lowerGraph(network, ROWS, options), options.memoryBytes, (nodes) =>
    planLayered(network, nodes, options, front),
  );
  const nodes = layout.nodes.map((node, k) => asInModel(node, graph, k));
  return { ...layout, nodes: [...(front?.nodes ?? []), ...nodes] };
}

/** What constant channels contribute is counted without a zero point of the weights. */
const hasUnsignedWeights = (graph: LayeredGraph): boolean =>
  graph.nodes.some((node) => isWeighted(node) && isUnsigned(node, graph));

function asInModel(planned: PlannedNode, graph: LayeredGraph, k: number): PlannedNode {
  const node = graph.nodes[k];
  if (!node) return planned;
  const shapes = shapesOf(graph, node);
  const [had, has] = [shapes.outputShape.at(-1), planned.outputShape.at(-1)];
  const left = had === has ? "" : `, ${has} of ${had} channels`;
  const macs = isWeighted(node) ? macsOf(node, graph) : planned.macs;
  return { ...planned, ...shapes, macs, form: `${planned.form}${left}` };
}
