/**
 * From continuous equations to time steps: coefficients of every population by the chosen discretisation, chains of
 * linear nodes folded into projections, execution order. Expressions: reference table of NIR discretisations, verified
 * against the golden traces of the NIR paper.
 */
import { describe, type Problem, TwentyWattError } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { grouped } from "../model/grouped.ts";
import { type Edge, isNeuron, type NeuronNode, type SpikingGraph } from "../model/spiking-graph.ts";
import { addBiases, type BiasTerm } from "./biases.ts";
import type { DiscreteNetwork, EventNode, Projection } from "./discrete-network.ts";
import type { EventDraft } from "./event-nodes.ts";
import { executionOrder, inOrder, positionsOf } from "./execution-order.ts";
import { type Population, rowOf } from "./kinds/index.ts";
import type { Discretised } from "./kinds/row.ts";
import { Chains } from "./linear-chains.ts";
import { scalePosts, synapseCount } from "./matrix.ts";
import { withReadouts } from "./readouts.ts";

/** Raises every problem of the graph at once. */
export function discretise(given: SpikingGraph): DiscreteNetwork {
  const graph = withReadouts(given);
  const { semantics, nodes } = graph;
  const problems: Problem[] = [];
  const chains = new Chains(graph, problems);
  const neurons: readonly Neuron[] = nodes.map((node) =>
    isNeuron(node) ? rowOf(node).discretise(node, semantics) : null,
  );
  const edgesOnto = grouped(graph.edges, ({ target }) => target);
  const synapses = neurons.flatMap((neuron, k) =>
    neuron ? synapsesOnto(graph, edgesOnto(k), chains, k, neuron) : [],
  );
  const projections = [
    ...synapses.map(({ projection }) => projection),
    ...nodes.flatMap((node, k) => (isNeuron(node) ? learning(chains, node, k) : [])),
  ];
  const outputs = chains.outputs();
  if (problems.length > 0) throw new TwentyWattError(each(problems));
  const settled = chains.events.map((event) => settle(event, neurons));
  const order = executionOrder(semantics, settled, projections);
  const biases = synapses.map(({ bias }) => bias);
  const events = addBiases(settled, biases, semantics.discretisation, positionsOf(order));
  return inOrder(
    { dtSeconds: semantics.dtSeconds, events, projections, outputs },
    semantics,
    order,
  );
}

/** By node of the graph; null for what is no neuron. */
type Neuron = Discretised<Population> | null;

/** A chain that several nodes share is walked more than once. */
const each = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [describe(problem), problem])).values(),
];

function settle(event: EventDraft, neurons: readonly Neuron[]): EventNode {
  if (event.kind !== "population") return event;
  const { name, shape, n, node } = event;
  const population = at(neurons, node)?.population;
  if (!population) throw new Error(`${name} is no neuron`);
  return { kind: "population", name, shape, n, population };
}

/** Every chain that ends at neuron node `index`, and the biases on its way. */
function synapsesOnto(
  { nodes }: SpikingGraph,
  edges: readonly Edge[],
  chains: Chains,
  index: number,
  { inputScales }: Discretised<Population>,
): { readonly projection: Projection; readonly bias: BiasTerm }[] {
  const target = chains.eventOf(index)?.event;
  if (target === undefined || inputScales.length === 0) return [];
  const post = elements(at(nodes, index).shape);
  return edges.flatMap(({ source: from, receptor }) =>
    chains.terms(from).map(({ name, source, matrix, biases }) => {
      const gain = at(inputScales, receptor);
      const pre = at(chains.events, source).n;
      const scaled = scalePosts(matrix, gain, pre, post);
      const synapses = synapseCount(matrix, pre, post);
      return {
        projection: {
          ...{ name, source, target, receptor, synapses, matrix: scaled },
          ...{ rule: null, closesCycle: false },
        },
        bias: { target, receptor, gain, biases },
      };
    }),
  );
}

/** The projection that a node's only edge is, where its weights learn: from 0, and all to all. */
function learning(chains: Chains, node: NeuronNode, index: number): Projection[] {
  const rule = rowOf(node).learns?.(node);
  const target = chains.eventOf(index)?.event;
  if (rule === undefined || target === undefined) return [];
  const source = chains.taughtBy(index)?.event;
  if (source === undefined) return [];
  const synapses = at(chains.events, source).n * elements(node.shape);
  const matrix = { kind: "dense", weight: new Float64Array(synapses) } as const;
  return [
    {
      ...{ name: node.name, source, target, receptor: 0, synapses, matrix, rule },
      closesCycle: false,
    },
  ];
}
