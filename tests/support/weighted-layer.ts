/** One convolution, every number given: for corners that random graphs do not meet. */
import type { LayeredGraph, LayerNode, Tensor } from "../../host/model/graph.ts";

export type WeightedLayer = {
  readonly kind: "CONV_2D" | "DEPTHWISE_CONV_2D";
  /** height, width, depth */
  readonly input: readonly [number, number, number];
  readonly zeroPoint: number;
  readonly filter: readonly [number, number];
  readonly stride: readonly [number, number];
  /** CONV_2D [channels, filter, depth], DEPTHWISE_CONV_2D [filter, depth] */
  readonly weights: Int8Array;
  /** real, of every channel */
  readonly multiplier: number;
  /** one per channel */
  readonly bias: readonly number[];
};

/** SAME padding, no dilation, no activation, output zero point 3. */
export function layer(given: WeightedLayer): LayeredGraph {
  const [height, width, depth] = given.input;
  const channels = given.bias.length;
  const [rows, columns] = [0, 1].map((axis) => {
    const [extent = 0, filter = 0, stride = 1] = [given.input, given.filter, given.stride].map(
      (pair) => pair[axis],
    );
    const output = Math.ceil(extent / stride);
    const total = Math.max((output - 1) * stride + filter - extent, 0);
    const before = Math.floor(total / 2);
    return { output, before, after: total - before };
  }) as [Axis, Axis];
  const leading = given.kind === "CONV_2D" ? channels : 1;
  const trailing = given.kind === "CONV_2D" ? depth : channels;
  const tensor = (name: string, shape: readonly number[], scale: number, zeroPoint: number) => ({
    name,
    shape,
    dtype: "i8" as const,
    quantization: { scales: [scale], zeroPoints: [zeroPoint], axis: 0 },
    data: null,
  });
  const tensors: Tensor[] = [
    tensor("input", [1, height, width, depth], 1, given.zeroPoint),
    {
      ...tensor("weights", [leading, ...given.filter, trailing], given.multiplier, 0),
      data: new Uint8Array(given.weights.buffer),
    },
    {
      ...tensor("bias", [channels], given.multiplier, 0),
      dtype: "i32",
      data: new Uint8Array(Int32Array.from(given.bias).buffer),
    },
    tensor("output", [1, rows.output, columns.output, channels], 1, 3),
  ];
  const node = {
    kind: given.kind,
    index: 0,
    name: given.kind,
    inputs: [0, 1, 2],
    output: 3,
    multiplier: 1,
    activation: "NONE",
    window: {
      strideH: given.stride[0],
      strideW: given.stride[1],
      dilationH: 1,
      dilationW: 1,
      padding: {
        top: rows.before,
        bottom: rows.after,
        left: columns.before,
        right: columns.after,
      },
    },
  } as LayerNode;
  return {
    kind: "layered",
    source: { name: `${given.kind} ${given.input}`, format: "graph", sha256: "0".repeat(64) },
    tensors,
    nodes: [node],
    inputs: [{ tensor: 0, edge: "i8" }],
    outputs: [{ tensor: 3, edge: "i8" }],
    labels: null,
  };
}

type Axis = { readonly output: number; readonly before: number; readonly after: number };
