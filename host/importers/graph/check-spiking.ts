/** What nodes and edges of a spiking graph must be together, once every field is of its type. */
import { type Problem, problem } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { convOutput, type Pair } from "../../model/convolution.ts";
import { elements } from "../../model/graph.ts";
import {
  isNeuron,
  type SparseNode,
  type SpikingGraph,
  type SpikingNode,
} from "../../model/spiking-graph.ts";

/** A projection has at most this many synapses, as in networks by code. */
const MAX_SYNAPSES = 2 ** 25;
/** More say nothing new. */
const MAX_PROBLEMS = 100;

type Refuse = (code: Problem["code"], where: string, got: string, expected: string) => void;

/** Notes every problem. */
export function checkSpiking({ nodes, edges }: SpikingGraph, problems: Problem[]): void {
  const refuse: Refuse = (code, where, got, expected) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem(code, where, got, expected, REMEDY));
  };
  checkNames(nodes, refuse);
  for (const node of nodes) checkNode(node, refuse);
  const fed = new Set<number>();
  edges.forEach(({ source, target, receptor }, k) => {
    const [from, to] = [nodes[source], nodes[target]];
    if (from === undefined || to === undefined) {
      const got = `node ${from === undefined ? source : target}`;
      refuse("MODEL_FORMAT", `edge ${k}`, got, `one of ${nodes.length} nodes`);
      return;
    }
    const where = `edge ${from.name} → ${to.name}`;
    fed.add(target);
    if (from.kind === "Output" || to.kind === "Input") {
      const expected = "edges from Inputs to Outputs";
      refuse("MODEL_FORMAT", where, "an edge out of an Output or into an Input", expected);
    }
    const receptors = "receptors" in to ? to.receptors.length : 1;
    if (receptor >= receptors) {
      refuse("MODEL_FORMAT", where, `receptor ${receptor}`, `0 … ${receptors - 1}`);
    }
    const [given, wanted] = [elements(from.shape), elementsIn(to)];
    if (given !== wanted) {
      refuse("MODEL_SHAPE", where, `${given} elements`, `${wanted} elements for ${to.kind}`);
    }
  });
  nodes.forEach((node, k) => {
    // an empty current is a forgotten edge; a neuron may live on its leak alone
    if (fed.has(k) || node.kind === "Input" || isNeuron(node)) return;
    refuse("MODEL_FORMAT", placeOf(node), "no edge into it", "at least one");
  });
  if (!nodes.some(({ kind }) => kind === "Output")) {
    refuse("MODEL_FORMAT", "graph", "no Output node", "at least one");
  }
}

const REMEDY = "Write the graph with graphJson() of this version, or mend the node.";

const placeOf = ({ name, kind }: SpikingNode): string => `node ${name} (${kind})`;

function checkNames(nodes: readonly SpikingNode[], refuse: Refuse): void {
  const seen = new Set<string>();
  for (const { name } of nodes) {
    if (name === "") refuse("MODEL_FORMAT", "graph", "a node without a name", "a name for each");
    else if (seen.has(name)) {
      refuse("MODEL_FORMAT", `node ${name}`, "two nodes of this name", "a name of its own");
    }
    seen.add(name);
  }
}

/** Of what a node is given. */
function elementsIn(node: SpikingNode): number {
  if ("inputShape" in node) return elements(node.inputShape);
  return "inputSize" in node ? node.inputSize : elements(node.shape);
}

function checkNode(node: SpikingNode, refuse: Refuse): void {
  const wrong = (got: string, expected: string): void =>
    refuse("MODEL_SHAPE", placeOf(node), got, expected);
  switch (node.kind) {
    case "Sparse":
      checkRows(node, wrong);
      break;
    case "Conv1d":
    case "Conv2d": {
      const { inputShape, groups, shape } = node;
      const channels = at(shape, 0);
      if (inputShape[0] % groups !== 0 || channels % groups !== 0) {
        wrong(`${groups} groups of ${inputShape[0]} and ${channels} channels`, "whole groups");
      }
      const [height, width] = convOutput(
        [inputShape[1], inputShape[2]],
        ...([node.kernel, node.stride, node.dilation, node.padding] as const),
      );
      const flat = node.kind === "Conv1d";
      if (flat && (inputShape[1] !== 1 || height !== 1)) {
        wrong(`height ${inputShape[1]}`, "1: one axis");
      }
      sameShape(shape, flat ? [channels, width] : [channels, height, width], wrong);
      break;
    }
    case "SumPool2d":
    case "AvgPool2d": {
      const { inputShape, kernel, stride, padding, shape } = node;
      const image: Pair = [inputShape[1], inputShape[2]];
      if (padding[0] > kernel[0] / 2 || padding[1] > kernel[1] / 2) {
        wrong(`padding [${padding}]`, `at most half of kernel [${kernel}], as in torch`);
      }
      if (kernel[0] > 2 * image[0] || kernel[1] > 2 * image[1]) {
        wrong(`kernel [${kernel}]`, `a window on [${image}]`);
      }
      const size = convOutput(image, kernel, stride, [1, 1], padding);
      sameShape(shape, [inputShape[0], ...size], wrong);
      break;
    }
    case "Perceptron": {
      const n = elements(node.shape);
      if (n !== 1) wrong(`${n} perceptrons`, "1: one for each node");
      if (node.inputSize < 2) wrong(`${node.inputSize} inputs`, "at least one, and the target");
      break;
    }
    case "CubaLI":
    case "CubaLIF": {
      const names = node.receptors.map(({ name }) => name);
      if (new Set(names).size < names.length) wrong(`receptors ${names}`, "names of their own");
    }
  }
}

type Wrong = (got: string, expected: string) => void;

function sameShape(shape: readonly number[], right: readonly number[], wrong: Wrong): void {
  if (shape.join() !== right.join()) wrong(`shape [${shape}]`, `shape [${right}]`);
}

/** Rows end where the next begin, and every synapse ends at an element of the node. */
function checkRows({ rowStart, post, shape }: SparseNode, wrong: Wrong): void {
  if (post.length > MAX_SYNAPSES) wrong(`${post.length} synapses`, `at most ${MAX_SYNAPSES}`);
  const bad = rowStart.findIndex((start, k) =>
    k === 0 ? start !== 0 : start < at(rowStart, k - 1),
  );
  if (bad >= 0) {
    const expected = bad === 0 ? "0" : `at least ${at(rowStart, bad - 1)}`;
    wrong(`rowStart[${bad}] = ${at(rowStart, bad)}`, expected);
    return;
  }
  const size = elements(shape);
  const outside = post.findIndex((j) => j >= size);
  if (outside >= 0) wrong(`post[${outside}] = ${post[outside]}`, `0 … ${size - 1}`);
}
