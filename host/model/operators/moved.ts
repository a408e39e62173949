/** Rules of shape of operators that move elements and compute nothing. Their attributes are sound by themselves. */
import { at } from "../at.ts";
import { elements, type NodeOf } from "../graph.ts";
import { type Finding, finding } from "./finding.ts";
import { four, type Shape, shapeIs } from "./shapes.ts";

type Inputs = readonly Shape[];

/** What is left of every axis, of which those of one element may be left out. */
export function sliced(
  { begin, strides, extents }: NodeOf<"STRIDED_SLICE">,
  inputs: Inputs,
  output: Shape,
): Finding | null {
  const input = at(inputs, 0);
  const lists = [begin, strides, extents];
  if (lists.some(({ length }) => length !== input.length)) {
    const got = `begin, strides and extents of ${lists.map(({ length }) => length)} axes`;
    return finding("MODEL_OP", got, `${input.length} axes`);
  }
  const inside = input.every((size, k) => {
    const [first, extent] = [at(begin, k), at(extents, k)];
    const last = first + (extent - 1) * at(strides, k);
    return extent >= 1 && first < size && last >= 0 && last < size && at(strides, k) !== 0;
  });
  if (!inside) {
    const got = `from [${begin}] by [${strides}], [${extents}] of them`;
    return finding("MODEL_SHAPE", got, `elements inside [${input}]`);
  }
  const wide = (shape: Shape) => shape.filter((extent) => extent !== 1).join();
  return wide(extents) === wide(output) && output.length <= input.length
    ? null
    : shapeIs(output, extents);
}

export function permuted(
  { permutation }: NodeOf<"TRANSPOSE">,
  inputs: Inputs,
  output: Shape,
): Finding | null {
  const input = at(inputs, 0);
  if ([...permutation].sort((a, b) => a - b).join() !== input.map((_, k) => k).join()) {
    const expected = `each axis of [${input}] once`;
    return finding("MODEL_OP", `permutation ${permutation}`, expected);
  }
  return shapeIs(
    output,
    permutation.map((axis) => at(input, axis)),
  );
}

/** Height and width are the output's own. */
export function resized(
  { alignCorners, halfPixelCenters }: NodeOf<"RESIZE_NEAREST_NEIGHBOR" | "RESIZE_BILINEAR">,
  inputs: Inputs,
  output: Shape,
): Finding | null {
  if (alignCorners === 1 && halfPixelCenters === 1) {
    const got = "alignCorners and halfPixelCenters";
    return finding("MODEL_OP", got, "one of them at most, as in TensorFlow Lite");
  }
  const input = four(at(inputs, 0));
  const [, height, width] = output;
  return shapeIs(output, [1, height ?? 1, width ?? 1, input[3]]);
}

export function gathered(
  { axis, indices }: NodeOf<"GATHER">,
  inputs: Inputs,
  output: Shape,
): Finding | null {
  const input = at(inputs, 0);
  const size = input[axis];
  if (size === undefined) return finding("MODEL_OP", `axis ${axis}`, `an axis of [${input}]`);
  const outside = indices.find((index) => index >= size);
  if (outside !== undefined) return finding("MODEL_OP", `index ${outside}`, `0 … ${size - 1}`);
  const [before, after] = [input.slice(0, axis), input.slice(axis + 1)];
  // a list of indices has any shape, a single one none
  const own = output.slice(axis, output.length - after.length);
  const fits = [...before, ...own, ...after].join() === output.join();
  if (fits && output.length >= before.length + after.length && elements(own) === indices.length) {
    return null;
  }
  return shapeIs(output, [...before, indices.length, ...after]);
}

/** A new axis, as long as there are inputs. */
export function packed({ axis }: NodeOf<"PACK">, inputs: Inputs, output: Shape): Finding | null {
  const input = at(inputs, 0);
  if (axis > input.length || inputs.some((one) => one.join() !== input.join())) {
    const got = `axis ${axis} of ${inputs.map((shape) => `[${shape}]`).join(" ")}`;
    return finding("MODEL_SHAPE", got, "equal shapes and a place among their axes");
  }
  return shapeIs(output, input.toSpliced(axis, 0, inputs.length));
}

/** The axis is gone. */
export function indexed(
  { axis }: NodeOf<"ARG_MAX" | "ARG_MIN">,
  inputs: Inputs,
  output: Shape,
): Finding | null {
  const input = at(inputs, 0);
  if (axis >= input.length) {
    return finding("MODEL_OP", `axis ${axis}`, `an axis of [${input}]`);
  }
  return shapeIs(output, input.toSpliced(axis, 1));
}
