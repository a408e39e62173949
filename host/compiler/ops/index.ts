/** The operator table of the compiler: one row per TFLite operator, one file per kernel. */
import { at } from "../../model/at.ts";
import type { Row, Rows } from "../lowering.ts";
import { abs } from "./abs.ts";
import { argMax, argMin } from "./arg-extremum.ts";
import { add, div, mul, sub } from "./binary.ts";
import { conv2d } from "./conv-2d.ts";
import { depthwiseConv2d } from "./depthwise-conv-2d.ts";
import { dequantizeQuantize } from "./dequantize-quantize.ts";
import { addI16, leakyReluI16, logisticI16, mulI16, subI16, tanhI16 } from "./elementwise-i16.ts";
import { maximum, minimum } from "./extremum.ts";
import { fullyConnected } from "./fully-connected.ts";
import { hardSwish } from "./hard-swish.ts";
import { leakyRelu } from "./leaky-relu.ts";
import { logistic, tanh } from "./logistic.ts";
import { lstm } from "./lstm.ts";
import { mean, sum } from "./mean.ts";
import { gather, resizeNearestNeighbor, stridedSlice, transpose } from "./move.ts";
import { concatenation, pack, pad } from "./place.ts";
import {
  averagePool2d,
  averagePool2dI16,
  averagePool2dU8,
  maxPool2d,
  maxPool2dI16,
} from "./pool.ts";
import { prelu } from "./prelu.ts";
import { quantize, relu, relu6, relu6I16, reluI16 } from "./quantize.ts";
import { resizeBilinear } from "./resize-bilinear.ts";
import { softmax } from "./softmax.ts";
import { softmaxI16 } from "./softmax-i16.ts";
import { svdf } from "./svdf.ts";
import { transposeConv } from "./transpose-conv.ts";
import { conv2dI16, depthwiseConv2dI16, fullyConnectedI16 } from "./weighted-i16.ts";

/** The output is the input's memory under another shape. */
const renamed: Row<"RESHAPE" | "SQUEEZE" | "EXPAND_DIMS"> = (node) => ({
  alias: at(node.inputs, 0),
  offset: 0,
});

export const ROWS: Rows = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  CONV_2D_I16: conv2dI16,
  DEPTHWISE_CONV_2D_I16: depthwiseConv2dI16,
  FULLY_CONNECTED_I16: fullyConnectedI16,
  ADD_I16: addI16,
  SUB_I16: subI16,
  MUL_I16: mulI16,
  AVERAGE_POOL_2D_I16: averagePool2dI16,
  MAX_POOL_2D_I16: maxPool2dI16,
  LOGISTIC_I16: logisticI16,
  TANH_I16: tanhI16,
  SOFTMAX_I16: softmaxI16,
  LEAKY_RELU_I16: leakyReluI16,
  RELU_I16: reluI16,
  RELU6_I16: relu6I16,
  TRANSPOSE_CONV: transposeConv,
  ADD: add,
  SUB: sub,
  MUL: mul,
  DIV: div,
  AVERAGE_POOL_2D: averagePool2d,
  AVERAGE_POOL_2D_U8: averagePool2dU8,
  MAX_POOL_2D: maxPool2d,
  MEAN: mean,
  SUM: sum,
  MAXIMUM: maximum,
  MINIMUM: minimum,
  PRELU: prelu,
  RESHAPE: renamed,
  SQUEEZE: renamed,
  EXPAND_DIMS: renamed,
  SOFTMAX: softmax,
  LOGISTIC: logistic,
  TANH: tanh,
  RELU: relu,
  RELU6: relu6,
  LEAKY_RELU: leakyRelu,
  ABS: abs,
  HARD_SWISH: hardSwish,
  CONCATENATION: concatenation,
  PACK: pack,
  PAD: pad,
  STRIDED_SLICE: stridedSlice,
  TRANSPOSE: transpose,
  RESIZE_NEAREST_NEIGHBOR: resizeNearestNeighbor,
  RESIZE_BILINEAR: resizeBilinear,
  GATHER: gather,
  UNIDIRECTIONAL_SEQUENCE_LSTM: lstm,
  SVDF: svdf,
  ARG_MAX: argMax,
  ARG_MIN: argMin,
  QUANTIZE: quantize,
  DEQUANTIZE_QUANTIZE: dequantizeQuantize,
};
