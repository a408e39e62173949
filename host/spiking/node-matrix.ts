/** A linear node of a graph as one matrix, from the elements it takes to its own. */
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import type { SpikingNode, Values } from "../model/spiking-graph.ts";
import type { Matrix } from "./discrete-network.ts";
import { fromConv, fromPool, fromRows, identity, type Shape3 } from "./matrix.ts";

/** @param middle elements that it takes */
export type NodeMatrix = { readonly matrix: Matrix; readonly middle: number };

export type RefuseNode = (
  node: SpikingNode,
  got: string,
  expected: string,
  remedy?: string,
) => void;

/** A ring that long would not fit any memory. */
const MAX_DELAY_STEPS = 2 ** 31 - 1;
const MAX_SYNAPSE_DELAY = 255;

const shape3 = (shape: readonly number[]): Shape3 => [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];

/** Null where it is refused. */
export function nodeMatrix(
  node: SpikingNode,
  dtSeconds: number,
  refuse: RefuseNode,
): NodeMatrix | null {
  const size = elements(node.shape);
  switch (node.kind) {
    case "Linear":
    case "Affine":
      return { matrix: fromRows(node.weight, size, node.inputSize), middle: node.inputSize };
    case "Sparse":
      return listed(node, refuse);
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
      const { inputShape, kernel, stride, padding } = node;
      const matrix = fromPool(inputShape, shape3(node.shape), kernel, stride, padding, factor);
      return { matrix, middle: elements(inputShape) };
    }
    case "Delay": {
      const steps = delayStepsOf(node, dtSeconds, refuse);
      const longest = typeof steps === "number" ? steps : steps.reduce((a, b) => Math.max(a, b), 0);
      if (longest <= MAX_SYNAPSE_DELAY) return { matrix: delayed(size, steps), middle: size };
      const got = `a delay of ${longest} steps behind a linear node`;
      refuse(node, got, "at most 255", "Put the Delay before the linear node.");
      return null;
    }
    default:
      refuse(node, "a place in a chain of currents", "a neuron between them");
      return null;
  }
}

/** A Delay in steps; 0 where it is refused. */
export function delayStepsOf(
  node: Extract<SpikingNode, { kind: "Delay" }>,
  dt: number,
  refuse: RefuseNode,
): number | Uint32Array {
  const { delaySeconds } = node;
  const list = typeof delaySeconds === "number" ? [delaySeconds] : delaySeconds;
  const long = list.find((s) => !(s / dt <= MAX_DELAY_STEPS));
  if (long === undefined) return toSteps(delaySeconds, dt);
  const got = `a delay of ${long} s, ${long / dt} steps`;
  refuse(node, got, `at most ${MAX_DELAY_STEPS} steps`, "Check --time-unit and --dt.");
  return 0;
}

/** Where synapses share one delay: short ones per synapse, long ones belong into a Delay node. */
function listed(
  node: Extract<SpikingNode, { kind: "Sparse" }>,
  refuse: RefuseNode,
): NodeMatrix | null {
  const { rowStart, post, weight, delaySteps: steps, inputSize: middle } = node;
  const sparse = (delaySteps: Uint8Array | null): NodeMatrix => ({
    matrix: { kind: "sparse", rowStart, post, weight, delaySteps },
    middle,
  });
  if (typeof steps !== "number") return sparse(steps);
  if (!(steps > 0)) return sparse(null);
  if (steps <= MAX_SYNAPSE_DELAY) return sparse(new Uint8Array(post.length).fill(steps));
  const got = `a delay of ${steps} steps`;
  refuse(node, got, "at most 255 per synapse", "Put a Delay node before it.");
  return null;
}

/** One-to-one synapses with delays of their own, for delays behind a linear node. */
function delayed(n: number, steps: number | Uint32Array): Matrix {
  return {
    kind: "sparse",
    rowStart: Uint32Array.from({ length: n + 1 }, (_, k) => k),
    post: Uint32Array.from({ length: n }, (_, k) => k),
    weight: 1,
    delaySteps: Uint8Array.from({ length: n }, (_, k) =>
      typeof steps === "number" ? steps : at(steps, k),
    ),
  };
}

const toSteps = (seconds: Values, dt: number): number | Uint32Array =>
  typeof seconds === "number"
    ? Math.round(seconds / dt)
    : Uint32Array.from(seconds, (s) => Math.round(s / dt));
