/**
 * Networks of uint8, from before int8: single operators whose activations are bytes 128 less than the file's, and whose
 * weights are uint8 with a zero point. And the file that a converter of that time wrote for them.
 */
import type { LayeredGraph, LayerNode, Tensor } from "../../host/model/graph.ts";
import { mulberry32, subseed } from "../../host/model/random.ts";
import { dice } from "./random-draft.ts";
import { randomOperator } from "./random-graph.ts";
import type { RandomKind } from "./random-operators.ts";
import { tfliteModel } from "./tflite-from-graph.ts";
import type { FileTensor, ModelFile } from "./tflite-writer.ts";

export const WEIGHTED_KINDS = [
  ...(["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"] as const),
] as const;

/** Those that TFLite has kernels of uint8 for which are those of int8, 128 apart. */
export const UNSIGNED_KINDS: readonly RandomKind[] = [
  ...WEIGHTED_KINDS,
  ...(["ADD", "SUB", "MUL", "AVERAGE_POOL_2D_U8", "MAX_POOL_2D", "MAXIMUM", "MINIMUM"] as const),
  ...(["SOFTMAX", "LOGISTIC", "TANH", "RELU", "RELU6", "LEAKY_RELU", "MEAN"] as const),
  ...(["CONCATENATION", "PACK", "PAD", "RESIZE_NEAREST_NEIGHBOR", "HARD_SWISH", "PRELU"] as const),
  ...(["RESIZE_BILINEAR"] as const),
];

/** One operator of such a network; of weighted ones sums may reach further, so that multipliers are smaller. */
export function unsignedOperator(kind: RandomKind, seed: number): LayeredGraph {
  const graph = randomOperator(kind, seed);
  if (!WEIGHTED_KINDS.some((one) => one === kind)) return graph;
  const { pick, int } = dice(mulberry32(subseed(seed, 77)));
  const node = graph.nodes[0] as LayerNode;
  const [, weights, bias] = node.inputs;
  const zeroPoint = pick([0, 1, 127, 128, 129, 255, int(0, 255), int(0, 255)]);
  const tensors = graph.tensors.map((tensor, t): Tensor => {
    const { quantization, data } = tensor;
    const scales = [Math.min(...quantization.scales)];
    if (t === weights) {
      const bytes = data === null ? null : data.map((byte) => byte ^ 0x80);
      return {
        ...tensor,
        dtype: "u8",
        data: bytes,
        quantization: { scales, zeroPoints: [zeroPoint], axis: 0 },
      };
    }
    if (t === bias) {
      const values = new Int32Array((data as Uint8Array).slice().buffer).map((value) => value >> 2);
      return { ...tensor, data: new Uint8Array(values.buffer) };
    }
    if (t !== node.output) return tensor;
    return {
      ...tensor,
      quantization: { ...quantization, scales: [Math.fround(4 * (scales[0] ?? 1))] },
    };
  });
  return { ...graph, tensors };
}

/** Every activation in uint8, a bias in the scale of its products. */
export function unsignedFile(graph: LayeredGraph): ModelFile {
  const file = tfliteModel(graph);
  const weights = new Set(graph.nodes.filter(isWeighted).map(({ inputs }) => inputs[1]));
  const tensors = file.tensors.map((tensor, t) =>
    tensor.type === "int8" && !weights.has(t) ? unsignedTensor(tensor) : tensor,
  );
  for (const { inputs } of graph.nodes.filter(isWeighted)) {
    const [input, own, bias] = inputs.map((t) => tensors[t] as FileTensor);
    const product = Math.fround((input?.scales?.[0] ?? 1) * (own?.scales?.[0] ?? 1));
    if (bias) tensors[inputs[2] as number] = { ...bias, scales: [product], zeroPoints: [0] };
  }
  return { ...file, tensors };
}

const isWeighted = ({ kind }: LayerNode): boolean => WEIGHTED_KINDS.some((one) => one === kind);

const unsignedTensor = (tensor: FileTensor): FileTensor => ({
  ...tensor,
  type: "uint8",
  data: tensor.data ? tensor.data.map((byte) => byte ^ 0x80) : null,
  zeroPoints: (tensor.zeroPoints ?? []).map((zero) => zero + 128),
});
