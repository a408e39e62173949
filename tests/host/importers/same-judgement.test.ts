/** One rule book for every format: the same mistake in a .tflite file and in a graph as JSON gets the same answer. */
import { expect, test } from "vitest";
import { type Problem, TwentyWattError } from "../../../host/errors.ts";
import { graphJson, importModel } from "../../../host/importers/index.ts";
import type { LayeredGraph, LayerNode, Tensor } from "../../../host/model/graph.ts";
import { randomOperator } from "../../support/random-graph.ts";
import { KINDS } from "../../support/random-operators.ts";
import { tfliteBytes } from "../../support/tflite-from-graph.ts";

async function problemsOf(bytes: Uint8Array): Promise<readonly Problem[]> {
  try {
    await importModel(bytes, "test");
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  return [];
}

/** A random operator whose layer is named after its output, as .tflite files have it. */
function sound(kind: (typeof KINDS)[number], seed: number): LayeredGraph {
  const graph = randomOperator(kind, seed);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    name: graph.tensors[node.output]?.name ?? "",
  }));
  return { ...graph, nodes };
}

type Change = (graph: LayeredGraph) => LayeredGraph;

/** Changes the tensor that the only node has as its operand k, or as its output. */
const tensor =
  (which: number | "output", change: (tensor: Tensor) => Partial<Tensor>): Change =>
  (graph) => {
    const [node] = graph.nodes;
    const index = which === "output" ? node?.output : node?.inputs[which];
    const tensors = graph.tensors.map((t, k) => (k === index ? { ...t, ...change(t) } : t));
    return { ...graph, tensors };
  };

const quantisation = (
  which: number | "output",
  change: (q: Tensor["quantization"]) => Partial<Tensor["quantization"]>,
): Change =>
  tensor(which, ({ quantization }) => ({
    quantization: { ...quantization, ...change(quantization) },
  }));

/** Sets attributes that the node has already. */
const attributes =
  (values: Readonly<Record<string, unknown>>): Change =>
  (graph) => {
    const nodes = graph.nodes.map((node) => {
      const own = Object.entries(values).filter(([name]) => name in node);
      return { ...node, ...Object.fromEntries(own) } as LayerNode;
    });
    return { ...graph, nodes };
  };

/** In the window, which keeps its other fields. */
const windowed =
  (values: Partial<Extract<LayerNode, { kind: "CONV_2D" }>["window"]>): Change =>
  (graph) => {
    const nodes = graph.nodes.map((node) =>
      "window" in node ? { ...node, window: { ...node.window, ...values } } : node,
    );
    return { ...graph, nodes };
  };

const longer = ({ shape }: Tensor) => ({
  shape: [...shape.slice(0, -1), (shape.at(-1) ?? 1) + 1],
});

// DEQUANTIZE_QUANTIZE is two operators in a file, AVERAGE_POOL_2D_U8 one whose type says which
const ALL = KINDS.filter((kind) => kind !== "DEQUANTIZE_QUANTIZE" && kind !== "AVERAGE_POOL_2D_U8");
const CONVOLUTIONS = ["CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"];
const WIDE = ["CONV_2D_I16", "DEPTHWISE_CONV_2D_I16"];
const WEIGHTED = [...CONVOLUTIONS, "FULLY_CONNECTED", ...WIDE, "FULLY_CONNECTED_I16"];
const WIDE_BINARY = ["ADD_I16", "SUB_I16", "MUL_I16"];
const TWO_OPERANDS = [
  ...["ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "PRELU"],
  ...WIDE_BINARY,
];
const WIDE_POOLS = ["AVERAGE_POOL_2D_I16", "MAX_POOL_2D_I16"];
const NARROW_POOLS = ["AVERAGE_POOL_2D", "MAX_POOL_2D"];
const POOLS = [...NARROW_POOLS, ...WIDE_POOLS];
/** Output and inputs have one quantisation. */
const KEPT = [
  ...[
    ...NARROW_POOLS,
    "RESHAPE",
    "SQUEEZE",
    "EXPAND_DIMS",
    "CONCATENATION",
    "PAD",
    "STRIDED_SLICE",
  ],
  ...["TRANSPOSE", "RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR", "GATHER", "PACK"],
  ...["MAXIMUM", "MINIMUM"],
];
/** TFLite's specification of int8 quantisation fixes the output's. */
const FIXED = ["SOFTMAX", "LOGISTIC", "TANH"];

const isWide = (kind: string): boolean => kind.endsWith("_I16");
const isNarrow = (kind: string): boolean => !isWide(kind);

/** Layers of int16 stay as they are. */
function narrow(change: Change): Change {
  return (graph) => (graph.nodes.some(({ kind }) => isWide(kind)) ? graph : change(graph));
}

/** what changes, how, and the kinds that refuse it with at least one of the seeds */
const CHANGES: readonly (readonly [string, Change, readonly string[]])[] = [
  ["an output that is longer", tensor("output", longer), ALL],
  [
    "an output of another scale",
    quantisation("output", ({ scales }) => ({ scales: scales.map((s) => Math.fround(2 * s)) })),
    [...KEPT, ...FIXED, ...WIDE_POOLS, ...FIXED.map((kind) => `${kind}_I16`)],
  ],
  [
    "an output of another zero point",
    quantisation("output", ({ zeroPoints }) => ({
      zeroPoints: zeroPoints.map((z) => (z < 0 ? z + 1 : z - 1)),
    })),
    [...KEPT, ...FIXED, ...ALL.filter(isWide)],
  ],
  ["an input of a scale below 0", quantisation(0, () => ({ scales: [-1] })), ALL],
  ["an input without a scale", quantisation(0, () => ({ scales: [], zeroPoints: [] })), ALL],
  ["an input of zero point 300", quantisation(0, () => ({ zeroPoints: [300] })), ALL],
  // of an input that is not int16 the file makes another kind
  ["an input that is int32", narrow(tensor(0, () => ({ dtype: "i32" }))), ALL.filter(isNarrow)],
  [
    "a second operand that is longer",
    tensor(1, longer),
    [...WEIGHTED, ...TWO_OPERANDS, "CONCATENATION", "PACK"],
  ],
  [
    "a second operand of zero point 3",
    quantisation(1, ({ zeroPoints }) => ({ zeroPoints: zeroPoints.map(() => 3) })),
    [...WEIGHTED, ...WIDE_BINARY, "CONCATENATION", "PACK", "MAXIMUM", "MINIMUM"],
  ],
  [
    "a second operand with one scale more",
    quantisation(1, ({ scales, zeroPoints }) => ({
      scales: [...scales, 1],
      zeroPoints: [...zeroPoints, 0],
    })),
    [...WEIGHTED, ...TWO_OPERANDS, "CONCATENATION", "PACK"],
  ],
  [
    "a bias of one value more",
    tensor(2, ({ shape, data }) =>
      data === null
        ? {}
        : {
            shape: [(shape[0] ?? 0) + 1],
            data: new Uint8Array(data.length + data.length / (shape[0] ?? 1)),
          },
    ),
    WEIGHTED,
  ],
  [
    "a bias in another scale",
    tensor(2, ({ data, quantization }) =>
      data === null ? {} : { quantization: { ...quantization, scales: [1000] } },
    ),
    ["FULLY_CONNECTED", "FULLY_CONNECTED_I16"],
  ],
  ["a stride of 0", windowed({ strideH: 0 }), [...CONVOLUTIONS, ...WIDE, ...POOLS]],
  ["a dilation too large", dilated, ["CONV_2D", "DEPTHWISE_CONV_2D", ...WIDE]],
  [
    "numbers out of range",
    attributes({ beta: -1, filterH: 0, axis: 5, axes: [0, 3] }),
    [
      ...POOLS,
      "SOFTMAX",
      "SOFTMAX_I16",
      "CONCATENATION",
      "PACK",
      "GATHER",
      "MEAN",
      "SUM",
      "ARG_MAX",
      "ARG_MIN",
    ],
  ],
  ["paddings below 0", attributes({ before: [0, -1], after: [0, 0] }), ["PAD"]],
];

/** Pools and transposed convolutions have no dilation in a file. */
function dilated(graph: LayeredGraph): LayeredGraph {
  return graph.nodes.some((node) => "filterH" in node || node.kind === "TRANSPOSE_CONV")
    ? graph
    : windowed({ dilationW: 5000 })(graph);
}

for (const [what, change, expected] of CHANGES) {
  test(what, async () => {
    const refused = new Set<string>();
    for (const kind of ALL) {
      for (let seed = 0; seed < 8; seed++) {
        const drawn = sound(kind, seed);
        // what QUANTIZE makes int16 of is another layer's output
        if (drawn.nodes[0]?.kind !== kind) continue;
        const graph = change(drawn);
        const inJson = await problemsOf(new TextEncoder().encode(graphJson(graph)));
        const inTflite = await problemsOf(tfliteBytes(graph));
        // a file has one name for layers of int8 and int16
        const named = inJson.map((one) => ({ ...one, where: one.where.replace("_I16)", ")") }));
        expect(inTflite, graph.source.name).toEqual(named);
        if (inJson.length > 0) refused.add(kind);
      }
    }
    expect([...refused].sort()).toEqual([...expected].sort());
  });
}
