/**
 * Outputs of currents. An Output that no single population, input or pool feeds as it is (Linear → Output, two sources,
 * an average) gets a neuron that only adds: its potential is the sum of what arrives in the step, and nothing of the step
 * before. It becomes a value output as any LI.
 */
import { at } from "../model/at.ts";
import type { Edge, NeuronNode, Semantics, SpikingGraph } from "../model/spiking-graph.ts";
import { EventNodes } from "./event-nodes.ts";
import { kappa, kappaIn } from "./steps.ts";

/** The same graph, each such Output behind a neuron that adds. */
export function withReadouts(graph: SpikingGraph): SpikingGraph {
  // what is wrong with the graph is found again, and said, by who reads it next
  const events = new EventNodes(graph, []);
  const added = graph.nodes.flatMap((node, index) => {
    if (node.kind !== "Output") return [];
    const source = events.ofSource(index);
    return source !== null && source.scale === 1 ? [] : [index];
  });
  if (added.length === 0) return graph;
  const readoutOf = new Map(added.map((output, k) => [output, graph.nodes.length + k]));
  const names = new Set(graph.nodes.map(({ name }) => name));
  return {
    ...graph,
    nodes: [
      ...graph.nodes,
      ...added.map((output) => adder(at(graph.nodes, output), graph.semantics, names)),
    ],
    edges: [
      ...graph.edges.map((edge): Edge => {
        const readout = readoutOf.get(edge.target);
        return readout === undefined ? edge : { ...edge, target: readout, receptor: 0 };
      }),
      ...[...readoutOf].map(([target, source]): Edge => ({ source, target, receptor: 0 })),
    ],
  };
}

function adder(
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
  semantics: Semantics,
  names: Set<string>,
): NeuronNode {
  let own = `${name}.sum`;
  while (names.has(own)) own += "_";
  names.add(own);
  const tau = forgetting(semantics);
  const r = 1 / Number(kappaIn(tau, semantics));
  return { name: own, shape, kind: "LI", tau, r, vLeak: 0, current: 0, vInitial: 0 };
}

/** The time constant of which one step leaves nothing, by this discretisation. */
function forgetting(semantics: Semantics): number {
  const { dtSeconds } = semantics;
  const exponential = dtSeconds / 1024;
  return kappa(exponential, semantics) === 1 ? exponential : dtSeconds;
}
