/** One row per operator: the input shapes it takes, and how it is appended to a draft. */
import type { LayerKind } from "../../host/model/graph.ts";
import type { Attributes } from "../../host/model/operators/index.ts";
import {
  type Append,
  activation,
  addNode,
  alike,
  anyQuantisation,
  anyScale,
  anyZeroPoint,
  constantI8,
  type Dice,
  type Draft,
  f32,
  graphInput,
  type Quantised,
  quantisationOf,
  shapeOf,
  unsigned,
} from "./random-draft.ts";
import { argExtremum, extremum, hardSwish, prelu, reduction } from "./random-more.ts";
import { anyBox, gather, pack, resize, stridedSlice, transpose } from "./random-moves.ts";
import {
  ACTIVATIONS,
  CHANNELS,
  conv2d,
  depthwiseConv2d,
  fullyConnected,
  transposeConv,
} from "./random-weighted.ts";
import { wideConv2d, wideDepthwise, wideFullyConnected, wideInput } from "./random-wide.ts";
import {
  wideBinary,
  wideLeakyRelu,
  widePool,
  wideSoftmax,
  wideUnary,
} from "./random-wide-elements.ts";
import { anyWindow } from "./random-window.ts";

type Row = { readonly shape: (dice: Dice) => readonly number[]; readonly append: Append };

const image = ({ int, pick, chance }: Dice): readonly number[] => [
  1,
  chance(0.2) ? 1 : int(1, 12),
  chance(0.2) ? 1 : int(1, 12),
  pick(CHANNELS),
];

const anyShape = (dice: Dice): readonly number[] => {
  const { pick, int, chance } = dice;
  if (chance(0.6)) return image(dice);
  return pick([[int(1, 300)], [1, int(1, 300)], [int(1, 5), int(1, 40)], [2, 3, int(1, 9)]]);
};

const rows = (dice: Dice): readonly number[] => {
  const { pick, int } = dice;
  const depth = pick([...CHANNELS, 64, 100, 129, 640]);
  return pick([
    [1, depth],
    [1, depth],
    [int(2, 5), depth],
    [1, 1, 1, depth],
    [1, 2, 3, depth],
  ]);
};

const classes = ({ pick, int }: Dice): readonly number[] =>
  pick([
    [1, 2],
    [1, 12],
    [1, int(1, 100)],
    [int(2, 6), int(1, 40)],
    [1, 2, 3, int(2, 9)],
    [1, 1001],
  ]);

/** A window without weights, in the quantisation of its input. */
const pool =
  (kind: "AVERAGE_POOL_2D" | "AVERAGE_POOL_2D_U8" | "MAX_POOL_2D"): Append =>
  (draft, input) => {
    const shape = shapeOf(draft, input);
    const { window, kernel, output } = anyWindow(draft.dice, shape, false);
    const to = activation(draft, [1, ...output, shape[3] ?? 1], quantisationOf(draft, input));
    return addNode(draft, {
      kind,
      inputs: [input],
      output: to,
      window,
      filterH: kernel[0],
      filterW: kernel[1],
      activation: draft.dice.pick(ACTIVATIONS),
    });
  };

/** A quantisation whose scale is 2^low … 2^high below the input's: what multiplies the input. */
function rescaled(draft: Draft, input: number, low: number, high: number): Quantised {
  const { dice } = draft;
  const ratio = dice.chance(0.2) ? 1 : 2 ** dice.real(low, high);
  return {
    scale: f32(quantisationOf(draft, input).scale / ratio),
    zeroPoint: anyZeroPoint(dice),
  };
}

/** A shape that broadcasts with the first operand, and what both make. */
function secondShape({ pick, int }: Dice, shape: readonly number[]) {
  const ones = shape.map(() => 1);
  const kept = (keep: (axis: number) => boolean) => shape.map((d, k) => (keep(k) ? d : 1));
  const last = shape.length - 1;
  const grown = shape.map((d) => (d === 1 ? int(1, 4) : d));
  if (grown.length > 0) grown[0] = shape[0] ?? 1; // the batch stays
  return pick([
    shape,
    shape,
    shape,
    ones,
    [],
    [1],
    [shape[last] ?? 1],
    kept((k) => k === last),
    kept((k) => k !== last),
    kept((k) => k === last - 1),
    grown,
  ]);
}

type BinaryKind = "ADD" | "SUB" | "MUL" | "DIV";

const binary =
  (kind: BinaryKind): Append =>
  (draft, input) => {
    const { dice } = draft;
    const shape = shapeOf(draft, input);
    const other = secondShape(dice, shape);
    const padded = [...Array<number>(shape.length - other.length).fill(1), ...other];
    const to = shape.map((d, k) => Math.max(d, padded[k] ?? 1));
    const same = dice.chance(0.1);
    const second = same ? input : operand(draft, input, other);
    const inputs = dice.chance(0.5) ? [input, second] : [second, input];
    const output = activation(draft, same ? shape : to, {
      scale: outputScale(draft, kind, inputs),
      zeroPoint: anyZeroPoint(dice),
    });
    return addNode(draft, { kind, inputs, output, activation: dice.pick(ACTIVATIONS) });
  };

/** The second operand: another graph input, or a constant. */
function operand(draft: Draft, first: number, shape: readonly number[]): number {
  const { dice } = draft;
  const scale = f32(quantisationOf(draft, first).scale * 2 ** dice.real(-10, 10));
  const zeroPoint = anyZeroPoint(dice);
  if (dice.chance(0.6)) return graphInput(draft, shape, { scale, zeroPoint });
  const length = shape.reduce((n, d) => n * d, 1);
  const values = Int8Array.from({ length }, () => dice.int(-128, 127));
  return constantI8(draft, shape, values, [scale], zeroPoint, 0);
}

function outputScale(draft: Draft, kind: BinaryKind, inputs: readonly number[]): number {
  const { int, pick, real } = draft.dice;
  const [a = 1, b = 1] = inputs.map((t) => quantisationOf(draft, t).scale);
  // quotients of bytes reach from 1/255 to 255
  if (kind === "DIV")
    return f32(a / b / pick([2 ** real(-2, 6), 2 ** real(-2, 6), 2 ** int(-40, 14)]));
  if (kind === "MUL") {
    // x · y < 2^16: exponents up to 14 stay inside int32
    const wanted = pick([
      2 ** real(-9, -5),
      2 ** real(-9, -5),
      2 ** int(-34, 13),
      2 ** real(-31, 0),
    ]);
    return f32((a * b) / wanted);
  }
  // sums stay below 2^28: their multiplier's exponent may reach 2, that is 2^22 for the scales
  const ratio = pick([2 ** real(-2, 1), 2 ** real(-2, 1), 2 ** real(-11, 6), 2 ** real(6, 20)]);
  return f32(Math.max(a, b) / ratio);
}

/** Kinds without attributes. */
type PlainKind = {
  [K in LayerKind]: keyof Attributes<K> extends never ? K : never;
}[LayerKind];

/** Same shape; quantisation as `choose` says. */
const unary =
  (kind: PlainKind, choose: (draft: Draft, input: number) => Quantised): Append =>
  (draft, input) => {
    const output = activation(draft, shapeOf(draft, input), choose(draft, input));
    return addNode(draft, { kind, inputs: [input], output });
  };

/** To another quantisation, now and then by way of uint8, which no other operator takes. */
const requantised =
  (kind: "QUANTIZE" | "DEQUANTIZE_QUANTIZE"): Append =>
  (draft, input) => {
    const shape = shapeOf(draft, input);
    const quantised = () => rescaled(draft, input, -12, 8);
    if (!draft.dice.chance(0.4)) {
      return addNode(draft, {
        kind,
        inputs: [input],
        output: activation(draft, shape, quantised()),
      });
    }
    const middle = unsigned(draft, shape, quantised());
    addNode(draft, { kind, inputs: [input], output: middle });
    return addNode(draft, {
      kind,
      inputs: [middle],
      output: activation(draft, shape, quantised()),
    });
  };

const leakyRelu: Append = (draft, input) => {
  const alpha = f32(draft.dice.pick([0.01, 0.1, 0.2, 0.3, 0.5, 1, 1.5, 0, -0.5, 2 ** -20]));
  const output = activation(draft, shapeOf(draft, input), rescaled(draft, input, -4, 4));
  return addNode(draft, { kind: "LEAKY_RELU", inputs: [input], output, alpha });
};

const softmax: Append = (draft, input) => {
  const beta = draft.dice.pick([1, 1, 1, f32(0.1), 0.5, 3, 10]);
  const quantised = { scale: 1 / 256, zeroPoint: -128 };
  const output = activation(draft, shapeOf(draft, input), quantised);
  return addNode(draft, { kind: "SOFTMAX", inputs: [input], output, beta });
};

const reshape =
  (kind: "RESHAPE" | "SQUEEZE" | "EXPAND_DIMS"): Append =>
  (draft, input) => {
    const shape = shapeOf(draft, input);
    const to = {
      RESHAPE: [1, shape.reduce((n, d) => n * d, 1)],
      SQUEEZE: shape.filter((d) => d !== 1),
      EXPAND_DIMS: [1, ...shape],
    }[kind];
    return addNode(draft, { kind, inputs: [input], output: alike(draft, input, to) });
  };

const concatenation: Append = (draft, input) => {
  const { dice } = draft;
  const shape = shapeOf(draft, input);
  const axis = dice.int(shape.length === 4 ? 1 : 0, shape.length - 1); // the batch of an image stays 1
  const inputs = [input];
  for (let k = dice.int(0, 3); k > 0; k--) {
    const own = shape.map((d, a) => (a === axis ? dice.int(1, 6) : d));
    const quantised = quantisationOf(draft, input);
    inputs.push(dice.chance(0.15) ? input : graphInput(draft, own, quantised));
  }
  const total = inputs.reduce((n, t) => n + (shapeOf(draft, t)[axis] ?? 0), 0);
  const to = shape.map((d, a) => (a === axis ? total : d));
  const output = activation(draft, to, quantisationOf(draft, input));
  return addNode(draft, { kind: "CONCATENATION", inputs, output, axis });
};

const pad: Append = (draft, input) => {
  const { dice } = draft;
  const shape = shapeOf(draft, input);
  const amount = (_: number, axis: number) => (axis === 0 || dice.chance(0.3) ? 0 : dice.int(0, 3));
  const before = shape.map(amount);
  const after = shape.map(amount);
  const to = shape.map((d, k) => d + (before[k] ?? 0) + (after[k] ?? 0));
  const output = activation(draft, to, quantisationOf(draft, input));
  return addNode(draft, { kind: "PAD", inputs: [input], output, before, after });
};

/** Layers that keep something are drawn in random-recurrent.ts. */
export type RandomKind = Exclude<LayerKind, "UNIDIRECTIONAL_SEQUENCE_LSTM" | "SVDF">;

/** A new kind goes last: seeds count rows. */
export const OPERATORS: { readonly [K in RandomKind]: Row } = {
  CONV_2D: { shape: image, append: conv2d },
  DEPTHWISE_CONV_2D: { shape: image, append: depthwiseConv2d },
  FULLY_CONNECTED: { shape: rows, append: fullyConnected },
  ADD: { shape: anyShape, append: binary("ADD") },
  SUB: { shape: anyShape, append: binary("SUB") },
  MUL: { shape: anyShape, append: binary("MUL") },
  AVERAGE_POOL_2D: { shape: image, append: pool("AVERAGE_POOL_2D") },
  MAX_POOL_2D: { shape: image, append: pool("MAX_POOL_2D") },
  MEAN: { shape: anyBox, append: reduction("MEAN") },
  RESHAPE: { shape: anyShape, append: reshape("RESHAPE") },
  SQUEEZE: { shape: anyShape, append: reshape("SQUEEZE") },
  EXPAND_DIMS: { shape: anyShape, append: reshape("EXPAND_DIMS") },
  SOFTMAX: { shape: classes, append: softmax },
  LOGISTIC: {
    shape: anyShape,
    append: unary("LOGISTIC", () => ({ scale: 1 / 256, zeroPoint: -128 })),
  },
  TANH: { shape: anyShape, append: unary("TANH", () => ({ scale: 1 / 128, zeroPoint: 0 })) },
  RELU: { shape: anyShape, append: unary("RELU", (d, t) => rescaled(d, t, -4, 4)) },
  RELU6: { shape: anyShape, append: unary("RELU6", quantisationOf) },
  LEAKY_RELU: { shape: anyShape, append: leakyRelu },
  CONCATENATION: { shape: anyShape, append: concatenation },
  PAD: { shape: anyShape, append: pad },
  QUANTIZE: { shape: anyShape, append: requantised("QUANTIZE") },
  DEQUANTIZE_QUANTIZE: { shape: anyShape, append: requantised("DEQUANTIZE_QUANTIZE") },
  ABS: { shape: anyShape, append: unary("ABS", (d, t) => rescaled(d, t, -12, 8)) },
  STRIDED_SLICE: { shape: anyBox, append: stridedSlice },
  TRANSPOSE: { shape: anyBox, append: transpose },
  RESIZE_NEAREST_NEIGHBOR: { shape: image, append: resize("RESIZE_NEAREST_NEIGHBOR") },
  GATHER: { shape: anyBox, append: gather },
  PACK: { shape: anyShape, append: pack },
  SUM: { shape: anyBox, append: reduction("SUM") },
  MAXIMUM: { shape: anyBox, append: extremum("MAXIMUM") },
  MINIMUM: { shape: anyBox, append: extremum("MINIMUM") },
  PRELU: { shape: anyBox, append: prelu },
  RESIZE_BILINEAR: { shape: image, append: resize("RESIZE_BILINEAR") },
  HARD_SWISH: { shape: anyShape, append: hardSwish },
  AVERAGE_POOL_2D_U8: { shape: image, append: pool("AVERAGE_POOL_2D_U8") },
  ARG_MAX: { shape: anyBox, append: argExtremum("ARG_MAX") },
  ARG_MIN: { shape: anyBox, append: argExtremum("ARG_MIN") },
  DIV: { shape: anyShape, append: binary("DIV") },
  TRANSPOSE_CONV: { shape: image, append: transposeConv },
  FULLY_CONNECTED_I16: { shape: rows, append: wideFullyConnected },
  CONV_2D_I16: { shape: image, append: wideConv2d },
  DEPTHWISE_CONV_2D_I16: { shape: image, append: wideDepthwise },
  ADD_I16: { shape: anyShape, append: wideBinary("ADD_I16", secondShape) },
  MUL_I16: { shape: anyShape, append: wideBinary("MUL_I16", secondShape) },
  AVERAGE_POOL_2D_I16: { shape: image, append: widePool("AVERAGE_POOL_2D_I16") },
  MAX_POOL_2D_I16: { shape: image, append: widePool("MAX_POOL_2D_I16") },
  LOGISTIC_I16: { shape: anyShape, append: wideUnary("LOGISTIC_I16") },
  TANH_I16: { shape: anyShape, append: wideUnary("TANH_I16") },
  RELU_I16: { shape: anyShape, append: wideUnary("RELU_I16") },
  RELU6_I16: { shape: anyShape, append: wideUnary("RELU6_I16") },
  SUB_I16: { shape: anyShape, append: wideBinary("SUB_I16", secondShape) },
  SOFTMAX_I16: { shape: classes, append: wideSoftmax },
  LEAKY_RELU_I16: { shape: anyShape, append: wideLeakyRelu },
};

export const KINDS = Object.keys(OPERATORS) as RandomKind[];

/** Those that take uint8 as well. */
const EDGE_KINDS: readonly RandomKind[] = [
  ...(["QUANTIZE", "DEQUANTIZE_QUANTIZE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS"] as const),
  ...(["STRIDED_SLICE", "TRANSPOSE", "GATHER", "ARG_MAX", "ARG_MIN"] as const),
];

/** Of curves also the powers of two that TFLite's kernels take without a multiplier; of SOFTMAX no more than int32 holds. */
function wideScale(dice: Dice, kind: RandomKind): number {
  if (kind === "SOFTMAX_I16") return anyScale(dice, -16, -2);
  return kind === "LOGISTIC_I16" || kind === "TANH_I16"
    ? dice.pick([2 ** -12, 2 ** -11, 2 ** -13, anyScale(dice, -20, 1), anyScale(dice, -14, -10)])
    : anyScale(dice, -14, -6);
}

/** A fresh graph input that the operator takes; scales that make sense for its non-linearity. */
export function inputFor(draft: Draft, kind: RandomKind): number {
  const { dice } = draft;
  const curved = kind === "SOFTMAX" || kind === "LOGISTIC" || kind === "TANH";
  const quantised = curved
    ? { scale: anyScale(dice, -9, 2), zeroPoint: anyZeroPoint(dice) }
    : anyQuantisation(dice);
  const shape = OPERATORS[kind].shape(dice);
  if (kind.endsWith("_I16")) return wideInput(draft, shape, wideScale(dice, kind));
  if (!EDGE_KINDS.includes(kind) || dice.chance(0.5)) return graphInput(draft, shape, quantised);
  const input = unsigned(draft, shape, quantised);
  draft.inputs.push(input);
  return input;
}
