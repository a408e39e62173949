/**
 * Folds chains of linear nodes (Linear → Scale → AvgPool2d → Flatten …) between two event nodes into single matrices.
 * The product is exact in float64 and costs nothing at run time.
 */
import { type Problem, problem } from "../errors.ts";
import { elements } from "../model/graph.ts";
import {
  isNeuron,
  type SpikingGraph,
  type SpikingNode,
  type Values,
} from "../model/spiking-graph.ts";
import type { EventNode, Matrix, Output, Population } from "./discrete-network.ts";
import {
  compose,
  forEachSynapse,
  fromConv,
  fromPool,
  fromRows,
  identity,
  type Shape3,
  synapseCount,
} from "./matrix.ts";

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

/** An event node, and the factor (AvgPool2d's 1/k) its counts still need. */
type EventRef = { readonly event: number; readonly scale: number };

/** Chains are a few nodes long; every split and join of parallel ones doubles their number. */
const MAX_CHAIN = 512;
const MAX_TERMS = 1024;
/** A convolution is walked tap by tap when ranges are proven: some seconds for this many. */
const MAX_TAPS = 2 ** 27;
/** A ring that long would not fit any memory. */
const MAX_DELAY_STEPS = 2 ** 31 - 1;

const shape3 = (shape: readonly number[]): Shape3 => [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];

export class Chains {
  readonly events: EventNode[] = [];
  readonly #graph: SpikingGraph;
  readonly #problems: Problem[];
  readonly #refs = new Map<number, EventRef | null>();
  /** nodes being folded: a linear node that reaches itself is an algebraic loop */
  readonly #folding = new Set<number>();
  readonly #terms = new Map<number, readonly Term[]>();

  constructor(graph: SpikingGraph, problems: Problem[]) {
    this.#graph = graph;
    this.#problems = problems;
    // neurons and inputs first, so that recurrent chains find their sources
    graph.nodes.forEach((node, k) => {
      if (node.kind === "Input") {
        const values = graph.semantics.inputKind === "values";
        this.#add(k, {
          kind: "input",
          name: node.name,
          shape: node.shape,
          n: elements(node.shape),
          values,
        });
      } else if (isNeuron(node)) {
        const population = { name: node.name, shape: node.shape, n: elements(node.shape) };
        this.#add(k, { kind: "population", ...population, population: draft(node) });
      }
    });
    graph.nodes.forEach((node, k) => {
      if (node.kind === "Perceptron") this.#teach(k);
    });
  }

  /** The event node this node is, or passes on; null for currents. */
  eventOf(index: number): EventRef | null {
    const known = this.#refs.get(index);
    if (known !== undefined) return known;
    this.#refs.set(index, null); // cuts cycles of pools and delays
    const made = this.#makeEvent(index);
    this.#refs.set(index, made);
    return made;
  }

  /** What node `index` gives its targets in one step, as sums over event nodes. */
  terms(index: number): readonly Term[] {
    const known = this.#terms.get(index);
    if (known !== undefined) return known;
    const terms = this.#makeTerms(index);
    this.#terms.set(index, terms);
    return terms;
  }

  #makeTerms(index: number): readonly Term[] {
    const node = this.#graph.nodes[index];
    if (node === undefined) return [];
    const ref = this.eventOf(index);
    if (ref !== null) {
      return [
        {
          name: node.name,
          source: ref.event,
          matrix: { kind: "diagonal", weight: ref.scale },
          biases: [],
        },
      ];
    }
    if (this.#folding.has(index)) {
      this.#refuse(node, "a loop without a neuron or a delay in it", "a neuron in every loop");
      return [];
    }
    if (this.#folding.size >= MAX_CHAIN) {
      this.#refuse(node, "the end of a longer chain of linear nodes", `at most ${MAX_CHAIN}`);
      return [];
    }
    this.#folding.add(index);
    const terms = this.#sources(index).flatMap((source) =>
      this.terms(source).flatMap((term) => this.#fold(term, node)),
    );
    this.#folding.delete(index);
    if (terms.length > MAX_TERMS) {
      this.#refuse(node, `${terms.length} ways through linear nodes`, `at most ${MAX_TERMS}`);
      return [];
    }
    const [first, ...others] = terms;
    const bias = "bias" in node && node.bias ? spread(node.bias, elements(node.shape)) : null;
    if (!first || !bias) return terms;
    const own: Bias = { values: bias, sources: terms.map(({ source }) => source) };
    return [{ ...first, biases: joined(first.biases, own) }, ...others];
  }

  outputs(): readonly Output[] {
    return this.#graph.nodes.flatMap((node, index) => {
      if (node.kind !== "Output") return [];
      const sources = this.#sources(index);
      const ref = sources.length === 1 ? this.eventOf(sources[0] ?? -1) : null;
      if (ref === null) {
        const got = sources.length === 1 ? "a current" : `${sources.length} sources`;
        this.#refuse(
          node,
          got,
          "one population, input or pool",
          "Read the potential of an LI node instead.",
        );
        return [];
      }
      return [{ name: node.name, shape: node.shape, source: ref.event }];
    });
  }

  #sources(index: number): number[] {
    return this.#graph.edges.filter((e) => e.target === index).map((e) => e.source);
  }

  #refuse(node: SpikingNode, got: string, expected: string, remedy?: string): void {
    this.#problems.push(
      problem("MODEL_OP", `node ${node.name} (${node.kind})`, got, expected, remedy),
    );
  }

  #add(index: number, event: EventNode): EventRef {
    this.events.push(event);
    const ref = { event: this.events.length - 1, scale: 1 };
    this.#refs.set(index, ref);
    return ref;
  }

  /** Values (v of LI, real inputs) are no events: pools and delays of them are folded or refused. */
  #spikes(ref: EventRef): boolean {
    const event = this.events[ref.event];
    if (event?.kind === "input") return !event.values;
    return event?.kind !== "population" || event.population.resetRule !== "none";
  }

  #makeEvent(index: number): EventRef | null {
    const node = this.#graph.nodes[index];
    if (node === undefined) return null;
    const sources = this.#sources(index);
    const source = sources.length === 1 ? this.eventOf(sources[0] ?? -1) : null;
    if (source === null || !this.#spikes(source)) {
      return node.kind === "Flatten" || node.kind === "Output" ? source : null;
    }
    switch (node.kind) {
      case "Flatten":
      case "Output":
        return source;
      case "SumPool2d":
      case "AvgPool2d": {
        const { event } = this.#add(index, {
          ...node,
          kind: "pool",
          n: elements(node.shape),
          source: source.event,
        });
        const average = node.kind === "AvgPool2d" ? 1 / (node.kernel[0] * node.kernel[1]) : 1;
        return { event, scale: source.scale * average };
      }
      case "Delay": {
        const steps = this.#steps(node);
        const { event } = this.#add(index, {
          ...node,
          kind: "delay",
          n: elements(node.shape),
          source: source.event,
          steps,
        });
        return { event, scale: source.scale };
      }
      default:
        return null;
    }
  }

  /** A perceptron reads its input's elements themselves: x and the target. */
  #teach(index: number): void {
    const node = this.#graph.nodes[index];
    const ref = this.eventOf(index);
    const event = ref && this.events[ref.event];
    const [from] = this.#sources(index);
    const source = from === undefined ? null : this.eventOf(from);
    if (node?.kind !== "Perceptron" || event?.kind !== "population" || ref === null) return;
    if (source === null || this.#sources(index).length !== 1) {
      this.#refuse(node, "no single source of events", "one Input or population");
      return;
    }
    const perceptron = { source: source.event, inputs: node.inputSize };
    this.events[ref.event] = {
      ...event,
      population: { ...event.population, kind: "perceptron", perceptron },
    };
  }

  /** The term after one more linear node. */
  #fold(term: Term, node: SpikingNode): Term[] {
    const pre = this.events[term.source]?.n ?? 0;
    const post = elements(node.shape);
    const own = this.#matrixOf(node);
    if (own === null) return [];
    const { matrix, middle } = own;
    const taps = matrix.kind === "conv" ? synapseCount(matrix, middle, post) : 0;
    if (taps > MAX_TAPS) {
      this.#refuse(node, `${taps} synapses`, `at most ${MAX_TAPS}`);
      return [];
    }
    const folded = compose(term.matrix, matrix, pre, middle, post);
    if (folded === null) {
      const got = "a chain of linear nodes too large to fold";
      this.#refuse(node, got, "at most 4,000,000 synapses and 255 steps of delay in the product");
      return [];
    }
    const biases = term.biases.map(({ values, sources }) => ({
      values: apply(values, matrix, middle, post),
      sources,
    }));
    return [
      {
        name: node.kind === "Flatten" ? term.name : node.name,
        source: term.source,
        matrix: folded,
        biases,
      },
    ];
  }

  /** A linear node as a matrix from `middle` elements to its own. */
  #matrixOf(node: SpikingNode): { matrix: Matrix; middle: number } | null {
    const size = elements(node.shape);
    switch (node.kind) {
      case "Linear":
      case "Affine":
        return { matrix: fromRows(node.weight, size, node.inputSize), middle: node.inputSize };
      case "Sparse": {
        const { rowStart, post, weight, delaySteps } = node;
        const delays = typeof delaySteps === "number" ? null : delaySteps;
        if (typeof delaySteps === "number" && delaySteps > 0) return this.#slow(node, delaySteps);
        return {
          matrix: { kind: "sparse", rowStart, post, weight, delaySteps: delays },
          middle: node.inputSize,
        };
      }
      case "Conv1d":
      case "Conv2d":
        return { matrix: fromConv(node), middle: elements(node.inputShape) };
      case "Scale":
        return { matrix: { kind: "diagonal", weight: node.scale }, middle: size };
      case "Flatten":
        return { matrix: identity, middle: size };
      case "SumPool2d":
      case "AvgPool2d": {
        const factor = node.kind === "AvgPool2d" ? 1 / (node.kernel[0] * node.kernel[1]) : 1;
        const matrix = fromPool(
          node.inputShape,
          shape3(node.shape),
          node.kernel,
          node.stride,
          node.padding,
          factor,
        );
        return { matrix, middle: elements(node.inputShape) };
      }
      case "Delay": {
        const steps = this.#steps(node);
        const longest =
          typeof steps === "number" ? steps : steps.reduce((a, b) => Math.max(a, b), 0);
        if (longest <= 255) return { matrix: delayed(size, steps), middle: size };
        const got = `a delay of ${longest} steps behind a linear node`;
        this.#refuse(node, got, "at most 255", "Put the Delay before the linear node.");
        return null;
      }
      default:
        this.#refuse(node, "a place in a chain of currents", "a neuron between them");
        return null;
    }
  }

  #steps(node: Extract<SpikingNode, { kind: "Delay" }>): number | Uint32Array {
    const { delaySeconds } = node;
    const dt = this.#graph.semantics.dtSeconds;
    const list = typeof delaySeconds === "number" ? [delaySeconds] : delaySeconds;
    const long = list.find((s) => !(s / dt <= MAX_DELAY_STEPS));
    if (long === undefined) return toSteps(delaySeconds, dt);
    const got = `a delay of ${long} s, ${long / dt} steps`;
    this.#refuse(node, got, `at most ${MAX_DELAY_STEPS} steps`, "Check --time-unit and --dt.");
    return 0;
  }

  /** A projection whose synapses share one delay: short ones per synapse, long ones belong into a Delay node. */
  #slow(node: Extract<SpikingNode, { kind: "Sparse" }>, steps: number) {
    if (steps > 255) {
      this.#refuse(
        node,
        `a delay of ${steps} steps`,
        "at most 255 per synapse",
        "Put a Delay node before it.",
      );
      return null;
    }
    const { rowStart, post, weight } = node;
    const delaySteps = new Uint8Array(post.length).fill(steps);
    return {
      matrix: { kind: "sparse" as const, rowStart, post, weight, delaySteps },
      middle: node.inputSize,
    };
  }
}

/** One-to-one synapses with delays of their own, for delays behind a linear node. */
function delayed(n: number, steps: number | Uint32Array): Matrix {
  const at = (k: number) => (typeof steps === "number" ? steps : (steps[k] ?? 0));
  return {
    kind: "sparse",
    rowStart: Uint32Array.from({ length: n + 1 }, (_, k) => k),
    post: Uint32Array.from({ length: n }, (_, k) => k),
    weight: 1,
    delaySteps: Uint8Array.from({ length: n }, (_, k) => at(k)),
  };
}

const toSteps = (seconds: Values, dt: number): number | Uint32Array =>
  typeof seconds === "number"
    ? Math.round(seconds / dt)
    : Uint32Array.from(seconds, (s) => Math.round(s / dt));

/** A convolution's bias holds for every position of its channel. */
const spread = (bias: Float64Array, n: number): Float64Array =>
  bias.length === n
    ? bias
    : Float64Array.from({ length: n }, (_, k) => bias[Math.floor((k * bias.length) / n)] ?? 0);

/** One more bias: those that wait for the same event nodes are one. */
function joined(biases: readonly Bias[], more: Bias): readonly Bias[] {
  const like = ({ sources }: Bias) => String(sources) === String(more.sources);
  const values = biases
    .filter(like)
    .reduce((sum, bias) => sum.map((x, k) => x + (bias.values[k] ?? 0)), more.values);
  return [...biases.filter((bias) => !like(bias)), { ...more, values }];
}

/** matrix · x for a constant x: delays do not matter to it. */
function apply(x: Float64Array, matrix: Matrix, pre: number, post: number): Float64Array {
  const y = new Float64Array(post);
  forEachSynapse(matrix, pre, post, (i, j, w) => {
    y[j] = (y[j] ?? 0) + w * (x[i] ?? 0);
  });
  return y;
}

/** Filled in by discretise once all coefficients are known; here only what folding asks for. */
function draft(node: SpikingNode): Population {
  const silent = node.kind === "I" || node.kind === "LI" || node.kind === "CubaLI";
  return {
    name: node.name,
    shape: node.shape,
    n: elements(node.shape),
    kind: "linear",
    kappaV: 0,
    constant: 0,
    vThreshold: 0,
    vReset: 0,
    vInitial: 0,
    resetRule: silent ? "none" : "zero",
    refractorySteps: 0,
    receptors: [],
    adaptation: null,
    izhikevich: null,
    perceptron: null,
  };
}
