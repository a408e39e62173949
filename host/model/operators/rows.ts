/** The rule book of layers: one row per kind. What it has and what must hold between its operands and its output. */
import { at } from "../at.ts";
import type { LayerKind, NodeOf } from "../graph.ts";
import {
  ACTIVATION,
  type AttributeRules,
  FINITE,
  integer,
  integers,
  MAX_WINDOW,
  POSITIVE,
  UNDILATED,
  WINDOW,
} from "./attributes.ts";
import { type Finding, finding } from "./finding.ts";
import { gathered, indexed, packed, permuted, resized, sliced } from "./moved.ts";
import {
  ACTIVATION_OPERAND,
  BIAS,
  EDGE,
  EITHER_BIAS,
  IMAGE,
  INDEX,
  MAX_RANK,
  MAX_TENSOR_BYTES,
  type Role,
  state,
  TAPS,
  UNIT_BIAS,
  type WeightsOperand,
  WIDE_ACTIVATION,
  WIDE_BIAS,
  WIDE_EDGE,
  WIDE_IMAGE,
} from "./operands.ts";
import {
  biasInProducts,
  biasOfUnsigned,
  converted,
  fixed,
  gates,
  kept,
  own,
  type QuantisationRule,
} from "./quantisation.ts";
import { filtered, gated } from "./recurrent.ts";
import { broadcast, four, type Shape, sameSize, shapeIs, windowed } from "./shapes.ts";
import { conv2d, depthwiseConv2d, fullyConnected, transposeConv } from "./weighted.ts";

export type OperatorRule<K extends LayerKind> = {
  /** in TFLite's order, constants included; "many": one or more of which the same is asked as of the output */
  readonly operands: readonly Role[] | "many";
  /** of the output, where it is no activation of int8 */
  readonly output?: Exclude<Role, typeof BIAS>;
  readonly attributes: AttributeRules<K>;
  /** what is wrong with the output's shape; operands and attributes are sound by themselves */
  readonly shape: (node: NodeOf<K>, inputs: readonly Shape[], output: Shape) => Finding | null;
  readonly quantisation: QuantisationRule;
};

/** Every element by itself, rescaled to the output's quantisation. */
const ELEMENTWISE = {
  operands: [ACTIVATION_OPERAND],
  attributes: {},
  shape: (_: unknown, inputs: readonly Shape[], output: Shape) => shapeIs(output, at(inputs, 0)),
  quantisation: own,
} as const;

const BINARY = {
  operands: [ACTIVATION_OPERAND, ACTIVATION_OPERAND],
  attributes: { activation: ACTIVATION },
  shape: (_: unknown, inputs: readonly Shape[], output: Shape) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const shape = broadcast(a, b);
    if (shape !== null) return shapeIs(output, shape);
    return finding("MODEL_SHAPE", `[${a}] and [${b}]`, "shapes that broadcast");
  },
  quantisation: own,
} as const;

type PoolKind =
  | "AVERAGE_POOL_2D"
  | "AVERAGE_POOL_2D_U8"
  | "AVERAGE_POOL_2D_I16"
  | "MAX_POOL_2D"
  | "MAX_POOL_2D_I16";

const POOL = {
  operands: [IMAGE],
  attributes: {
    window: UNDILATED,
    filterH: integer(1, MAX_WINDOW),
    filterW: integer(1, MAX_WINDOW),
    activation: ACTIVATION,
  },
  shape: (
    { window, filterH, filterW }: NodeOf<PoolKind>,
    inputs: readonly Shape[],
    output: Shape,
  ) => {
    const input = four(at(inputs, 0));
    return windowed(input, [filterH, filterW], window, input[3], output);
  },
  quantisation: kept,
} as const;

/** Elements keep their meaning, of whichever type they are. */
const MOVED = { operands: [WIDE_EDGE], output: WIDE_EDGE, quantisation: kept } as const;

const RENAMED = {
  ...MOVED,
  attributes: {},
  shape: (_: unknown, inputs: readonly Shape[], output: Shape) => sameSize(at(inputs, 0), output),
} as const;

/** The same broadcasting, of bytes that mean the same. */
const EXTREMUM = { ...BINARY, attributes: {}, quantisation: kept } as const;

const AXES = integers(0, MAX_RANK - 1);
const PADDING = integers(0, 65_536);
/** of an element along an axis */
const PLACE = integers(0, MAX_TENSOR_BYTES);
const FLAG = integer(0, 1);

const REDUCTION = {
  operands: [ACTIVATION_OPERAND],
  attributes: { axes: AXES },
  shape: reduced,
  quantisation: own,
} as const;

const RESIZED = {
  operands: [IMAGE],
  attributes: { alignCorners: FLAG, halfPixelCenters: FLAG },
  shape: resized,
  quantisation: kept,
} as const;

const ARG_EXTREMUM = {
  operands: [EDGE],
  output: INDEX,
  attributes: { axis: integer(0, MAX_RANK - 1) },
  shape: indexed,
  quantisation: own,
} as const;

const weights = (rank: number, axis: number, zeroPoint = false): WeightsOperand => ({
  role: "weights",
  rank,
  axis,
  zeroPoint,
});

const WIDE_ELEMENTWISE = {
  ...ELEMENTWISE,
  ...({ operands: [WIDE_ACTIVATION], output: WIDE_ACTIVATION } as const),
};
const WIDE_BINARY = {
  ...BINARY,
  ...({ operands: [WIDE_ACTIVATION, WIDE_ACTIVATION], output: WIDE_ACTIVATION } as const),
};

const signedWeights = (rank: number, axis: number): WeightsOperand => ({
  ...weights(rank, axis),
  signed: true,
});

export const OPERATORS: { readonly [K in LayerKind]: OperatorRule<K> } = {
  CONV_2D: {
    operands: [IMAGE, weights(4, 0), BIAS],
    attributes: { window: WINDOW, activation: ACTIVATION },
    shape: conv2d,
    quantisation: biasOfUnsigned,
  },
  DEPTHWISE_CONV_2D: {
    operands: [IMAGE, weights(4, 3), BIAS],
    attributes: {
      window: WINDOW,
      multiplier: integer(1, MAX_TENSOR_BYTES),
      activation: ACTIVATION,
    },
    shape: depthwiseConv2d,
    quantisation: biasOfUnsigned,
  },
  FULLY_CONNECTED: {
    operands: [ACTIVATION_OPERAND, weights(2, 0, true), BIAS],
    attributes: { activation: ACTIVATION },
    shape: fullyConnected,
    quantisation: biasInProducts,
  },
  CONV_2D_I16: {
    operands: [WIDE_IMAGE, signedWeights(4, 0), EITHER_BIAS],
    output: WIDE_ACTIVATION,
    attributes: { window: WINDOW, activation: ACTIVATION },
    shape: conv2d,
    quantisation: own,
  },
  DEPTHWISE_CONV_2D_I16: {
    operands: [WIDE_IMAGE, signedWeights(4, 3), WIDE_BIAS],
    output: WIDE_ACTIVATION,
    attributes: {
      window: WINDOW,
      multiplier: integer(1, MAX_TENSOR_BYTES),
      activation: ACTIVATION,
    },
    shape: depthwiseConv2d,
    quantisation: own,
  },
  FULLY_CONNECTED_I16: {
    operands: [WIDE_ACTIVATION, signedWeights(2, 0), EITHER_BIAS],
    output: WIDE_ACTIVATION,
    attributes: { activation: ACTIVATION },
    shape: fullyConnected,
    quantisation: biasInProducts,
  },
  TRANSPOSE_CONV: {
    operands: [IMAGE, weights(4, 0), BIAS],
    attributes: { window: UNDILATED, activation: ACTIVATION },
    shape: transposeConv,
    quantisation: biasOfUnsigned,
  },
  ADD_I16: WIDE_BINARY,
  SUB_I16: WIDE_BINARY,
  MUL_I16: WIDE_BINARY,
  AVERAGE_POOL_2D_I16: { ...POOL, operands: [WIDE_IMAGE], output: WIDE_ACTIVATION },
  MAX_POOL_2D_I16: { ...POOL, operands: [WIDE_IMAGE], output: WIDE_ACTIVATION },
  LOGISTIC_I16: { ...WIDE_ELEMENTWISE, quantisation: fixed(2 ** -15, 0) },
  TANH_I16: { ...WIDE_ELEMENTWISE, quantisation: fixed(2 ** -15, 0) },
  SOFTMAX_I16: {
    ...WIDE_ELEMENTWISE,
    attributes: { beta: POSITIVE },
    quantisation: fixed(2 ** -15, 0),
  },
  LEAKY_RELU_I16: { ...WIDE_ELEMENTWISE, attributes: { alpha: FINITE } },
  RELU_I16: WIDE_ELEMENTWISE,
  RELU6_I16: WIDE_ELEMENTWISE,
  ADD: BINARY,
  SUB: BINARY,
  MUL: BINARY,
  DIV: BINARY,
  AVERAGE_POOL_2D: POOL,
  AVERAGE_POOL_2D_U8: POOL,
  MAX_POOL_2D: POOL,
  MEAN: REDUCTION,
  SUM: REDUCTION,
  MAXIMUM: EXTREMUM,
  MINIMUM: EXTREMUM,
  PRELU: {
    operands: [ACTIVATION_OPERAND, ACTIVATION_OPERAND],
    attributes: {},
    shape: sloped,
    quantisation: own,
  },
  RESHAPE: RENAMED,
  SQUEEZE: RENAMED,
  EXPAND_DIMS: RENAMED,
  SOFTMAX: { ...ELEMENTWISE, attributes: { beta: POSITIVE }, quantisation: fixed(1 / 256, -128) },
  LOGISTIC: { ...ELEMENTWISE, quantisation: fixed(1 / 256, -128) },
  TANH: { ...ELEMENTWISE, quantisation: fixed(1 / 128, 0) },
  RELU: ELEMENTWISE,
  RELU6: ELEMENTWISE,
  LEAKY_RELU: { ...ELEMENTWISE, attributes: { alpha: FINITE } },
  ABS: ELEMENTWISE,
  HARD_SWISH: ELEMENTWISE,
  CONCATENATION: {
    ...{ ...MOVED, operands: "many" },
    attributes: { axis: integer(0, MAX_RANK - 1) },
    shape: concatenation,
  },
  PACK: {
    ...{ ...MOVED, operands: "many" },
    attributes: { axis: integer(0, MAX_RANK - 1) },
    shape: packed,
  },
  PAD: { ...MOVED, attributes: { before: PADDING, after: PADDING }, shape: pad },
  STRIDED_SLICE: {
    ...MOVED,
    attributes: {
      begin: PLACE,
      strides: integers(-MAX_TENSOR_BYTES, MAX_TENSOR_BYTES),
      extents: PLACE,
    },
    shape: sliced,
  },
  TRANSPOSE: { ...MOVED, attributes: { permutation: AXES }, shape: permuted },
  RESIZE_NEAREST_NEIGHBOR: RESIZED,
  RESIZE_BILINEAR: RESIZED,
  GATHER: {
    ...MOVED,
    attributes: { axis: integer(0, MAX_RANK - 1), indices: PLACE },
    shape: gathered,
  },
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    operands: [
      ...[ACTIVATION_OPERAND, ...Array<WeightsOperand>(8).fill(weights(2, 0))],
      ...[BIAS, BIAS, BIAS, BIAS, state("i8"), state("i16")],
    ],
    attributes: { cellClip: FINITE },
    shape: gated,
    quantisation: gates,
  },
  SVDF: {
    operands: [ACTIVATION_OPERAND, weights(2, 0), TAPS, UNIT_BIAS, state("i8", "i16")],
    attributes: { rank: integer(1, MAX_WINDOW) },
    shape: filtered,
    quantisation: own,
  },
  ARG_MAX: ARG_EXTREMUM,
  ARG_MIN: ARG_EXTREMUM,
  QUANTIZE: { ...ELEMENTWISE, operands: [WIDE_EDGE], output: WIDE_EDGE, quantisation: converted },
  DEQUANTIZE_QUANTIZE: { ...ELEMENTWISE, operands: [WIDE_EDGE], output: WIDE_EDGE },
};

function reduced(
  { axes }: NodeOf<"MEAN" | "SUM">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const input = at(inputs, 0);
  const sorted = axes.every((axis, k) => k === 0 || axis > at(axes, k - 1));
  if (axes.length === 0 || !sorted || at(axes, axes.length - 1) >= input.length) {
    return finding(
      "MODEL_OP",
      `axes ${axes}`,
      `some of the ${input.length} of [${input}], in order`,
    );
  }
  const keptDims = input.map((extent, k) => (axes.includes(k) ? 1 : extent));
  return shapeIs(
    output,
    keptDims,
    input.filter((_, k) => !axes.includes(k)),
  );
}

/** Slopes broadcast over the input, never the other way round. */
function sloped(_: NodeOf<"PRELU">, inputs: readonly Shape[], output: Shape): Finding | null {
  const [input, slopes] = [at(inputs, 0), at(inputs, 1)];
  if (broadcast(input, slopes)?.join() === input.join()) return shapeIs(output, input);
  return finding("MODEL_SHAPE", `slopes [${slopes}]`, `those that broadcast to [${input}]`);
}

function concatenation(
  { axis }: NodeOf<"CONCATENATION">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const first = at(inputs, 0);
  const matches = (shape: Shape) =>
    shape.length === first.length && shape.every((extent, k) => k === axis || extent === first[k]);
  if (axis >= first.length || !inputs.every(matches)) {
    const got = `axis ${axis} of ${inputs.map((shape) => `[${shape}]`).join(" ")}`;
    return finding("MODEL_SHAPE", got, "shapes that differ along the axis only");
  }
  const total = inputs.reduce((sum, shape) => sum + at(shape, axis), 0);
  return shapeIs(
    output,
    first.map((extent, k) => (k === axis ? total : extent)),
  );
}

function pad(
  { before, after }: NodeOf<"PAD">,
  inputs: readonly Shape[],
  output: Shape,
): Finding | null {
  const input = at(inputs, 0);
  if (before.length !== input.length || after.length !== input.length) {
    const got = `paddings before ${before.length} and after ${after.length} axes`;
    return finding("MODEL_OP", got, `${input.length} axes`);
  }
  return shapeIs(
    output,
    input.map((extent, k) => extent + at(before, k) + at(after, k)),
  );
}
