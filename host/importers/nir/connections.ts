/** Edges between nodes whose shapes are known: do both ends agree, and does everything that must be fed have a source? */
import { type Problem, problem } from "../../errors.ts";
import { elements } from "../../model/graph.ts";
import { isNeuron, type SpikingNode } from "../../model/spiking-graph.ts";
import type { RawEdge, Wiring } from "./wiring.ts";

export function checkEdges(
  nodes: ReadonlyMap<string, SpikingNode>,
  edges: readonly RawEdge[],
  problems: Problem[],
  assumptions: string[],
): void {
  for (const { source, target } of edges) {
    const from = nodes.get(source);
    const to = nodes.get(target);
    if (from === undefined || to === undefined) continue; // the node's own problem is noted
    const wanted = inputShape(to);
    const where = `edge ${source} → ${target}`;
    if (!sameElements(from.shape, to, wanted)) {
      const got = `${elements(from.shape)} elements [${from.shape}]`;
      const expected = `${elements(wanted)} elements [${wanted}] for ${to.kind}`;
      problems.push(problem("MODEL_SHAPE", where, got, expected, REMEDY));
    } else if (to.kind !== "Flatten" && from.shape.join() !== wanted.join()) {
      assumptions.push(`${source} → ${target}: shape [${from.shape}] is read as [${wanted}].`);
    }
  }
}

const REMEDY = "Export the network with matching shapes, without a batch axis.";

/** An empty current is a forgotten edge; a neuron may live on its leak alone. */
export function checkSources(
  nodes: ReadonlyMap<string, SpikingNode>,
  edges: readonly RawEdge[],
  problems: Problem[],
): void {
  const fed = new Set(edges.map(({ target }) => target));
  for (const [name, node] of nodes) {
    if (fed.has(name) || node.kind === "Input" || isNeuron(node)) continue;
    const where = `node ${name} (${node.kind})`;
    const remedy = "Add an edge into the node, or remove the node.";
    problems.push(problem("MODEL_FORMAT", where, "no edge into it", "at least one", remedy));
  }
}

const PASSES_EVENTS: ReadonlySet<SpikingNode["kind"]> = new Set([
  "Input",
  "SumPool2d",
  "Flatten",
  "Delay",
]);

/** Outputs of the network that are no population's spikes: sums of all that comes, as values. */
export function assumeReadouts(
  nodes: ReadonlyMap<string, SpikingNode>,
  { nodes: raw, edges }: Wiring,
  assumptions: string[],
): void {
  for (const { name, type, wire } of raw) {
    if (type !== "Output" || wire) continue;
    const sources = edges.flatMap((edge) => (edge.target === name ? [edge.source] : []));
    const [only] = sources;
    const source = nodes.get(only ?? "");
    if (source === undefined) continue;
    if (sources.length > 1)
      assumptions.push(`${name}: its ${sources.length} sources are summed, and given as values.`);
    else if (!isNeuron(source) && !PASSES_EVENTS.has(source.kind) && source.kind !== "Output")
      assumptions.push(
        `${name}: what ${source.name} (${source.kind}) gives in a step is given as values.`,
      );
  }
}

/** The shape a node wants to be given. */
function inputShape(node: SpikingNode): readonly number[] {
  switch (node.kind) {
    case "Linear":
    case "Affine":
      return [node.inputSize];
    case "Conv1d":
      return [node.inputShape[0], node.inputShape[2]];
    case "Conv2d":
    case "SumPool2d":
    case "AvgPool2d":
      return node.inputShape;
    default:
      return node.shape;
  }
}

/** Row-major elements, so a flat list fits any shape; but [2,3] is not [3,2]. Axes of one element change nothing. */
function sameElements(from: readonly number[], to: SpikingNode, wanted: readonly number[]) {
  if (elements(from) !== elements(wanted)) return false;
  const long = (shape: readonly number[]) => shape.filter((d) => d !== 1);
  const [a, b] = [long(from), long(wanted)];
  return to.kind === "Flatten" || a.length <= 1 || b.length <= 1 || a.join() === b.join();
}
