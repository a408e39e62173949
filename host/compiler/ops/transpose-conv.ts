/** TRANSPOSE_CONV: one kernel for both builds. */
import { at } from "../../model/at.ts";
import { int8Data, int32Data, perTensor } from "../../model/graph.ts";
import {
  channelsOf,
  extents,
  macsOf,
  outputRange,
  tensorOf,
  weightZeroPoint,
} from "../channels.ts";
import { int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { int32Bytes } from "../walk.ts";
import { NOTHING } from "./place.ts";

export const transposeConv: Row<"TRANSPOSE_CONV"> = (node, graph, { rounding }) => {
  const input = tensorOf(graph, node.inputs[0]);
  const weights = tensorOf(graph, node.inputs[1]);
  const bias = int32Data(tensorOf(graph, node.inputs[2]));
  const [, height, width, depth] = extents(input, 4);
  const [, outHeight, outWidth, count] = extents(tensorOf(graph, node.output), 4);
  const [, filterH, filterW] = extents(weights, 4);
  const { strideH, strideW, padding } = node.window;
  const range = outputRange(node, graph);
  const channels = channelsOf(node, graph, rounding).flatMap((channel, n) => {
    const { q, exponent } = int32Multiplier(channel);
    return [at(bias, n), q, exponent];
  });
  return {
    ...NOTHING,
    form: "scalar, gathered",
    step: [
      {
        ...{ file: "layers/transpose-conv", entry: "transposeConv", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }, { constant: 1 }],
          ...[height, width, depth, outHeight, outWidth, count, filterH, filterW],
          ...[strideH, strideW, padding.top, padding.left, perTensor(input).zeroPoint],
          ...[weightZeroPoint(node, graph), range.zeroPoint, range.low, range.high],
          roundingArg(rounding),
        ],
      },
    ],
    constants: [
      { name: "weights", bytes: new Uint8Array(int8Data(weights)), align: 4 },
      { name: "channels", bytes: int32Bytes(channels), align: 4 },
    ],
    macs: macsOf(node, graph),
  };
};
