/** Constant channels at the edge of what may be left out: two layers by hand, whose channel 1 never changes. */
import { describe, expect, test } from "vitest";
import { prune } from "../../../host/compiler/prune.ts";
import type { LayeredGraph, LayerNode, Tensor } from "../../../host/model/graph.ts";
import { int8Tensor, layeredGraph } from "../../support/graphs.ts";
import { interpret } from "../../support/oracle/index.ts";
import { inputBytes, interestingInputs } from "../../support/random-graph.ts";

const bytes = (...values: number[]) => new Uint8Array(Int8Array.from(values).buffer);
const biases = (...values: number[]): Tensor => ({
  ...int8Tensor("bias", [values.length], new Uint8Array(Int32Array.from(values).buffer)),
  dtype: "i32",
});

const PADDING = { top: 0, bottom: 0, left: 0, right: 0 };
const WINDOW = { strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, padding: PADDING };
const CONV = { kind: "CONV_2D", activation: "NONE", window: WINDOW } as const;

type Layers = {
  /** of the first layer, two for each channel: one that has only zeros gives its bias, and never anything else */
  readonly first?: readonly number[];
  readonly firstBiases?: readonly number[];
  /** shape that a RESHAPE gives the features, of `width` pixels before it; absent: there is none */
  readonly width?: number;
  readonly reshaped?: readonly number[];
  /** one output channel for each bias */
  readonly secondBiases?: readonly number[];
  /** one for each of its input channels, in every pixel */
  readonly secondWeights?: readonly number[];
  readonly secondZeroPoint?: number;
  /** the second filter's pixels, side by side */
  readonly across?: number;
  readonly fullyConnected?: boolean;
};

const FIRST = [1, 2, 0, 0, 3, 4];

/** CONV_2D of one pixel → RESHAPE, or none → CONV_2D or FULLY_CONNECTED. */
function network({
  first = FIRST,
  firstBiases = first.map(() => 0).slice(first.length / 2),
  width = 1,
  reshaped,
  secondBiases = [0, 0],
  secondWeights,
  secondZeroPoint = 0,
  across = 1,
  fullyConnected = false,
}: Layers): LayeredGraph {
  const channels = firstBiases.length;
  const outputs = secondBiases.length;
  const features = [1, 1, width, channels];
  const given = reshaped ?? features;
  const depth = given.at(-1) ?? 0;
  const rows = given.reduce((n, d) => n * d, 1) / depth;
  const each = secondWeights ?? new Array<number>(depth).fill(1);
  const weights = bytes(...new Array<readonly number[]>(outputs * across).fill(each).flat());
  const second = int8Tensor(
    "second",
    fullyConnected ? [outputs, depth] : [outputs, 1, across, depth],
    weights,
  );
  const tensors = [
    int8Tensor("image", [1, 1, width, 2]),
    int8Tensor("first", [channels, 1, 1, 2], bytes(...first)),
    biases(...firstBiases),
    int8Tensor("features", features),
    int8Tensor("reshaped", given),
    {
      ...second,
      quantization: { scales: [0.5], zeroPoints: [secondZeroPoint], axis: 0 },
    },
    biases(...secondBiases),
    int8Tensor(
      "scores",
      fullyConnected ? [rows, outputs] : [1, given[1] ?? 0, (given[2] ?? 0) - across + 1, outputs],
    ),
  ];
  const named = (index: number) => ({ index, name: `layer ${index}` });
  const inputs = [reshaped ? 4 : 3, 5, 6];
  const then: LayerNode = fullyConnected
    ? { kind: "FULLY_CONNECTED", activation: "NONE", ...named(2), inputs, output: 7 }
    : { ...CONV, ...named(2), inputs, output: 7 };
  const nodes: LayerNode[] = [
    { ...CONV, ...named(0), inputs: [0, 1, 2], output: 3 },
    ...(reshaped ? [{ kind: "RESHAPE", ...named(1), inputs: [3], output: 4 } as const] : []),
    then,
  ];
  return layeredGraph(tensors, nodes, [0], [7]);
}

/** Channels that the first layer has left, after every output was seen to stay as it is. */
function left(layers: Layers): number | undefined {
  const graph = network(layers);
  const pruned = prune(graph, "double");
  for (const input of interestingInputs(inputBytes(graph), 1)) {
    expect(interpret(pruned, input, "double").output).toEqual(
      interpret(graph, input, "double").output,
    );
  }
  return pruned.tensors[3]?.shape.at(-1);
}

test("what has no constant channel stays as it is, tensors and all", () => {
  const graph = network({ first: [1, 2, 5, 6, 3, 4] });
  expect(prune(graph, "double")).toEqual(graph);
});

test("of several constant channels one is left, of two channels as of three", () => {
  expect(left({ first: [1, 2, 0, 0] })).toBe(1);
  expect(left({ first: [0, 0, 0, 0], firstBiases: [40, 50] })).toBe(1);
  expect(left({ first: [0, 0, 0, 0, 0, 0], firstBiases: [40, 50, 60] })).toBe(1);
});

describe("through a RESHAPE", () => {
  test("channels stay channels where the last axis stays as long as it is", () => {
    const fullyConnected = true;
    expect(left({ reshaped: [1, 3], fullyConnected })).toBe(2);
    expect(left({ width: 2, reshaped: [2, 3], fullyConnected })).toBe(2);
    expect(left({ width: 4, reshaped: [1, 2, 2, 3] })).toBe(2);
  });

  test("and mix with pixels where it does not", () => {
    expect(left({ reshaped: [1, 1, 3, 1], across: 3 })).toBe(3);
    expect(left({ width: 2, reshaped: [1, 6], fullyConnected: true })).toBe(3);
  });
});

test("what a constant brings to the next bias is counted before it is left out: beyond int32 nothing is", () => {
  // channel 1 is always 100: with a weight of 127 it brings 12,700, of at most 127 · 128
  const constant = { firstBiases: [0, 200, 0], secondWeights: [0, 127, 0] };
  const most = 2 ** 31 - 1 - 127 * 128;
  expect(left({ ...constant, secondBiases: [most, 0] })).toBe(2);
  const graph = network({ ...constant, secondBiases: [2 ** 31 - 1, 0] });
  expect(prune(graph, "double")).toBe(graph);
});

test("every reader must do without it: weights with a zero point, and what only takes all channels, do not", () => {
  const fullyConnected = true;
  expect(left({ reshaped: [1, 3], fullyConnected })).toBe(2);
  expect(left({ reshaped: [1, 3], fullyConnected, secondZeroPoint: 1 })).toBe(3);
  const graph = network({});
  const [features, more] = [3, graph.tensors.length];
  const relu: LayerNode = {
    kind: "RELU",
    index: 3,
    name: "relu",
    inputs: [features],
    output: more,
  };
  const both = {
    ...graph,
    tensors: [...graph.tensors, int8Tensor("more", [1, 1, 1, 3])],
    nodes: [...graph.nodes, relu],
    outputs: [...graph.outputs, { tensor: more, edge: "i8" as const }],
  };
  expect(prune(both, "double")).toEqual(both);
});

test("a tensor of no dimensions has no channels", () => {
  const graph = layeredGraph(
    [int8Tensor("one", [1]), int8Tensor("number", [])],
    [{ kind: "RESHAPE", index: 0, name: "reshape", inputs: [0], output: 1 }],
    [0],
    [1],
  );
  expect(prune(graph, "double")).toEqual(graph);
});

test("the new biases hold what is gone, and say no scale of their own", () => {
  // 0.5 · 0.5 / 0.5: the bias of 200 becomes a value of 100
  const pruned = prune(network({ firstBiases: [0, 200, 0], secondBiases: [5, -7] }), "double");
  const bias = pruned.tensors[pruned.nodes[1]?.inputs[2] ?? -1];
  expect(new Int32Array(bias?.data?.buffer ?? new ArrayBuffer(0))).toEqual(
    Int32Array.of(5 + 100, -7 + 100),
  );
  expect(bias).toMatchObject({
    ...{ shape: [2], dtype: "i32" },
    quantization: { scales: [1], zeroPoints: [0], axis: 0 },
  });
});
