/** Seeded random spiking graphs: one component for every kind of neuron and synapse, all in one graph. */
import { mulberry32 } from "../../host/model/random.ts";
import type {
  Edge,
  NeuronNode,
  Semantics,
  SpikingGraph,
  SpikingNode,
  SynapseNode,
} from "../../host/model/spiking-graph.ts";

/**
 * One large population with shared parameters, which the compiler gives to its fused kernel: n not a multiple of 8,
 * one or two receptors, feedback with or without delays.
 *
 * @param resting a long refractory time, and a drive that makes all fire as soon as it is over: so little can arrive that
 *                products of 16 bits do, and as much as can arrive does
 */
export function largePopulation(seed: number, resting = false): SpikingGraph {
  const random = mulberry32(seed);
  const n = 1024 + Math.floor(random() * 70);
  const two = seed % 2 === 0;
  const receptors = [
    { name: "exc", tauSyn: 5e-3, wIn: 1 },
    ...(two ? [{ name: "inh", tauSyn: 12e-3, wIn: 1 }] : []),
  ];
  const cell: NeuronNode = {
    ...{ name: "cells", kind: "CubaLIF", shape: [n], tauMem: 15e-3, r: 1, vLeak: 0, receptors },
    ...{ vThreshold: 1, vReset: -0.2 },
    refractorySeconds: (resting ? 20 : (seed % 3) * 2) * DT,
    current: resting ? 40 : 1.05,
    vInitial: Float64Array.from({ length: n }, () => random()),
  };
  const feedback = { ...sparse("back", n, n, random, seed % 4 > 1), name: "back" };
  const nodes: SpikingNode[] = [
    { name: "in", kind: "Input", shape: [n], ...(resting && { maxCount: 1 }) },
    { name: "gate", kind: "Scale", shape: [n], scale: resting ? 0.04 : 0.4 },
    cell,
    feedback,
    { name: "out", kind: "Output", shape: [n] },
  ];
  const edge = (source: number, target: number, receptor = 0): Edge => ({
    ...{ source, target, receptor },
  });
  return {
    ...{ kind: "spiking", nodes, labels: null },
    edges: [edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 2, two ? 1 : 0), edge(2, 4)],
    source: { name: `large-${seed}`, format: "graph", sha256: "" },
    semantics: {
      ...{ dtSeconds: DT, timeUnit: "s", discretisation: "exact", reset: "zero" },
      ...{ inputKind: "spikes", assumptions: [] },
    },
  };
}

type Random = () => number;

const DT = 1e-3;

export type SpikingDraft = {
  readonly discretisation?: Semantics["discretisation"];
  readonly reset?: "zero" | "subtract";
  readonly inputKind?: "spikes" | "values";
};

export function randomSpiking(seed: number, options: SpikingDraft = {}): SpikingGraph {
  const random = mulberry32(seed);
  const nodes: SpikingNode[] = [];
  const edges: Edge[] = [];
  const add = (node: SpikingNode): number => nodes.push(node) - 1;
  const wire = (...path: number[]): void => {
    path.slice(1).forEach((target, k) => {
      edges.push({ source: path[k] ?? 0, target, receptor: 0 });
    });
  };
  const inputKind = options.inputKind ?? "spikes";
  const component = (
    name: string,
    from: readonly number[],
    chain: readonly SpikingNode[],
  ): number => {
    const input = add({ name: `${name}_in`, kind: "Input", shape: from });
    const inner = chain.map(add);
    const last = inner.at(-1) ?? input;
    const output = add({ name: `${name}_out`, kind: "Output", shape: nodes[last]?.shape ?? [] });
    wire(input, ...inner, output);
    return last;
  };
  for (const kind of KINDS) {
    const n = 1 + Math.floor(random() * 11);
    const m = 1 + Math.floor(random() * 7);
    const neuron = neuronOf(kind, `${kind}`, n, random);
    const last = component(kind, [m], [linear(`${kind}_w`, m, n, random), neuron]);
    if (random() < 0.7 && !WITHOUT_FEEDBACK.has(kind)) {
      const back = add(sparse(`${kind}_back`, n, n, random, random() < 0.5));
      wire(last, back, last);
    }
  }
  synapses(component, random, inputKind);
  const looped = neuronOf("LIF", "looped", 5, random);
  const loop = component("looped", [3], [linear("looped_w", 3, 5, random), looped]);
  const back: SynapseNode = {
    ...{ name: "looped_back", kind: "Affine", shape: [5], inputSize: 5 },
    ...{ weight: weights(25, random), bias: weights(5, random) },
  };
  wire(loop, add(back), loop);
  if (inputKind === "spikes") {
    const perceptron: NeuronNode = {
      name: "perceptron",
      kind: "Perceptron",
      shape: [1],
      inputSize: 4,
    };
    component("perceptron", [4], [perceptron]);
  }
  return {
    kind: "spiking",
    source: { name: `random-${seed}`, format: "graph", sha256: "" },
    semantics: {
      ...{ dtSeconds: DT, timeUnit: "s", discretisation: options.discretisation ?? "norse" },
      ...{ reset: options.reset ?? "zero", inputKind, assumptions: [] },
    },
    nodes,
    edges,
    labels: null,
  };
}

type Component = (name: string, from: readonly number[], chain: readonly SpikingNode[]) => number;

/** Chains of every kind of synapse onto small populations. */
function synapses(component: Component, random: Random, inputKind: string): void {
  const lif = (name: string, shape: readonly number[]): NeuronNode => ({
    ...(neuronOf(
      "LIF",
      name,
      shape.reduce((a, b) => a * b, 1),
      random,
    ) as NeuronNode),
    shape,
  });
  const conv: SynapseNode = {
    ...{ name: "conv_w", kind: "Conv2d", shape: [4, 3, 3], inputShape: [2, 6, 5] },
    ...{ kernel: [3, 2], stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 2, bias: null },
    weight: weights(4 * 1 * 3 * 2, random),
  };
  component("conv", [2, 6, 5], [conv, lif("conv_lif", [4, 3, 3])]);
  const conv1d: SynapseNode = {
    ...{ name: "conv1_w", kind: "Conv1d", shape: [3, 6], inputShape: [2, 1, 9] },
    ...{ kernel: [1, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 },
    ...{ weight: weights(3 * 2 * 3, random), bias: weights(3, random) },
  };
  const longer: SynapseNode = { ...conv1d, shape: [3, 7] };
  component("conv1", [2, 9], [longer, lif("conv1_lif", [3, 7])]);
  const scale: SynapseNode = {
    ...{ name: "scale_w", kind: "Scale", shape: [6], scale: weights(6, random) },
  };
  component("scale", [6], [scale, lif("scale_lif", [6])]);
  component("delays", [5], [sparse("delays_w", 5, 9, random, true), lif("delays_lif", [9])]);
  if (inputKind !== "spikes") return;
  for (const kind of ["SumPool2d", "AvgPool2d"] as const) {
    const name = kind.toLowerCase();
    const pool: SynapseNode = {
      ...{ name, kind, shape: [2, 3, 3], inputShape: [2, 5, 5] },
      ...{ kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
    };
    component(name, [2, 5, 5], [pool, linear(`${name}_w`, 18, 4, random), lif(`${name}_lif`, [4])]);
  }
  const hops = Float64Array.from({ length: 6 }, () => Math.floor(random() * 9) * DT);
  const delay = (name: string, delaySeconds: number | Float64Array): SynapseNode => ({
    ...{ name, kind: "Delay", shape: [6], delaySeconds },
  });
  component(
    "late",
    [6],
    [
      ...[delay("late_counts", hops), linear("late_w", 6, 6, random), lif("late_lif", [6])],
      ...[delay("late_bits", 17 * DT), linear("late_w2", 6, 6, random), lif("late_lif2", [6])],
    ],
  );
}

const KINDS = [
  ...([
    "Threshold",
    "I",
    "IF",
    "LI",
    "LIF",
    "CubaLI",
    "CubaLIF",
    "AdaptiveLIF",
    "Izhikevich",
    "QIF",
  ] as const),
];

/** Values fed back may grow without end, which the compiler refuses. */
const WITHOUT_FEEDBACK: ReadonlySet<string> = new Set(["I", "LI", "CubaLI"]);

const weights = (n: number, random: Random): Float64Array =>
  Float64Array.from({ length: n }, () => random() * 3 - 1.2);

const linear = (name: string, inputs: number, n: number, random: Random): SynapseNode => ({
  ...{ name, kind: "Linear", shape: [n], inputSize: inputs, weight: weights(n * inputs, random) },
});

function sparse(
  name: string,
  pre: number,
  post: number,
  random: Random,
  delayed: boolean,
): SynapseNode {
  const rowStart = Uint32Array.from({ length: pre + 1 }, (_, k) => 3 * k);
  const count = 3 * pre;
  return {
    ...{ name, kind: "Sparse", shape: [post], inputSize: pre, rowStart },
    post: Uint32Array.from({ length: count }, () => Math.floor(random() * post)),
    weight: weights(count, random),
    delaySteps: delayed ? Uint8Array.from({ length: count }, () => Math.floor(random() * 12)) : 0,
  };
}

/** Parameters of their own for each neuron, or shared ones. */
function neuronOf(
  kind: (typeof KINDS)[number],
  name: string,
  n: number,
  random: Random,
): NeuronNode {
  const own = random() < 0.5;
  const between = (low: number, high: number): number | Float64Array => {
    const draw = () => low + random() * (high - low);
    return own ? Float64Array.from({ length: n }, draw) : draw();
  };
  const base = { name, shape: [n] };
  const driven = { current: random() < 0.5 ? 0 : between(-0.2, 0.9), vInitial: between(-0.5, 0.5) };
  const fires = {
    ...{ vThreshold: between(0.6, 1.4), vReset: random() < 0.5 ? 0 : between(-0.4, 0.2) },
    refractorySeconds: random() < 0.5 ? 0 : DT * Math.ceil(random() * 4),
  };
  const leaky = { tau: between(4e-3, 2e-2), r: between(0.5, 3), vLeak: between(-0.2, 0.2) };
  const receptors = [
    { name: "syn", tauSyn: between(2e-3, 8e-3), wIn: between(0.5, 3) },
    ...(random() < 0.5 ? [{ name: "slow", tauSyn: between(8e-3, 3e-2), wIn: 1 }] : []),
  ];
  const cuba = { tauMem: leaky.tau, r: leaky.r, vLeak: leaky.vLeak, receptors };
  switch (kind) {
    case "Threshold":
      return { ...base, kind, threshold: between(0.1, 1) };
    case "I":
      return { ...base, kind, r: between(0.1, 1), ...driven };
    case "IF":
      return { ...base, kind, r: between(0.1, 1), ...fires, ...driven };
    case "LI":
      return { ...base, kind, ...leaky, ...driven };
    case "LIF":
      return { ...base, kind, ...leaky, ...fires, ...driven };
    case "CubaLI":
      return { ...base, kind, ...cuba, ...driven };
    case "CubaLIF":
      return { ...base, kind, ...cuba, ...fires, ...driven };
    case "AdaptiveLIF": {
      const tired = { tauAdapt: between(2e-2, 9e-2), increment: between(0.05, 0.4) };
      return { ...base, kind, ...leaky, ...tired, ...fires, ...driven };
    }
    case "Izhikevich":
      return {
        ...{ ...base, kind, a: between(0.02, 0.1), b: between(0.2, 0.26) },
        ...{ c: between(-65, -50), d: between(0.05, 8), current: between(3, 12), vInitial: -65 },
      };
    case "QIF": {
      const parabola = { a0: between(0.5, 2), vCritical: between(0.3, 0.8) };
      return { ...base, kind, ...leaky, ...parabola, ...fires, ...driven };
    }
  }
}
