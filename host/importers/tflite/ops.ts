/** The operator table of TFLite: one row per builtin operator, from options and constants to the attributes of a node. */
import { at } from "../../model/at.ts";
import {
  int8Data,
  int16Data,
  type LayerKind,
  type LayerNode,
  perTensor,
  type Tensor,
} from "../../model/graph.ts";
import type { Attributes } from "../../model/operators/index.ts";
import type { Operator, Row } from "./operator.ts";
import { tensorAt } from "./read.ts";
import { lstm, svdf } from "./recurrent.ts";
import {
  BINARY_OPTIONS,
  CONCATENATION_OPTIONS,
  CONV_OPTIONS,
  DEPTHWISE_OPTIONS,
  FULLY_CONNECTED_OPTIONS,
  GATHER_OPTIONS,
  LEAKY_RELU_OPTIONS,
  PACK_OPTIONS,
  POOL_OPTIONS,
  RESIZE_BILINEAR_OPTIONS,
  RESIZE_NEAREST_OPTIONS,
  SOFTMAX_OPTIONS,
  TRANSPOSE_CONV_OPTIONS,
} from "./schema.ts";
import { fromFront, slice, split, splitV, stridedSlice, unpack } from "./slices.ts";

/** Operands alone say what it does. */
const PLAIN = { more: 0, attributes: () => ({}) };
/** The second operand names the output's shape, which the file holds. */
const RENAMED = { more: 1, attributes: () => ({}) };
const BINARY = {
  more: 0,
  attributes: (op: Operator) => ({ activation: op.activation(BINARY_OPTIONS.activation) }),
};
const POOL = { more: 0, attributes: pool };
const SOFTMAX = {
  more: 0,
  attributes: (op: Operator) => ({ beta: op.float(SOFTMAX_OPTIONS.beta) }),
};
const LEAKY_RELU = {
  more: 0,
  attributes: (op: Operator) => ({ alpha: op.float(LEAKY_RELU_OPTIONS.alpha) }),
};

type WideKind = Extract<LayerKind, `${string}_I16`>;

/** Those of which the file has int16 activations under the same name, read in the same way. */
const WIDE: { readonly [K in WideKind]: Row<K> } = {
  CONV_2D_I16: { more: 0, attributes: conv2d },
  DEPTHWISE_CONV_2D_I16: { more: 0, attributes: depthwiseConv2d },
  FULLY_CONNECTED_I16: { more: 0, attributes: fullyConnected },
  ADD_I16: BINARY,
  SUB_I16: BINARY,
  MUL_I16: BINARY,
  AVERAGE_POOL_2D_I16: POOL,
  MAX_POOL_2D_I16: POOL,
  LOGISTIC_I16: PLAIN,
  TANH_I16: PLAIN,
  SOFTMAX_I16: SOFTMAX,
  LEAKY_RELU_I16: LEAKY_RELU,
  RELU_I16: PLAIN,
  RELU6_I16: PLAIN,
};

/** The names of the file are those of the graph, but for what becomes of DEQUANTIZE and of means of uint8. */
const ROWS: {
  readonly [K in Exclude<
    LayerKind,
    | "DEQUANTIZE_QUANTIZE"
    | "AVERAGE_POOL_2D_U8"
    | "UNIDIRECTIONAL_SEQUENCE_LSTM"
    | "SVDF"
    | "TRANSPOSE_CONV"
    | WideKind
  >]: Row<K>;
} = {
  CONV_2D: { more: 0, attributes: conv2d },
  DEPTHWISE_CONV_2D: { more: 0, attributes: depthwiseConv2d },
  FULLY_CONNECTED: { more: 0, attributes: fullyConnected },
  ADD: BINARY,
  SUB: BINARY,
  MUL: BINARY,
  DIV: BINARY,
  AVERAGE_POOL_2D: POOL,
  MAX_POOL_2D: POOL,
  MEAN: { more: 1, attributes: reduction },
  SUM: { more: 1, attributes: reduction },
  MAXIMUM: PLAIN,
  MINIMUM: PLAIN,
  PRELU: PLAIN,
  RESHAPE: RENAMED,
  SQUEEZE: RENAMED,
  EXPAND_DIMS: RENAMED,
  SOFTMAX,
  LOGISTIC: PLAIN,
  TANH: PLAIN,
  RELU: PLAIN,
  RELU6: PLAIN,
  LEAKY_RELU,
  ABS: PLAIN,
  HARD_SWISH: PLAIN,
  CONCATENATION: { more: 0, attributes: concatenation },
  PACK: { more: 0, attributes: pack },
  PAD: { more: 1, attributes: pad },
  STRIDED_SLICE: { more: 3, attributes: stridedSlice },
  TRANSPOSE: { more: 1, attributes: transpose },
  RESIZE_NEAREST_NEIGHBOR: resize(RESIZE_NEAREST_OPTIONS),
  RESIZE_BILINEAR: resize(RESIZE_BILINEAR_OPTIONS),
  GATHER: { more: 1, attributes: gather },
  ARG_MAX: { more: 1, attributes: argExtremum },
  ARG_MIN: { more: 1, attributes: argExtremum },
  QUANTIZE: PLAIN,
};

/** From an operator to its node, or to one for each output; null after noting why. */
type Import = (op: Operator) => LayerNode | readonly LayerNode[] | null;

export const OPS: ReadonlyMap<string, Import> = new Map<string, Import>([
  ...Object.entries(ROWS).map(([kind, row]): [string, Import] => [
    kind,
    (op) => {
      const wide = `${kind}_I16` as WideKind;
      const type = op.tensors.raw(op.operand(0))?.type;
      return type === "int16" && wide in WIDE
        ? op.node(wide, WIDE[wide] as Row<WideKind>)
        : op.node(kind as LayerKind, row as Row<LayerKind>);
    },
  ]),
  ["AVERAGE_POOL_2D", (op) => op.node(averageKind(op), POOL)],
  ["UNIDIRECTIONAL_SEQUENCE_LSTM", lstm],
  ["SVDF", svdf],
  ["TRANSPOSE_CONV", transposeConv],
  ["PADV2", (op) => op.node("PAD", { more: 2, attributes: padV2 })],
  ["DEQUANTIZE", dequantize],
  ["SLICE", (op) => op.node("STRIDED_SLICE", { more: 2, attributes: slice })],
  ["SPLIT", split],
  ["SPLIT_V", splitV],
  ["UNPACK", unpack],
]);

function averageKind(op: Operator) {
  if (op.raw.unsigned) return "AVERAGE_POOL_2D_U8";
  const type = op.tensors.raw(op.operand(0))?.type;
  return type === "int16" ? "AVERAGE_POOL_2D_I16" : "AVERAGE_POOL_2D";
}

type Inputs = readonly Tensor[];

function conv2d(op: Operator, inputs: Inputs): Attributes<"CONV_2D"> | null {
  const window = op.window(at(inputs, 0), filterOf(inputs), CONV_OPTIONS);
  return window && { window, activation: op.activation(CONV_OPTIONS.activation) };
}

/** Operand 0 is the shape of the output, which the file holds; weights come before the input. */
function transposeConv(op: Operator): LayerNode | null {
  const given = op.selected([2, 1, ...(op.raw.inputs.length > 3 ? [3] : [])]);
  return given.node("TRANSPOSE_CONV", {
    more: 0,
    attributes: (own, inputs) => {
      const output = own.tensors.raw(tensorAt(own.raw.outputs, 0))?.shape ?? [];
      // padding as of a convolution over the output
      const over = { ...at(inputs, 0), shape: [1, output[1] ?? 1, output[2] ?? 1, 1] };
      const window = own.window(over, filterOf(inputs), TRANSPOSE_CONV_OPTIONS);
      return window && { window, activation: own.activation(TRANSPOSE_CONV_OPTIONS.activation) };
    },
  });
}

function depthwiseConv2d(op: Operator, inputs: Inputs): Attributes<"DEPTHWISE_CONV_2D"> | null {
  const [depth, channels] = [at(at(inputs, 0).shape, 3), at(at(inputs, 1).shape, 3)];
  // the option of this name is ignored by TFLite, too; what is no multiple is refused by its shape
  const multiplier = Math.max(1, Math.trunc(channels / depth));
  const window = op.window(at(inputs, 0), filterOf(inputs), DEPTHWISE_OPTIONS);
  return window && { window, multiplier, activation: op.activation(DEPTHWISE_OPTIONS.activation) };
}

/** Height and width of weights OHWI or 1HWC. */
function filterOf(inputs: Inputs): readonly [number, number] {
  const { shape } = at(inputs, 1);
  return [at(shape, 1), at(shape, 2)];
}

function fullyConnected(op: Operator): Attributes<"FULLY_CONNECTED"> | null {
  if (op.byte(FULLY_CONNECTED_OPTIONS.weightsFormat) !== 0) {
    return op.refuse("MODEL_OP", "shuffled weights", "the default weights format");
  }
  return { activation: op.activation(FULLY_CONNECTED_OPTIONS.activation) };
}

function pool(
  op: Operator,
  inputs: Inputs,
): Attributes<"AVERAGE_POOL_2D" | "AVERAGE_POOL_2D_U8" | "MAX_POOL_2D"> | null {
  const [filterH, filterW] = [op.option(POOL_OPTIONS.filterH), op.option(POOL_OPTIONS.filterW)];
  const window = op.window(at(inputs, 0), [filterH, filterW], POOL_OPTIONS);
  const activation = op.activation(POOL_OPTIONS.activation);
  return window && { window, filterH, filterW, activation };
}

/** The second operand is the size that the output has. */
function resize(options: typeof RESIZE_NEAREST_OPTIONS | typeof RESIZE_BILINEAR_OPTIONS) {
  const attributes = (op: Operator) => ({
    alignCorners: op.flag(options.alignCornersFlag),
    halfPixelCenters: op.flag(options.halfPixelCentersFlag),
  });
  return { more: 1, attributes };
}

function reduction(op: Operator, inputs: Inputs): Attributes<"MEAN" | "SUM"> | null {
  const given = op.tensors.integers(op.operand(1));
  if (given === null) return op.refuse("MODEL_OP", "axes that are computed", "constant axes");
  const rank = at(inputs, 0).shape.length;
  const axes = new Set(given.map((axis) => fromFront(axis, rank)));
  return { axes: [...axes].sort((a, b) => a - b) };
}

function concatenation(op: Operator, inputs: Inputs): Attributes<"CONCATENATION"> | null {
  const activation = op.activation(CONCATENATION_OPTIONS.activation);
  if (activation !== "NONE") return op.refuse("MODEL_OP", `fused ${activation}`, "NONE");
  const axis = op.option(CONCATENATION_OPTIONS.axis);
  return { axis: fromFront(axis, at(inputs, 0).shape.length) };
}

/** The new axis may stand behind all others. */
function pack(op: Operator, inputs: Inputs): Attributes<"PACK"> {
  const rank = at(inputs, 0).shape.length + 1;
  return { axis: fromFront(op.option(PACK_OPTIONS.axis), rank) };
}

function argExtremum(op: Operator, inputs: Inputs): Attributes<"ARG_MAX" | "ARG_MIN"> | null {
  const [axis, ...others] = op.tensors.integers(op.operand(1)) ?? [];
  if (axis === undefined || others.length > 0) {
    return op.refuse("MODEL_OP", "an axis that is computed", "a constant axis");
  }
  return { axis: fromFront(axis, at(inputs, 0).shape.length) };
}

function transpose(op: Operator, inputs: Inputs): Attributes<"TRANSPOSE"> | null {
  const given = op.tensors.integers(op.operand(1));
  if (given === null) return op.refuse("MODEL_OP", "a computed permutation", "a constant one");
  const rank = at(inputs, 0).shape.length;
  return { permutation: given.map((axis) => fromFront(axis, rank)) };
}

function gather(op: Operator, inputs: Inputs): Attributes<"GATHER"> | null {
  const indices = op.tensors.integers(op.operand(1));
  if (indices === null) {
    return op.refuse("MODEL_OP", "indices that are computed, or many", "at most 256 constants");
  }
  const batchDims = op.option(GATHER_OPTIONS.batchDims);
  if (batchDims !== 0) return op.refuse("MODEL_OP", `batch_dims ${batchDims}`, "0");
  const rank = at(inputs, 0).shape.length;
  return { axis: fromFront(op.option(GATHER_OPTIONS.axis), rank), indices };
}

function pad(op: Operator): Attributes<"PAD"> | null {
  const paddings = op.tensors.integers(op.operand(1));
  if (paddings === null) {
    return op.refuse("MODEL_OP", "paddings that are computed", "constant paddings");
  }
  // [rank, 2]: in turn before and after each axis
  return {
    before: paddings.filter((_, k) => k % 2 === 0),
    after: paddings.filter((_, k) => k % 2 === 1),
  };
}

/** PADV2 brings its own value; only real zero is supported, the value of PAD. */
function padV2(op: Operator, inputs: Inputs): Attributes<"PAD"> | null {
  const { scale, zeroPoint } = perTensor(at(inputs, 0));
  const fill = op.constant(2);
  if (fill === null) {
    return op.refuse("MODEL_OP", "a padding value of no constant", `the zero point ${zeroPoint}`);
  }
  // PAD keeps its input's quantisation, and so must the value
  const own = perTensor(fill);
  if (own.scale !== scale || own.zeroPoint !== zeroPoint) {
    const got = `a padding value of scale ${own.scale}, zero point ${own.zeroPoint}`;
    return op.refuse("MODEL_QUANT", got, `scale ${scale}, zero point ${zeroPoint} of the input`);
  }
  const value = fill.dtype === "i16" ? at(int16Data(fill), 0) : at(int8Data(fill), 0);
  if (value !== zeroPoint) {
    const got = `a padding value of ${value}`;
    return op.refuse("MODEL_OP", got, `the zero point ${zeroPoint}`);
  }
  return pad(op);
}

/** DEQUANTIZE and QUANTIZE in a row. */
export const requantised = (op: Operator): LayerNode | null =>
  op.node("DEQUANTIZE_QUANTIZE", PLAIN);

/** Those before an output or a QUANTIZE never come here. */
function dequantize(op: Operator): null {
  const type = (list: readonly number[]) => op.tensors.raw(tensorAt(list, 0))?.type ?? "nothing";
  const got = `${type(op.raw.inputs)} to ${type(op.raw.outputs)}`;
  return op.refuse("MODEL_QUANT", got, "one int8 tensor to float32");
}
