/** Rules of shape of layers that keep something from step to step. */
import { at } from "../at.ts";
import { elements, type NodeOf } from "../graph.ts";
import { type Finding, finding } from "./finding.ts";
import { type Shape, shapeIs } from "./shapes.ts";

type Inputs = readonly Shape[];

/** One sequence: [1, steps, inputs], or with time first. */
export function gated(
  _: NodeOf<"UNIDIRECTIONAL_SEQUENCE_LSTM">,
  inputs: Inputs,
  output: Shape,
): Finding | null {
  const [input, weights] = [at(inputs, 0), at(inputs, 1)];
  const [units, depth] = weights as readonly [number, number];
  const [first, second, last] = input;
  if (input.length !== 3 || Math.min(first ?? 0, second ?? 0) !== 1 || last !== depth) {
    const remedy = "Re-export the model with batch size 1.";
    return finding("MODEL_SHAPE", `input [${input}]`, `[1, steps, ${depth}]`, remedy);
  }
  const wanted = (k: number) => (k < 5 ? [units, depth] : [units, units]);
  const wrong = [2, 3, 4, 5, 6, 7, 8].find((k) => at(inputs, k).join() !== wanted(k).join());
  if (wrong !== undefined) {
    return finding("MODEL_SHAPE", `weights [${at(inputs, wrong)}]`, `[${wanted(wrong)}]`);
  }
  const states = [at(inputs, 13), at(inputs, 14)];
  const state = states.find((shape) => elements(shape) !== units);
  if (state !== undefined) return finding("MODEL_SHAPE", `state [${state}]`, `[1, ${units}]`);
  return shapeIs(output, [...input.slice(0, 2), units]);
}

/** One vector: [1, inputs]. */
export function filtered({ rank }: NodeOf<"SVDF">, inputs: Inputs, output: Shape): Finding | null {
  const [input, features, time, bias, state] = [0, 1, 2, 3, 4].map((k) => at(inputs, k)) as [
    ...[Shape, Shape, Shape, Shape, Shape],
  ];
  const [filters, depth] = features as readonly [number, number];
  if (input.join() !== [1, depth].join()) {
    const remedy = "Re-export the model with batch size 1.";
    return finding("MODEL_SHAPE", `input [${input}]`, `[1, ${depth}]`, remedy);
  }
  const units = filters / rank;
  if (!Number.isInteger(units)) {
    return finding("MODEL_SHAPE", `${filters} filters of rank ${rank}`, "a multiple of the rank");
  }
  if (time.length !== 2 || time[0] !== filters) {
    return finding("MODEL_SHAPE", `weights of time [${time}]`, `[${filters}, steps]`);
  }
  if (elements(bias) !== units) {
    return finding("MODEL_SHAPE", `a bias of ${elements(bias)}`, `${units}`);
  }
  if (elements(state) !== elements(time)) {
    return finding("MODEL_SHAPE", `state [${state}]`, `[1, ${elements(time)}]`);
  }
  return shapeIs(output, [1, units]);
}
