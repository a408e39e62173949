/** int16 beyond what TensorFlow Lite Micro's multiplications and tables take: refused with the channel and the number. */
import { expect, test } from "vitest";
import { lowerGraph } from "../../../host/compiler/lower-graph.ts";
import { ROWS } from "../../../host/compiler/ops/index.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import { type Problem, TwentyWattError } from "../../../host/errors.ts";
import type { LayeredGraph, LayerNode, Tensor } from "../../../host/model/graph.ts";

const activation = (name: string, shape: readonly number[], scale: number): Tensor => ({
  ...{ name, shape, dtype: "i16", data: null },
  quantization: { scales: [scale], zeroPoints: [0], axis: 0 },
});

const bytesOf = (values: { readonly buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);

function graphOf(
  tensors: readonly Tensor[],
  node: Partial<LayerNode> & { readonly kind: LayerNode["kind"] },
): LayeredGraph {
  const output = tensors.length - 1;
  const inputs = tensors.map((_, t) => t).slice(0, output);
  return {
    ...{ kind: "layered", source: { name: "wide", format: "graph", sha256: "" }, labels: null },
    tensors,
    nodes: [{ index: 0, name: "layer", inputs, output, ...node } as LayerNode],
    inputs: [{ tensor: 0, edge: "i16" }],
    outputs: [{ tensor: output, edge: "i16" }],
  };
}

/** Two inputs of weights 1 and −1, and one unit. */
function dense(bias: bigint, type: "i32" | "i64", ratio: number): LayeredGraph {
  const values = type === "i64" ? BigInt64Array.of(bias) : Int32Array.of(Number(bias));
  const unit = { scales: [1], zeroPoints: [0], axis: 0 };
  return graphOf(
    [
      activation("input", [1, 2], ratio),
      {
        ...{ name: "weights", shape: [1, 2], dtype: "i8", quantization: unit },
        data: bytesOf(Int8Array.of(1, -1)),
      },
      { name: "bias", shape: [1], dtype: type, quantization: unit, data: bytesOf(values) },
      activation("output", [1, 1], 1),
    ],
    { kind: "FULLY_CONNECTED_I16", activation: "NONE" },
  );
}

const curve = (kind: "LOGISTIC_I16" | "TANH_I16", scale: number) =>
  graphOf([activation("input", [1, 2], scale), activation("output", [1, 2], 2 ** -15)], { kind });

function problemsOf(graph: LayeredGraph): readonly Problem[] {
  try {
    lowerGraph(graph, ROWS, DEFAULT_OPTIONS);
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  return [];
}

// the sum reaches 65535 beyond its bias: 1 · 32767 − 1 · −32768, and as much below
test.each([
  ["48 bits", "i64", 2n ** 47n - 65_536n, -(2n ** 47n) + 65_535n],
  ["int32", "i32", 2n ** 31n - 65_536n, -(2n ** 31n) + 65_535n],
] as const)(
  "sums beyond %s: the first that does not fit, at both ends",
  (what, type, most, least) => {
    expect(problemsOf(dense(most, type, 0.5))).toEqual([]);
    expect(problemsOf(dense(least, type, 0.5))).toEqual([]);
    for (const bias of [most + 1n, least - 1n]) {
      expect(problemsOf(dense(bias, type, 0.5))).toMatchObject([
        {
          ...{ code: "MODEL_RANGE", where: "layer, channel 0", expected: what },
          got: `accumulators of ${bias - 65_535n} to ${bias + 65_535n}`,
        },
      ]);
    }
  },
);

test("a multiplier of 2^7 for sums of 64 bits; those of 32 take any", () => {
  expect(problemsOf(dense(0n, "i64", 127.9))).toEqual([]);
  expect(problemsOf(dense(0n, "i64", 128))).toMatchObject([
    { code: "MODEL_QUANT", got: "a multiplier of 2^7 or more", expected: "less than 2^7" },
  ]);
  expect(problemsOf(dense(0n, "i32", 128))).toEqual([]);
});

test.each(["LOGISTIC_I16", "TANH_I16"] as const)(
  "%s: scales that steps of 16 bits hold",
  (kind) => {
    for (const scale of [2.66, 1, 2 ** -12, 2 ** -28]) {
      expect(problemsOf(curve(kind, scale)), `${scale}`).toEqual([]);
    }
    for (const scale of [2.67, 2 ** -31]) {
      expect(problemsOf(curve(kind, scale))).toMatchObject([
        { code: "MODEL_QUANT", got: `an input of scale ${scale}` },
      ]);
    }
  },
);

test("SOFTMAX of more than 65536, scales that float32 does not hold", () => {
  const softmax = (depth: number) =>
    graphOf([activation("input", [1, depth], 1), activation("output", [1, depth], 2 ** -15)], {
      ...{ kind: "SOFTMAX_I16", beta: 1 },
    });
  expect(problemsOf(softmax(65_536))).toEqual([]);
  expect(problemsOf(softmax(65_537))).toMatchObject([{ code: "MODEL_SHAPE" }]);
  const through = (from: number, to: number) =>
    graphOf([activation("input", [1, 2], from), activation("output", [1, 2], to)], {
      kind: "DEQUANTIZE_QUANTIZE",
    });
  expect(problemsOf(through(2 ** -126, 2 ** 110))).toEqual([]);
  for (const [from, to] of [
    [2 ** -127, 1],
    [2 ** 111, 1],
    [1, 2 ** -127],
    [1, 2 ** 111],
  ] as const) {
    expect(problemsOf(through(from, to))).toMatchObject([
      { code: "MODEL_QUANT", expected: "from 2^-126 to 2^110" },
    ]);
  }
});
