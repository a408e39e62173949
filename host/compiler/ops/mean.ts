/** MEAN and SUM over any axes. */
import { fail } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { elements, type LayeredGraph, type NodeOf, perTensor } from "../../model/graph.ts";
import { type Multiplier, rescaleMultiplier } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import { int8Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Arg, KernelCall, Lowering, Row } from "../lowering.ts";
import type { CompileOptions } from "../options.ts";
import { stridesOf, walk } from "../walk.ts";

export const mean: Row<"MEAN"> = (node, graph, options) =>
  reduction(node, graph, options, dividedBy);
export const sum: Row<"SUM"> = (node, graph, options) =>
  reduction(node, graph, options, (multiplier) => multiplier);

function reduction(
  node: NodeOf<"MEAN" | "SUM">,
  graph: LayeredGraph,
  { rounding }: CompileOptions,
  scaled: (multiplier: Multiplier, count: number) => Multiplier,
): Lowering {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const { shape } = input;
  const count = node.axes.reduce((n, axis) => n * at(shape, axis), 1);
  if (255 * count >= 2 ** 31) {
    fail("MODEL_RANGE", node.name, `a ${node.kind} of ${count} values`, "sums inside int32");
  }
  const whole = rescaleMultiplier(input, output, rounding);
  const { q, exponent } = int8Multiplier(scaled(whole, count));
  const { zeroPoint } = perTensor(output);
  const sumOfZeroPoints = perTensor(input).zeroPoint * count;
  const call = (from: Arg, outer: number, inner: number): KernelCall => ({
    file: "layers/mean",
    entry: "mean",
    shape: {},
    args: [
      from,
      { output: true },
      ...[outer, count, inner, sumOfZeroPoints, q, exponent, roundingArg(rounding), zeroPoint],
    ],
  });
  const lowered = {
    ...{ form: "scalar", init: [], tables: [], scratchBytes: 0, macs: 0, inPlace: false },
    constants: [],
  };
  const [first, last] = [at(node.axes, 0), at(node.axes, node.axes.length - 1)];
  const between = elements(shape.slice(first, last + 1));
  if (between === count) {
    const outer = elements(shape.slice(0, first));
    return { ...lowered, step: [call({ input: 0 }, outer, elements(shape.slice(last + 1)))] };
  }
  // other axes lie between: what is summed is brought together first
  const { calls, constants } = together(shape, node.axes);
  const outer = elements(shape) / count;
  return {
    ...lowered,
    form: "transposed, scalar",
    step: [...calls, call({ scratch: true }, outer, 1)],
    constants,
    scratchBytes: elements(shape),
  };
}

/** Copies the input to the scratch area, the given axes behind all others. */
function together(shape: readonly number[], axes: readonly number[]) {
  const strides = stridesOf(shape);
  const order = [...shape.keys()].sort(
    (a, b) => Number(axes.includes(a)) - Number(axes.includes(b)) || a - b,
  );
  const box = order.map((axis) => at(shape, axis));
  const dense = stridesOf(box);
  const { run, runs, steps, block } = walk(
    box.map((extent, k) => ({
      extent,
      strides: [at(dense, k), at(strides, at(order, k))] as const,
    })),
  );
  const call: KernelCall = {
    ...{ file: "layers/take", entry: "take<i8>", shape: {} },
    args: [
      ...[{ input: 0 }, { scratch: true } as const, block === null ? 0 : { constant: 0 }],
      ...[runs, run, steps[1]],
    ],
  };
  return { calls: [call], constants: block === null ? [] : [block] };
}

/** TFLite: the division by the number of elements goes into the multiplier, truncated after shifting left. */
export function dividedBy({ q, exponent }: Multiplier, count: number): Multiplier {
  const shift = Math.min(31 - Math.clz32(count), 32, 31 + exponent);
  const divided = (BigInt(q) << BigInt(shift)) / BigInt(count);
  return { q: Number(divided), exponent: exponent - shift };
}
