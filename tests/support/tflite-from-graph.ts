/** A layered graph → the .tflite file that a converter would write for it: the importer's inverse. */
import {
  type Activation,
  type LayeredGraph,
  type LayerNode,
  type Tensor,
  variablesOf,
} from "../../host/model/graph.ts";
import { f32, i8, i32, type Table, text, u8, vector } from "./flatbuffer-writer.ts";
import {
  type FileGraph,
  type FileOperator,
  type FileTensor,
  type ModelFile,
  writeTflite,
} from "./tflite-writer.ts";

export const tfliteBytes = (graph: LayeredGraph): Uint8Array => writeTflite(tfliteModel(graph));

export function tfliteModel(graph: LayeredGraph): ModelFile {
  const model: ModelFile = {
    tensors: graph.tensors.map((tensor, t) =>
      statesOf(graph).has(t) ? { ...fileTensor(tensor), variable: true } : fileTensor(tensor),
    ),
    operators: [],
    inputs: [],
    outputs: [],
  };
  const add = (tensor: FileTensor): number => model.tensors.push(tensor) - 1;
  const floatLike = (t: number): number =>
    add({ ...tensorOf(graph, t), name: `${tensorOf(graph, t).name}_float`, type: "float32" });

  model.inputs = graph.inputs.map(({ tensor, edge }) => {
    if (edge !== "f32") return tensor;
    const float = floatLike(tensor);
    model.operators.push({ kind: "QUANTIZE", inputs: [float], outputs: [tensor] });
    return float;
  });
  const assigned = declareVariables(graph, model);
  const ended = (t: number) => model.operators.push(...(assigned.get(t) ?? []));
  graph.tensors.forEach((_, t) => {
    if (!graph.nodes.some(({ output }) => output === t)) ended(t);
  });
  for (const node of graph.nodes) {
    const outputs = [node.output];
    if (node.kind === "DEQUANTIZE_QUANTIZE") {
      const float = floatLike(node.output);
      model.operators.push({ kind: "DEQUANTIZE", inputs: node.inputs, outputs: [float] });
      model.operators.push({ kind: "QUANTIZE", inputs: [float], outputs });
      ended(node.output);
      continue;
    }
    const operands = extraOperands(graph, node).map((values, k) =>
      add({
        name: `${node.name}/operand_${k}`,
        shape: [values.length],
        type: "int32",
        data: new Uint8Array(Int32Array.from(values).buffer),
      }),
    );
    const options = optionsOf(graph, node);
    const own =
      node.kind === "UNIDIRECTIONAL_SEQUENCE_LSTM" ? lstmOperands(node.inputs) : node.inputs;
    const inputs = ordered(node.kind, [...own, ...operands]);
    const kind = fileKind(node.kind);
    model.operators.push({ kind, inputs, outputs, ...(options && { options }) });
    ended(node.output);
  }
  model.outputs = graph.outputs.map(({ tensor, edge }) => {
    if (edge !== "f32") return tensor;
    const float = floatLike(tensor);
    model.operators.push({ kind: "DEQUANTIZE", inputs: [tensor], outputs: [float] });
    return float;
  });
  return model;
}

/**
 * Every variable's handle and, at the start, what reads it; a second subgraph that initialises them all, called first.
 *
 * @returns by the tensor that must be there what assigns it
 */
function declareVariables(
  graph: LayeredGraph,
  model: ModelFile,
): ReadonlyMap<number, readonly FileOperator[]> {
  // what a layer writes by itself is a variable tensor of the file
  const states = statesOf(graph);
  const variables = variablesOf(graph).filter(({ tensor }) => !states.has(tensor));
  const assigned = new Map<number, FileOperator[]>();
  if (variables.length === 0) return assigned;
  const called: FileGraph = { tensors: [], operators: [], inputs: [], outputs: [] };
  model.operators.push({ kind: "CALL_ONCE", inputs: [], outputs: [], options: [i32(1)] });
  const handle = (graphOf: FileGraph, tensor: FileTensor): number => {
    const at = graphOf.tensors.push(tensor) - 1;
    const options = [text("keeper"), text(tensor.name)];
    graphOf.operators.push({ kind: "VAR_HANDLE", inputs: [], outputs: [at], options });
    return at;
  };
  for (const { name, tensor, next, initial } of variables) {
    const resource: FileTensor = { name, shape: [1], type: "resource" };
    const own = handle({ ...called, tensors: model.tensors, operators: model.operators }, resource);
    model.operators.push({ kind: "READ_VARIABLE", inputs: [own], outputs: [tensor] });
    const assign = (from: number): FileOperator => {
      return { kind: "ASSIGN_VARIABLE", inputs: [own, from], outputs: [] };
    };
    assigned.set(next, [...(assigned.get(next) ?? []), assign(next)]);
    const there = handle(called, resource);
    const value = {
      ...fileTensor(tensorOf(graph, tensor)),
      name: `${name}/initial`,
      data: initial,
    };
    const at = called.tensors.push(value) - 1;
    called.operators.push({ kind: "ASSIGN_VARIABLE", inputs: [there, at], outputs: [] });
  }
  model.others = [called];
  return assigned;
}

/** Tensors that recurrent layers write where they are. */
const statesOf = (graph: LayeredGraph): ReadonlySet<number> =>
  new Set(
    graph.nodes.flatMap(({ kind, inputs }) =>
      kind === "UNIDIRECTIONAL_SEQUENCE_LSTM"
        ? inputs.slice(13)
        : kind === "SVDF"
          ? inputs.slice(4)
          : [],
    ),
  );

type FileKind = Exclude<
  LayerNode["kind"],
  `${string}_I16` | "AVERAGE_POOL_2D_U8" | "DEQUANTIZE_QUANTIZE"
>;

/** The name that the file has for it: types of tensors say the rest. */
export const fileKind = (kind: LayerNode["kind"]): FileKind =>
  kind.replace(/_(I16|U8)$/, "") as FileKind;

/** TRANSPOSE_CONV has the shape of its output first, and its weights before its input. */
function ordered(kind: LayerNode["kind"], inputs: readonly number[]): readonly number[] {
  if (kind !== "TRANSPOSE_CONV") return inputs;
  const [input = -1, weights = -1, bias = -1, shape = -1] = inputs;
  return [shape, weights, input, bias];
}

/** The 24 operands of TFLite, of which most LSTMs leave nine out. */
function lstmOperands(inputs: readonly number[]): readonly number[] {
  const none = Array<number>(3).fill(-1);
  return [
    ...[...inputs.slice(0, 9), ...none, ...inputs.slice(9, 13)],
    ...[-1, -1, ...inputs.slice(13), ...none, -1],
  ];
}

const TYPES = { i8: "int8", u8: "uint8", i16: "int16", i32: "int32", i64: "int64" } as const;

function fileTensor({ name, shape, dtype, quantization, data }: Tensor): FileTensor {
  const { scales, zeroPoints, axis } = quantization;
  return { name, shape, type: TYPES[dtype], data, scales, zeroPoints, axis };
}

function tensorOf(graph: LayeredGraph, t: number | undefined): Tensor {
  const tensor = graph.tensors[t ?? -1];
  if (!tensor) throw new Error(`no tensor ${t}`);
  return tensor;
}

/** Constants that TFLite passes as operands where the graph has attributes. */
function extraOperands(graph: LayeredGraph, node: LayerNode): readonly (readonly number[])[] {
  const { shape } = tensorOf(graph, node.output);
  switch (node.kind) {
    case "RESHAPE":
    case "TRANSPOSE_CONV":
      return [shape];
    case "EXPAND_DIMS":
      return [[0]];
    case "MEAN":
    case "SUM":
      return [node.axes];
    case "STRIDED_SLICE": {
      const ends = node.begin.map((first, axis) => {
        const last = first + ((node.extents[axis] ?? 1) - 1) * (node.strides[axis] ?? 1);
        return (node.strides[axis] ?? 1) > 0 ? last + 1 : last - 1;
      });
      return [node.begin, ends, node.strides];
    }
    case "TRANSPOSE":
      return [node.permutation];
    case "ARG_MAX":
    case "ARG_MIN":
      return [[node.axis]];
    case "RESIZE_NEAREST_NEIGHBOR":
    case "RESIZE_BILINEAR":
      return [shape.slice(1, 3)];
    case "GATHER":
      return [node.indices];
    case "PAD":
      return [node.before.flatMap((before, k) => [before, node.after[k] ?? 0])];
    default:
      return [];
  }
}

const ACTIVATION_CODES: Readonly<Record<Activation, number>> = {
  NONE: 0,
  RELU: 1,
  RELU_N1_TO_1: 2,
  RELU6: 3,
};

/** The options table of the node's kind, by field number; undefined where there is none. */
function optionsOf(graph: LayeredGraph, node: LayerNode): Table["fields"] | undefined {
  switch (node.kind) {
    case "CONV_2D":
    case "CONV_2D_I16": {
      const { strideW, strideH, dilationW, dilationH } = node.window;
      const [padding, activation] = [paddingOf(graph, node), activationOf(node)];
      return [padding, i32(strideW), i32(strideH), activation, i32(dilationW), i32(dilationH)];
    }
    case "TRANSPOSE_CONV": {
      const { strideW, strideH, padding } = node.window;
      const [, outH = 0, outW = 0] = tensorOf(graph, node.output).shape;
      const [, height = 0, width = 0] = tensorOf(graph, node.inputs[0]).shape;
      const [, filterH = 0, filterW = 0] = tensorOf(graph, node.inputs[1]).shape;
      const padded = padding.top + padding.bottom + padding.left + padding.right > 0;
      const covered = Math.floor((outH - filterH) / strideH) + 1 === height;
      const valid = !padded && covered && Math.floor((outW - filterW) / strideW) + 1 === width;
      return [i8(valid ? 1 : 0), i32(strideW), i32(strideH), activationOf(node)];
    }
    case "DEPTHWISE_CONV_2D":
    case "DEPTHWISE_CONV_2D_I16": {
      const { strideW, strideH, dilationW, dilationH } = node.window;
      const head = [paddingOf(graph, node), i32(strideW), i32(strideH), i32(node.multiplier)];
      return [...head, activationOf(node), i32(dilationW), i32(dilationH)];
    }
    case "AVERAGE_POOL_2D":
    case "AVERAGE_POOL_2D_U8":
    case "AVERAGE_POOL_2D_I16":
    case "MAX_POOL_2D_I16":
    case "MAX_POOL_2D": {
      const { strideW, strideH } = node.window;
      const head = [paddingOf(graph, node), i32(strideW), i32(strideH)];
      return [...head, i32(node.filterW), i32(node.filterH), activationOf(node)];
    }
    case "FULLY_CONNECTED":
    case "FULLY_CONNECTED_I16":
      return [activationOf(node), i8(0), u8(1), u8(0)];
    case "ADD":
    case "ADD_I16":
    case "SUB_I16":
    case "MUL_I16":
    case "SUB":
    case "MUL":
    case "DIV":
      return [activationOf(node)];
    case "CONCATENATION":
      return [i32(node.axis), i8(0)];
    case "PACK":
      return [i32(node.inputs.length), i32(node.axis)];
    case "STRIDED_SLICE": {
      const { begin, strides, extents } = node;
      // backwards to the first element: an end of −1 would mean the last
      const toFirst = begin.map((first, k) => first + (extents[k] ?? 1) * (strides[k] ?? 1) < 0);
      const shrunk = shrunkAxes(extents, tensorOf(graph, node.output).shape);
      return [i32(0), i32(bits(toFirst)), i32(0), i32(0), i32(bits(shrunk)), u8(0)];
    }
    case "RESIZE_NEAREST_NEIGHBOR":
      return [u8(node.alignCorners), u8(node.halfPixelCenters)];
    case "GATHER":
      return [i32(node.axis), i32(0)];
    case "UNIDIRECTIONAL_SEQUENCE_LSTM":
      return [i8(4), f32(node.cellClip), f32(0), u8(0), u8(0)]; // 4: TANH
    case "SVDF":
      return [i32(node.rank), i8(1), u8(0)];
    case "ARG_MAX":
    case "ARG_MIN":
      return [u8(2)]; // int32
    case "SOFTMAX":
    case "SOFTMAX_I16":
      return [f32(node.beta)];
    case "LEAKY_RELU":
    case "LEAKY_RELU_I16":
      return [f32(node.alpha)];
    case "RESHAPE":
      return [vector(tensorOf(graph, node.output).shape.map(i32))];
    case "RESIZE_BILINEAR":
      return [i32(0), i32(0), u8(node.alignCorners), u8(node.halfPixelCenters)];
    case "MEAN":
    case "SUM":
      return [
        u8(
          tensorOf(graph, node.output).shape.length === tensorOf(graph, node.inputs[0]).shape.length
            ? 1
            : 0,
        ),
      ];
    default:
      return undefined;
  }
}

const bits = (flags: readonly boolean[]): number =>
  flags.reduce((mask, flag, k) => mask + (flag ? 2 ** k : 0), 0);

/** Axes of one element that the output no longer has. */
function shrunkAxes(extents: readonly number[], to: readonly number[]): readonly boolean[] {
  let left = extents.length - to.length;
  let next = 0;
  return extents.map((extent) => {
    const gone = left > 0 && extent === 1 && (to[next] !== 1 || extents.length - next === left);
    if (gone) left -= 1;
    else next += 1;
    return gone;
  });
}

const activationOf = ({ activation }: { readonly activation: Activation }) =>
  i8(ACTIVATION_CODES[activation]);

type WindowNode = LayerNode & {
  readonly kind:
    | "CONV_2D"
    | "CONV_2D_I16"
    | "DEPTHWISE_CONV_2D"
    | "DEPTHWISE_CONV_2D_I16"
    | "AVERAGE_POOL_2D"
    | "AVERAGE_POOL_2D_U8"
    | "AVERAGE_POOL_2D_I16"
    | "MAX_POOL_2D_I16"
    | "MAX_POOL_2D";
};

/** VALID where the window fits without padding and gives the output's size; else SAME. */
function paddingOf(graph: LayeredGraph, node: WindowNode) {
  const { top, bottom, left, right } = node.window.padding;
  const pool = "filterH" in node;
  const [, filterH = 1, filterW = 1] = pool
    ? [1, node.filterH, node.filterW]
    : tensorOf(graph, node.inputs[1]).shape;
  const { strideH, strideW, dilationH, dilationW } = node.window;
  const [, height = 0, width = 0] = tensorOf(graph, node.inputs[0]).shape;
  const [, outHeight, outWidth] = tensorOf(graph, node.output).shape;
  const valid = (size: number, filter: number, stride: number, dilation: number) =>
    Math.floor((size + stride - (filter - 1) * dilation - 1) / stride);
  const fits =
    top + bottom + left + right === 0 &&
    valid(height, filterH, strideH, dilationH) === outHeight &&
    valid(width, filterW, strideW, dilationW) === outWidth;
  return i8(fits ? 1 : 0);
}
