/** Rules of shape of layers with weights. */
import { at } from "../at.ts";
import { elements, type NodeOf } from "../graph.ts";
import { type Finding, finding } from "./finding.ts";
import { four, type Shape, windowed } from "./shapes.ts";

export function conv2d(
  { window }: NodeOf<"CONV_2D" | "CONV_2D_I16">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const [input, filter] = [four(at(inputs, 0)), four(at(inputs, 1))];
  const [channels, height, width, depth] = filter;
  if (depth !== input[3]) {
    return finding(
      "MODEL_SHAPE",
      `weights [${filter}]`,
      `[out, height, width, ${input[3]}]`,
      "Grouped convolutions are not supported: use DEPTHWISE_CONV_2D or one group.",
    );
  }
  return windowed(input, [height, width], window, channels, output);
}

/** The output is what a convolution with this window makes the input of. */
export function transposeConv(
  { window }: NodeOf<"TRANSPOSE_CONV">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const [input, filter] = [four(at(inputs, 0)), four(at(inputs, 1))];
  const [channels, height, width, depth] = filter;
  const wanted = [1, output[1], output[2], channels];
  if (depth !== input[3] || output.length !== 4 || wanted.join() !== output.join()) {
    const got = `weights [${filter}], output [${output}]`;
    return finding("MODEL_SHAPE", got, `[out, height, width, ${input[3]}], [1, …, out]`);
  }
  return windowed(output, [height, width], window, depth, input);
}

export function depthwiseConv2d(
  { window, multiplier }: NodeOf<"DEPTHWISE_CONV_2D" | "DEPTHWISE_CONV_2D_I16">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const [input, filter] = [four(at(inputs, 0)), four(at(inputs, 1))];
  const [one, height, width, channels] = filter;
  if (one !== 1 || channels !== input[3] * multiplier) {
    const k = channels % input[3] === 0 ? multiplier : "k";
    return finding("MODEL_SHAPE", `weights [${filter}]`, `[1, height, width, ${k} · ${input[3]}]`);
  }
  return windowed(input, [height, width], window, channels, output);
}

export function fullyConnected(
  _: NodeOf<"FULLY_CONNECTED" | "FULLY_CONNECTED_I16">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const [channels, depth] = at(inputs, 1) as readonly [number, number];
  const size = elements(at(inputs, 0));
  const rows = size / depth;
  if (!Number.isInteger(rows)) {
    const got = `input of ${size} values, weights [${channels},${depth}]`;
    return finding("MODEL_SHAPE", got, "whole rows");
  }
  if (elements(output) === rows * channels && output.at(-1) === channels) return null;
  const expected = `[…, ${channels}] of ${rows * channels}`;
  return finding("MODEL_SHAPE", `output [${output}]`, expected);
}
