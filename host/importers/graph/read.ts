/** The fields of a graph, each of its type. What they mean together is check.ts's business. */
import {
  type Activation,
  byteLength,
  GRAPH_VERSION,
  type LayeredGraph,
  type LayerKind,
  type LayerNode,
  type Port,
  type Source,
  type Tensor,
  type Window2d,
} from "../../model/graph.ts";
import type { Fields } from "./fields.ts";

const MAX_RANK = 6;
/** No tensor of a network for sensors is longer along one axis. */
const MAX_EXTENT = 2 ** 26;
const MAX_INDEX = 2 ** 20;
const MAX_WINDOW = 4096;

export function readGraph(graph: Fields, source: Source): LayeredGraph {
  graph.integer("version", GRAPH_VERSION, GRAPH_VERSION);
  graph.oneOf("kind", ["layered"]);
  return {
    kind: "layered",
    source,
    tensors: graph.objects("tensors").map(tensor),
    nodes: graph.objects("nodes").map(node),
    inputs: graph.objects("inputs").map(port),
    outputs: graph.objects("outputs").map(port),
    labels: graph.has("labels") ? graph.texts("labels") : null,
  };
}

function tensor(fields: Fields): Tensor {
  const shape = fields.integers("shape", 1, MAX_EXTENT);
  const quantization = fields.object("quantization");
  const read: Tensor = {
    name: fields.text("name"),
    shape,
    dtype: fields.oneOf("dtype", ["i8", "i32"]),
    quantization: {
      scales: quantization.numbers("scales"),
      zeroPoints: quantization.integers("zeroPoints", -128, 127),
      axis: quantization.integer("axis", 0, MAX_RANK - 1),
    },
    data: fields.bytes("data"),
  };
  if (shape.length > MAX_RANK) fields.refuse("shape", shape, `at most ${MAX_RANK} dimensions`);
  const bytes = byteLength(read);
  if (bytes > MAX_EXTENT) fields.refuse("shape", shape, `at most ${MAX_EXTENT} bytes`);
  if (read.data && read.data.length !== bytes) {
    fields.refuse("data", `${read.data.length} bytes`, `${bytes} bytes for its shape`);
  }
  return read;
}

const port = (fields: Fields): Port => ({
  tensor: fields.integer("tensor", 0, MAX_INDEX),
  edge: fields.oneOf("edge", ["i8", "f32"]),
});

type Attributes<K extends LayerKind> = Omit<
  LayerNode & { readonly kind: K },
  "kind" | "index" | "name" | "inputs" | "output"
>;

/** One row per operator: what it has besides operands. */
const ATTRIBUTES: { readonly [K in LayerKind]: (node: Fields) => Attributes<K> } = {
  CONV_2D: (node) => ({ window: window(node), activation: activation(node) }),
  DEPTHWISE_CONV_2D: (node) => ({
    window: window(node),
    multiplier: node.integer("multiplier", 1, MAX_EXTENT),
    activation: activation(node),
  }),
  FULLY_CONNECTED: (node) => ({ activation: activation(node) }),
  ADD: (node) => ({ activation: activation(node) }),
  SUB: (node) => ({ activation: activation(node) }),
  MUL: (node) => ({ activation: activation(node) }),
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN: (node) => ({ axes: node.integers("axes", 1, 2) }),
  RESHAPE: none,
  SQUEEZE: none,
  EXPAND_DIMS: none,
  SOFTMAX: (node) => ({ beta: node.number("beta") }),
  LOGISTIC: none,
  TANH: none,
  RELU: none,
  RELU6: none,
  LEAKY_RELU: (node) => ({ alpha: node.number("alpha") }),
  CONCATENATION: (node) => ({ axis: node.integer("axis", 0, MAX_RANK - 1) }),
  PAD: (node) => ({
    before: node.integers("before", 0, 65_536),
    after: node.integers("after", 0, 65_536),
  }),
  QUANTIZE: none,
  DEQUANTIZE_QUANTIZE: none,
};

const KINDS = Object.keys(ATTRIBUTES) as LayerKind[];

function node(fields: Fields): LayerNode {
  const kind = fields.oneOf("kind", KINDS);
  const base = {
    index: fields.integer("index", 0, MAX_INDEX),
    name: fields.text("name"),
    inputs: fields.integers("inputs", 0, MAX_INDEX),
    output: fields.integer("output", 0, MAX_INDEX),
  };
  // the one cast that TypeScript cannot follow: the row belongs to the kind
  return { ...base, kind, ...ATTRIBUTES[kind](fields) } as LayerNode;
}

function none(): Record<never, never> {
  return {};
}

const activation = (node: Fields): Activation =>
  node.oneOf("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]);

function pool(node: Fields) {
  return {
    window: window(node),
    filterH: node.integer("filterH", 1, MAX_WINDOW),
    filterW: node.integer("filterW", 1, MAX_WINDOW),
    activation: activation(node),
  };
}

function window(node: Fields): Window2d {
  const fields = node.object("window");
  const padding = fields.object("padding");
  const size = (field: string) => fields.integer(field, 1, MAX_WINDOW);
  const pad = (field: string) => padding.integer(field, 0, MAX_WINDOW ** 2);
  return {
    strideH: size("strideH"),
    strideW: size("strideW"),
    dilationH: size("dilationH"),
    dilationW: size("dilationW"),
    padding: { top: pad("top"), bottom: pad("bottom"), left: pad("left"), right: pad("right") },
  };
}
