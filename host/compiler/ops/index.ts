/** The operator table of the compiler: one row per TFLite operator, one file per row. */
import { problem, TwentyWattError } from "../../errors.ts";
import type { LayerKind } from "../../model/graph.ts";
import type { Rows } from "../lowering.ts";
import { conv2d } from "./conv-2d.ts";
import { depthwiseConv2d } from "./depthwise-conv-2d.ts";
import { fullyConnected } from "./fully-connected.ts";

const missing =
  (kind: LayerKind) =>
  (node: { readonly name: string }): never => {
    throw new TwentyWattError(problem("MODEL_OP", node.name, kind, "an operator with a kernel"));
  };

/** Rows replace `missing` as their kernels arrive. */
export const ROWS: Rows = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  ADD: missing("ADD"),
  SUB: missing("SUB"),
  MUL: missing("MUL"),
  AVERAGE_POOL_2D: missing("AVERAGE_POOL_2D"),
  MAX_POOL_2D: missing("MAX_POOL_2D"),
  MEAN: missing("MEAN"),
  RESHAPE: (node) => ({ alias: node.inputs[0] ?? -1 }),
  SQUEEZE: (node) => ({ alias: node.inputs[0] ?? -1 }),
  EXPAND_DIMS: (node) => ({ alias: node.inputs[0] ?? -1 }),
  SOFTMAX: missing("SOFTMAX"),
  LOGISTIC: missing("LOGISTIC"),
  TANH: missing("TANH"),
  RELU: missing("RELU"),
  RELU6: missing("RELU6"),
  LEAKY_RELU: missing("LEAKY_RELU"),
  CONCATENATION: missing("CONCATENATION"),
  PAD: missing("PAD"),
  QUANTIZE: missing("QUANTIZE"),
  DEQUANTIZE_QUANTIZE: missing("DEQUANTIZE_QUANTIZE"),
};
