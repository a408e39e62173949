/**
 * Every synapse of a spiking graph, one after another: what `inspect --edges` writes. Chains of linear nodes are folded
 * as everywhere, so an edge runs from what fires to the neuron that receives it, with the weight of the source file.
 *
 * Neurons and the elements of Inputs share one numbering: through the Input and neuron nodes in the graph's order. Where
 * a network has one population and no Input, that is the index of the neuron.
 */
import { type Problem, TwentyWattError } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { isNeuron, type SpikingGraph, valueAt } from "../model/spiking-graph.ts";
import type { Matrix } from "./discrete-network.ts";
import type { EventDraft } from "./event-nodes.ts";
import { rowOf } from "./kinds/index.ts";
import { Chains } from "./linear-chains.ts";
import { toSparse } from "./matrix.ts";
import { withReadouts } from "./readouts.ts";

export type SynapseRow = {
  readonly pre: number;
  readonly post: number;
  readonly weight: number;
  /** steps that the graph names; a spike that closes a loop takes at least one */
  readonly delaySteps: number;
};

/**
 * Holds the graph and one projection at a time. Weights that learn have no value to list.
 *
 * @throws what is wrong with the chain it comes to
 */
export function* synapses(given: SpikingGraph): Generator<SynapseRow, void> {
  const graph = withReadouts(given);
  const problems: Problem[] = [];
  const chains = new Chains(graph, problems);
  const first = numbering(chains.events);
  for (const [index, node] of graph.nodes.entries()) {
    const target = isNeuron(node) && !rowOf(node).learns ? chains.eventOf(index) : null;
    if (target === null) continue;
    const start = at(first, target.event);
    for (const edge of graph.edges) {
      if (edge.target !== index) continue;
      const terms = chains.terms(edge.source);
      if (problems.length > 0) throw new TwentyWattError(problems);
      for (const { source, matrix } of terms) {
        const origin = originOf(source, chains.events, first);
        const pre = at(chains.events, source).n;
        const own = entries(matrix, pre, elements(node.shape));
        for (const { pre: i, post, weight, delaySteps } of own) {
          for (const [pre, delay] of origin(i))
            yield { pre, post: start + post, weight, delaySteps: delaySteps + delay };
        }
      }
    }
  }
}

/** `pre,post,weight,delaySteps` lines in blocks of about 64 kB; weights as the shortest text that reads back. */
export function* synapsesCsv(graph: SpikingGraph): Generator<string, void> {
  let block = "";
  for (const { pre, post, weight, delaySteps } of synapses(graph)) {
    block += `${pre},${post},${weight},${delaySteps}\n`;
    if (block.length < 65536) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}

/** By event node: the number of its first element, where its elements have numbers of their own. */
function numbering(events: readonly EventDraft[]): Int32Array {
  let count = 0;
  return Int32Array.from(events, (event) => {
    const start = count;
    if (event.kind === "input" || event.kind === "population") count += event.n;
    return start;
  });
}

type Origin = (element: number) => Iterable<readonly [number: number, delaySteps: number]>;

/** Whose spikes element k of an event node carries: its own, or through pools and delays those of others. */
function originOf(index: number, events: readonly EventDraft[], first: Int32Array): Origin {
  const event = at(events, index);
  if (event.kind === "delay") {
    const before = originOf(event.source, events, first);
    const { steps } = event;
    return function* (k) {
      const own = typeof steps === "number" ? steps : at(steps, k);
      for (const [number, delay] of before(k)) yield [number, delay + own];
    };
  }
  if (event.kind === "pool") {
    const before = originOf(event.source, events, first);
    const [, height, width] = event.inputShape;
    const [, outH = 1, outW = 1] = event.shape;
    return function* (k) {
      const channel = Math.floor(k / (outH * outW));
      const top = (Math.floor(k / outW) % outH) * event.stride[0] - event.padding[0];
      const left = (k % outW) * event.stride[1] - event.padding[1];
      for (let y = Math.max(0, top); y < Math.min(height, top + event.kernel[0]); y++) {
        for (let x = Math.max(0, left); x < Math.min(width, left + event.kernel[1]); x++) {
          yield* before((channel * height + y) * width + x);
        }
      }
    };
  }
  const start = at(first, index);
  return (k) => [[start + k, 0]];
}

/** Stored synapses, row after row. */
function* entries(matrix: Matrix, pre: number, post: number): Generator<SynapseRow, void> {
  switch (matrix.kind) {
    case "dense":
      for (let i = 0; i < pre; i++) {
        for (let j = 0; j < post; j++)
          yield { pre: i, post: j, weight: at(matrix.weight, i * post + j), delaySteps: 0 };
      }
      return;
    case "diagonal":
      for (let i = 0; i < pre; i++)
        yield { pre: i, post: i, weight: valueAt(matrix.weight, i), delaySteps: 0 };
      return;
    case "sparse": {
      const { rowStart, post: targets, weight, delaySteps } = matrix;
      for (let i = 0; i < pre; i++) {
        for (let k = at(rowStart, i); k < at(rowStart, i + 1); k++) {
          const delay = delaySteps ? at(delaySteps, k) : 0;
          yield { pre: i, post: at(targets, k), weight: valueAt(weight, k), delaySteps: delay };
        }
      }
      return;
    }
    case "conv":
      yield* entries(toSparse(matrix, pre, post), pre, post);
  }
}
