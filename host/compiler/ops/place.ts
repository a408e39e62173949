/** CONCATENATION, PACK and PAD: boxes of elements placed in a larger one. */
import { at } from "../../model/at.ts";
import { byteLength, elementBytes, perTensor, type Tensor } from "../../model/graph.ts";
import { tensorOf } from "../channels.ts";
import type { ConstantBlock, KernelCall, Lowering, Row } from "../lowering.ts";
import { stridesOf, type Walk, walk } from "../walk.ts";

export const NOTHING: Omit<Lowering, "form" | "step" | "constants"> = {
  init: [],
  tables: [],
  scratchBytes: 0,
  macs: 0,
  inPlace: false,
};

export const concatenation: Row<"CONCATENATION"> = (node, graph) =>
  sideBySide(
    node.inputs.map((index) => tensorOf(graph, index).shape),
    tensorOf(graph, node.output),
    node.axis,
  );

/** Each input with a new axis of one element. */
export const pack: Row<"PACK"> = (node, graph) =>
  sideBySide(
    node.inputs.map((index) => tensorOf(graph, index).shape.toSpliced(node.axis, 0, 1)),
    tensorOf(graph, node.output),
    node.axis,
  );

function sideBySide(
  shapes: readonly (readonly number[])[],
  output: Tensor,
  axis: number,
): Lowering {
  const stride = at(stridesOf(output.shape, elementBytes(output)), axis);
  const step: KernelCall[] = [];
  const constants: ConstantBlock[] = [];
  let offset = 0;
  shapes.forEach((shape, k) => {
    step.push(place(k, offset, runs(shape, output), constants));
    offset += stride * at(shape, axis);
  });
  return { ...NOTHING, form: "copies of runs", step, constants };
}

export const pad: Row<"PAD"> = (node, graph) => {
  const output = tensorOf(graph, node.output);
  const strides = stridesOf(output.shape, elementBytes(output));
  const offset = node.before.reduce((n, before, axis) => n + before * at(strides, axis), 0);
  const fill: KernelCall = {
    file: "layers/place",
    entry: "fill",
    shape: {},
    // the zero point of int16 is 0, whose two bytes are equal
    args: [{ output: true }, byteLength(output), perTensor(output).zeroPoint],
  };
  const constants: ConstantBlock[] = [];
  const path = runs(tensorOf(graph, node.inputs[0]).shape, output);
  const step = [fill, place(0, offset, path, constants)];
  return { ...NOTHING, form: "fill, copies of runs", step, constants };
};

/** A whole tensor of `shape` inside `box`, by bytes. */
function runs(shape: readonly number[], box: Tensor): Walk {
  const bytes = elementBytes(box);
  const [to, from] = [stridesOf(box.shape, bytes), stridesOf(shape, bytes)];
  const axes = shape.map((extent, k) => ({
    extent,
    strides: [at(to, k), at(from, k)] as const,
  }));
  const path = walk(axes, true, bytes);
  return { ...path, run: path.run * bytes };
}

/** The call that places one input; its axes join `constants`. */
function place(
  input: number,
  offset: number,
  { runs, run, block }: Walk,
  constants: ConstantBlock[],
): KernelCall {
  const axes = block === null ? 0 : { constant: constants.push(block) - 1 };
  return {
    file: "layers/place",
    entry: "place",
    shape: {},
    args: [{ input }, { output: true }, offset, axes, runs, run],
  };
}
