/**
 * The graph: the first narrow waist. Importers and networks built by code write it, the compiler reads it.
 * Plain readonly data; it knows no file format and no backend.
 *
 * A layered graph carries TFLite's operator names and quantisation. A spiking graph (spiking-graph.ts) carries NIR's
 * names and SI units. Version: bump GRAPH_VERSION when the meaning of a field changes.
 */
import { at } from "./at.ts";
import type { Front } from "./signal-graph.ts";
import type { SpikingGraph } from "./spiking-graph.ts";

export const GRAPH_VERSION = 2;

export type Graph = LayeredGraph | SpikingGraph;

/** Where a graph came from, for the manifest. */
export type Source = {
  /** file name without folders, or the `net:` text */
  readonly name: string;
  readonly format: "tflite" | "nir" | "graph" | "net";
  /** SHA-256 of the source bytes, hex */
  readonly sha256: string;
};

export type LayeredGraph = {
  readonly kind: "layered";
  readonly source: Source;
  readonly tensors: readonly Tensor[];
  /** In execution order. */
  readonly nodes: readonly LayerNode[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** what it keeps from one inference to the next, in the order in which it lies in the state; left out where nothing is */
  readonly variables?: readonly Variable[];
  /** class names found in the file, if any */
  readonly labels: readonly string[] | null;
  /** from samples to the only input, where the module has to make it: then a step takes a hop of samples */
  readonly front?: Front;
};

/** A graph input or output: the tensor of bytes inside, and what the file shows outside. */
export type Port = {
  /** index into tensors; of type i8, u8 or i16, of outputs also i32 */
  readonly tensor: number;
  /** that type; f32 where the file has a QUANTIZE or DEQUANTIZE at this edge: the host converts */
  readonly edge: "i8" | "u8" | "i16" | "i32" | "f32";
};

/** A tensor that outlives a step: the step reads it as it was left, and leaves it as another tensor is at the end. */
export type Variable = {
  readonly name: string;
  /** index into tensors: what it holds during the step. No node writes it */
  readonly tensor: number;
  /** index of the tensor, as large, whose bytes it holds afterwards */
  readonly next: number;
  /** what it holds before the first step */
  readonly initial: Uint8Array;
};

export type Tensor = {
  readonly name: string;
  /** static shape; layers are NHWC with batch 1 */
  readonly shape: readonly number[];
  /**
   * u8 at the edges, where QUANTIZE makes i8 of it or it of i8, and weights of networks that compute in uint8; i16 in
   * states, and activations of layers with _I16 in their name, whose biases may be i64
   */
  readonly dtype: "i8" | "u8" | "i16" | "i32" | "i64";
  readonly quantization: Quantization;
  /** constant contents, little-endian row-major, or null for an activation */
  readonly data: Uint8Array | null;
};

/**
 * real = scale · (q − zeroPoint). Scales are float32 values held in doubles. One entry, or one per channel of `axis`.
 * A bias whose source says none has scale 1; it counts in its input's scale times its weights' whatever it says.
 */
export type Quantization = {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
};

export type Activation = "NONE" | "RELU" | "RELU6" | "RELU_N1_TO_1";

/** Padding in pixels, resolved at import from SAME or VALID: the odd pixel of SAME goes to bottom and right. */
export type Padding2d = {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
};

export type Window2d = {
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly padding: Padding2d;
};

type NodeBase = {
  /** operator index in the source file; names dumps and messages */
  readonly index: number;
  /** the name of the output tensor in the source: what a user recognises */
  readonly name: string;
  /** indices into tensors; constants included, in TFLite's operand order */
  readonly inputs: readonly number[];
  readonly output: number;
  /** which output it is, of an operator of the file that has several and became a node for each */
  readonly part?: number;
};

/**
 * One layer. Attributes are those of TFLite's options tables; operators/ says what they may be. Weights: CONV_2D OHWI,
 * DEPTHWISE 1HWC, FC [out,in].
 */
export type LayerNode = NodeBase &
  (
    | { readonly kind: "CONV_2D"; readonly window: Window2d; readonly activation: Activation }
    /** _I16 here and below: of int16 activations, with int8 weights and 64-bit sums where the standard has them */
    | { readonly kind: "CONV_2D_I16"; readonly window: Window2d; readonly activation: Activation }
    /** the window is that of the convolution which leads from its output to its input */
    | {
        readonly kind: "TRANSPOSE_CONV";
        readonly window: Window2d;
        readonly activation: Activation;
      }
    | {
        readonly kind: "DEPTHWISE_CONV_2D";
        readonly window: Window2d;
        readonly multiplier: number;
        readonly activation: Activation;
      }
    | {
        readonly kind: "DEPTHWISE_CONV_2D_I16";
        readonly window: Window2d;
        readonly multiplier: number;
        readonly activation: Activation;
      }
    | { readonly kind: "FULLY_CONNECTED"; readonly activation: Activation }
    | { readonly kind: "FULLY_CONNECTED_I16"; readonly activation: Activation }
    | { readonly kind: "ADD_I16" | "SUB_I16" | "MUL_I16"; readonly activation: Activation }
    | {
        readonly kind: "AVERAGE_POOL_2D_I16" | "MAX_POOL_2D_I16";
        readonly window: Window2d;
        readonly filterH: number;
        readonly filterW: number;
        readonly activation: Activation;
      }
    | { readonly kind: "LOGISTIC_I16" | "TANH_I16" | "RELU_I16" | "RELU6_I16" }
    | { readonly kind: "SOFTMAX_I16"; readonly beta: number }
    | { readonly kind: "LEAKY_RELU_I16"; readonly alpha: number }
    | { readonly kind: "ADD" | "SUB" | "MUL" | "DIV"; readonly activation: Activation }
    /** AVERAGE_POOL_2D_U8: of bytes that stand for uint8, 128 more each; its mean is rounded half up */
    | {
        readonly kind: "AVERAGE_POOL_2D" | "AVERAGE_POOL_2D_U8" | "MAX_POOL_2D";
        readonly window: Window2d;
        readonly filterH: number;
        readonly filterW: number;
        readonly activation: Activation;
      }
    /** over these axes, sorted, non-negative */
    | { readonly kind: "MEAN" | "SUM"; readonly axes: readonly number[] }
    /** both operands and the output in one quantisation */
    | { readonly kind: "MAXIMUM" | "MINIMUM" }
    /** the second operand holds the slopes below zero */
    | { readonly kind: "PRELU" }
    | { readonly kind: "RESHAPE" | "SQUEEZE" | "EXPAND_DIMS" }
    | { readonly kind: "SOFTMAX"; readonly beta: number }
    | { readonly kind: "LOGISTIC" | "TANH" | "RELU" | "RELU6" | "ABS" | "HARD_SWISH" }
    | { readonly kind: "LEAKY_RELU"; readonly alpha: number }
    | { readonly kind: "CONCATENATION"; readonly axis: number }
    /** side by side along a new axis */
    | { readonly kind: "PACK"; readonly axis: number }
    /** before and after per axis of the input; filled with the output's zero point */
    | {
        readonly kind: "PAD";
        readonly before: readonly number[];
        readonly after: readonly number[];
      }
    /** of every axis of the input the elements begin, begin + stride, … as many as its extent; axes of 1 may go */
    | {
        readonly kind: "STRIDED_SLICE";
        readonly begin: readonly number[];
        readonly strides: readonly number[];
        readonly extents: readonly number[];
      }
    /** axis k of the output is axis permutation[k] of the input */
    | { readonly kind: "TRANSPOSE"; readonly permutation: readonly number[] }
    /** of an image, to the output's height and width; the flags are TFLite's, 0 or 1 */
    | {
        readonly kind: "RESIZE_NEAREST_NEIGHBOR" | "RESIZE_BILINEAR";
        readonly alignCorners: number;
        readonly halfPixelCenters: number;
      }
    /** along one axis the elements of these indices */
    | { readonly kind: "GATHER"; readonly axis: number; readonly indices: readonly number[] }
    /**
     * operands: the input, weights for it and for the hidden state (input, forget, cell, output gate each), their biases,
     * hidden state, cell state. States are written where they are: variables that are assigned themselves
     */
    | { readonly kind: "UNIDIRECTIONAL_SEQUENCE_LSTM"; readonly cellClip: number }
    /** operands: the input, weights of features and of time, biases, the state, which is such a variable */
    | { readonly kind: "SVDF"; readonly rank: number }
    /** where along the axis the largest or least value is; int32, and an output of the network */
    | { readonly kind: "ARG_MAX" | "ARG_MIN"; readonly axis: number }
    /** requantisation in the middle of a graph: int8 and int16 to one another, uint8 at its edges */
    | { readonly kind: "QUANTIZE" }
    /** DEQUANTIZE followed by QUANTIZE in the middle of a graph: through float32, as TFLite's two kernels do */
    | { readonly kind: "DEQUANTIZE_QUANTIZE" }
  );

/** Under this name a layer is kept and dumped: op03_CONV_2D, of several outputs op03_STRIDED_SLICE_1. */
export const layerName = ({ index, kind, part }: LayerNode): string =>
  `op${String(index).padStart(2, "0")}_${kind}${part === undefined ? "" : `_${part}`}`;

export type LayerKind = LayerNode["kind"];
export type NodeOf<K extends LayerKind> = LayerNode & { readonly kind: K };

export const variablesOf = ({ variables }: LayeredGraph): readonly Variable[] => variables ?? [];

export const elements = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Bytes a tensor occupies in linear memory. */
export const byteLength = (tensor: Tensor): number => elements(tensor.shape) * elementBytes(tensor);

export const elementBytes = ({ dtype }: Tensor): number => ELEMENT_BYTES[dtype];

const ELEMENT_BYTES = { i8: 1, u8: 1, i16: 2, i32: 4, i64: 8 } as const;

/** The constant int8 values of a tensor; of uint8, each 128 less. Throws only on a graph that breaks its own type. */
export function int8Data(tensor: Tensor): Int8Array {
  if (tensor.data === null) throw new Error(`${tensor.name} is not constant`);
  if (tensor.dtype === "u8") return Int8Array.from(tensor.data, (byte) => byte - 128);
  return new Int8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** The constant int16 values of a tensor, read little-endian at any alignment. */
export function int16Data(tensor: Tensor): Int16Array {
  if (tensor.data === null) throw new Error(`${tensor.name} is not constant`);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Int16Array.from({ length: tensor.data.byteLength >> 1 }, (_, k) =>
    view.getInt16(k * 2, true),
  );
}

/** The constant int32 values of a tensor, read little-endian at any alignment. */
export function int32Data(tensor: Tensor): Int32Array {
  if (tensor.data === null) throw new Error(`${tensor.name} is not constant`);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Int32Array.from({ length: tensor.data.byteLength >> 2 }, (_, k) =>
    view.getInt32(k * 4, true),
  );
}

/** The constant values of a bias, int32 or int64. */
export function biasData(tensor: Tensor): readonly bigint[] {
  if (tensor.dtype !== "i64") return Array.from(int32Data(tensor), BigInt);
  if (tensor.data === null) throw new Error(`${tensor.name} is not constant`);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Array.from({ length: tensor.data.byteLength >> 3 }, (_, k) =>
    view.getBigInt64(k * 8, true),
  );
}

/** Scale and zero point of a tensor that has one of each. Throws on one quantised by channel: which would be a guess. */
export function perTensor(tensor: Tensor): { scale: number; zeroPoint: number } {
  const { scales, zeroPoints } = tensor.quantization;
  if (scales.length !== 1 || zeroPoints.length !== 1) {
    throw new Error(
      `${tensor.name} has ${scales.length} scales and ${zeroPoints.length} zero points`,
    );
  }
  return { scale: at(scales, 0), zeroPoint: at(zeroPoints, 0) };
}
