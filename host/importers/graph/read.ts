/** The fields of a graph, each of its type. What they mean together is the rule book's business. */
import type {
  LayeredGraph,
  LayerKind,
  LayerNode,
  Port,
  Source,
  Tensor,
  Variable,
  Window2d,
} from "../../model/graph.ts";
import { type AttributeRule, OPERATORS } from "../../model/operators/index.ts";
import type { Fields } from "./fields.ts";

export function readGraph(graph: Fields, source: Source): LayeredGraph {
  return {
    kind: "layered",
    source,
    tensors: graph.objects("tensors").map(tensor),
    nodes: graph.objects("nodes").map(node),
    inputs: graph.objects("inputs").map(port),
    outputs: graph.objects("outputs").map(port),
    ...(graph.has("variables") ? { variables: graph.objects("variables").map(variable) } : {}),
    labels: graph.has("labels") ? graph.texts("labels") : null,
  };
}

function variable(fields: Fields): Variable {
  const found: Variable = {
    name: fields.text("name"),
    tensor: fields.integer("tensor", 0),
    next: fields.integer("next", 0),
    initial: fields.bytes("initial") ?? new Uint8Array(),
  };
  fields.close();
  return found;
}

function tensor(fields: Fields): Tensor {
  const quantization = fields.object("quantization");
  const scales = quantization.numbers("scales");
  const zeroPoints = quantization.integers("zeroPoints");
  const found: Tensor = {
    name: fields.text("name"),
    shape: fields.integers("shape", 1),
    dtype: fields.oneOf("dtype", ["i8", "u8", "i16", "i32", "i64"]),
    quantization: {
      scales,
      // symmetric weights may give none
      zeroPoints: zeroPoints.length > 0 ? zeroPoints : scales.map(() => 0),
      axis: quantization.integer("axis", 0),
    },
    data: fields.bytes("data"),
  };
  quantization.close();
  fields.close();
  return found;
}

function port(fields: Fields): Port {
  const found: Port = {
    tensor: fields.integer("tensor", 0),
    edge: fields.oneOf("edge", ["i8", "u8", "i16", "i32", "f32"]),
  };
  fields.close();
  return found;
}

const KINDS = Object.keys(OPERATORS) as LayerKind[];

function node(fields: Fields): LayerNode {
  const kind = fields.oneOf("kind", KINDS);
  const attributes = Object.entries<AttributeRule>(OPERATORS[kind].attributes).map(
    ([name, { type }]) => [name, READERS[type](fields, name)] as const,
  );
  // the one cast that TypeScript cannot follow: the rules belong to the kind
  const found = {
    index: fields.integer("index", 0),
    name: fields.text("name"),
    inputs: fields.integers("inputs", 0),
    output: fields.integer("output", 0),
    ...(fields.has("part") ? { part: fields.integer("part", 0, 4095) } : {}),
    kind,
    ...Object.fromEntries(attributes),
  } as LayerNode;
  fields.close();
  return found;
}

/** How an attribute of each type is written. */
const READERS: {
  readonly [T in AttributeRule["type"]]: (node: Fields, name: string) => unknown;
} = {
  integer: (node, name) => node.integer(name),
  integers: (node, name) => node.integers(name),
  real: (node, name) => node.number(name),
  activation: (node, name) => node.text(name),
  window,
};

function window(node: Fields, name: string): Window2d {
  const fields = node.object(name);
  const padding = fields.object("padding");
  const found: Window2d = {
    strideH: fields.integer("strideH"),
    strideW: fields.integer("strideW"),
    dilationH: fields.integer("dilationH"),
    dilationW: fields.integer("dilationW"),
    padding: {
      top: padding.integer("top"),
      bottom: padding.integer("bottom"),
      left: padding.integer("left"),
      right: padding.integer("right"),
    },
  };
  padding.close();
  fields.close();
  return found;
}
