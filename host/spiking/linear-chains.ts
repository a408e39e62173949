/**
 * Folds chains of linear nodes (Linear → Scale → AvgPool2d → Flatten …) between two event nodes into single matrices.
 * The product is exact in float64 and costs nothing at run time.
 */
import type { Problem } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import type { SpikingGraph, SpikingNode } from "../model/spiking-graph.ts";
import type { Matrix, Output } from "./discrete-network.ts";
import { type EventDraft, EventNodes, type EventRef } from "./event-nodes.ts";
import { compose, forEachSynapse, synapseCount } from "./matrix.ts";
import { nodeMatrix } from "./node-matrix.ts";

/** Events of `source` through `matrix`, plus constants in every step. */
export type Term = {
  readonly name: string;
  /** index into events */
  readonly source: number;
  readonly matrix: Matrix;
  readonly biases: readonly Bias[];
};

/** What a node of a chain adds in every step, whatever the event nodes in front of it give. */
export type Bias = {
  readonly values: Float64Array;
  /** indices into events */
  readonly sources: readonly number[];
};

/** Chains are a few nodes long; every split and join of parallel ones doubles their number. */
const MAX_CHAIN = 512;
const MAX_TERMS = 1024;
/** A convolution is walked tap by tap when ranges are proven: some seconds for this many. */
const MAX_TAPS = 2 ** 27;

export class Chains {
  readonly #graph: SpikingGraph;
  readonly #nodes: EventNodes;
  /** nodes being folded: a linear node that reaches itself is an algebraic loop */
  readonly #folding = new Set<number>();
  readonly #terms = new Map<number, readonly Term[]>();

  constructor(graph: SpikingGraph, problems: Problem[]) {
    this.#graph = graph;
    this.#nodes = new EventNodes(graph, problems);
  }

  get events(): readonly EventDraft[] {
    return this.#nodes.events;
  }

  /** The event node this node is, or passes on; null for currents. */
  eventOf(index: number): EventRef | null {
    return this.#nodes.of(index);
  }

  /** What a node reads that takes its source's elements as they are; null where that is refused. */
  taughtBy(index: number): EventRef | null {
    const source = this.#nodes.ofSource(index);
    if (source !== null) return source;
    const node = at(this.#graph.nodes, index);
    this.#nodes.refuse(node, "no single source of events", "one Input or population");
    return null;
  }

  /** What node `index` gives its targets in one step, as sums over event nodes. */
  terms(index: number): readonly Term[] {
    const known = this.#terms.get(index);
    if (known !== undefined) return known;
    const terms = this.#makeTerms(index);
    this.#terms.set(index, terms);
    return terms;
  }

  outputs(): readonly Output[] {
    return this.#graph.nodes.flatMap((node, index) => {
      if (node.kind !== "Output") return [];
      const ref = this.#nodes.ofSource(index);
      if (ref !== null) return [{ name: node.name, shape: node.shape, source: ref.event }];
      this.#nodes.refuse(node, "no source", "one population, input or pool");
      return [];
    });
  }

  #makeTerms(index: number): readonly Term[] {
    const node = at(this.#graph.nodes, index);
    const ref = this.eventOf(index);
    if (ref !== null) {
      const matrix = { kind: "diagonal", weight: ref.scale } as const;
      return [{ name: node.name, source: ref.event, matrix, biases: [] }];
    }
    const refuse = (got: string, expected: string): readonly Term[] => {
      this.#nodes.refuse(node, got, expected);
      return [];
    };
    if (this.#folding.has(index))
      return refuse("a loop without a neuron or a delay in it", "a neuron in every loop");
    if (this.#folding.size >= MAX_CHAIN)
      return refuse("the end of a longer chain of linear nodes", `at most ${MAX_CHAIN}`);
    this.#folding.add(index);
    const terms = this.#nodes
      .sources(index)
      .flatMap((source) => this.terms(source).flatMap((term) => this.#fold(term, node)));
    this.#folding.delete(index);
    if (terms.length > MAX_TERMS)
      return refuse(`${terms.length} ways through linear nodes`, `at most ${MAX_TERMS}`);
    const [first, ...others] = terms;
    const bias = "bias" in node && node.bias ? spread(node.bias, elements(node.shape)) : null;
    if (!first || !bias) return terms;
    const own: Bias = { values: bias, sources: terms.map(({ source }) => source) };
    return [{ ...first, biases: joined(first.biases, own) }, ...others];
  }

  /** The term after one more linear node. */
  #fold(term: Term, node: SpikingNode): Term[] {
    const refuse = this.#nodes.refuse.bind(this.#nodes);
    const pre = at(this.events, term.source).n;
    const post = elements(node.shape);
    const own = nodeMatrix(node, this.#graph.semantics.dtSeconds, refuse);
    if (own === null) return [];
    const { matrix, middle } = own;
    const taps = matrix.kind === "conv" ? synapseCount(matrix, middle, post) : 0;
    if (taps > MAX_TAPS) {
      refuse(node, `${taps} synapses`, `at most ${MAX_TAPS}`);
      return [];
    }
    const folded = compose(term.matrix, matrix, pre, middle, post);
    if (folded === null) {
      const got = "a chain of linear nodes too large to fold";
      refuse(node, got, "at most 4,000,000 synapses and 255 steps of delay in the product");
      return [];
    }
    const biases = term.biases.map(({ values, sources }) => ({
      values: apply(values, matrix, middle, post),
      sources,
    }));
    const name = node.kind === "Flatten" ? term.name : node.name;
    return [{ name, source: term.source, matrix: folded, biases }];
  }
}

/** A convolution's bias holds for every position of its channel. */
const spread = (bias: Float64Array, n: number): Float64Array =>
  bias.length === n
    ? bias
    : Float64Array.from({ length: n }, (_, k) => at(bias, Math.floor((k * bias.length) / n)));

/** One more bias: those that wait for the same event nodes are one. */
function joined(biases: readonly Bias[], more: Bias): readonly Bias[] {
  const like = ({ sources }: Bias) => String(sources) === String(more.sources);
  const values = biases
    .filter(like)
    .reduce((sum, bias) => sum.map((x, k) => x + at(bias.values, k)), more.values);
  return [...biases.filter((bias) => !like(bias)), { ...more, values }];
}

/** matrix · x for a constant x: delays do not matter to it. */
function apply(x: Float64Array, matrix: Matrix, pre: number, post: number): Float64Array {
  const y = new Float64Array(post);
  forEachSynapse(matrix, pre, post, (i, j, w) => {
    y[j] = at(y, j) + w * at(x, i);
  });
  return y;
}
