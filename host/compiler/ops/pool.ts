/** AVERAGE_POOL_2D and MAX_POOL_2D. */
import { fail } from "../../errors.ts";
import type { LayeredGraph, NodeOf } from "../../model/graph.ts";
import { activationRange } from "../../model/multiplier.ts";
import { extents, tensorOf } from "../channels.ts";
import type { Lowering, Row } from "../lowering.ts";
import type { CompileOptions } from "../options.ts";

/** Channels that a vector kernel takes at a time. */
const BLOCK = 8;

type PoolNode = NodeOf<
  | "AVERAGE_POOL_2D"
  | "AVERAGE_POOL_2D_U8"
  | "AVERAGE_POOL_2D_I16"
  | "MAX_POOL_2D"
  | "MAX_POOL_2D_I16"
>;

export const averagePool2dI16: Row<"AVERAGE_POOL_2D_I16"> = (node, graph) =>
  wide(node, graph, "layers/average-pool-2d-i16", "averagePool2dI16");
export const maxPool2dI16: Row<"MAX_POOL_2D_I16"> = (node, graph) =>
  wide(node, graph, "layers/max-pool-2d-i16", "maxPool2dI16");

const wide = (node: PoolNode, graph: LayeredGraph, file: string, entry: string): Lowering => {
  const most = 2 ** 16;
  const { filterH, filterW, name } = node;
  if (filterH * filterW < most) return pool(node, graph, file, entry);
  // sums of int16 over so many are int32 in TFLite, too
  return fail("MODEL_SHAPE", name, `${filterH} × ${filterW} taps`, `fewer than ${most}`);
};

export const averagePool2d: Row<"AVERAGE_POOL_2D"> = (node, graph, options) =>
  average(node, graph, options, "i8");
export const averagePool2dU8: Row<"AVERAGE_POOL_2D_U8"> = (node, graph, options) =>
  average(node, graph, options, "u8");

function average(
  node: PoolNode,
  graph: LayeredGraph,
  { build }: CompileOptions,
  type: string,
): Lowering {
  const [, , , depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  return build === "simd" && depth % BLOCK === 0
    ? pool(
        node,
        graph,
        "layers/average-pool-2d-vectors",
        `averagePool2dVectors<${type}>`,
        4 * BLOCK,
      )
    : pool(node, graph, "layers/average-pool-2d", `averagePool2d<${type}>`);
}

export const maxPool2d: Row<"MAX_POOL_2D"> = (node, graph) =>
  pool(node, graph, "layers/max-pool-2d", "maxPool2d");

/** @param scratchBytes 0: a scalar kernel, which takes no scratch */
function pool(
  node: PoolNode,
  graph: LayeredGraph,
  file: string,
  entry: string,
  scratchBytes = 0,
): Lowering {
  const output = tensorOf(graph, node.output);
  const [, height, width, depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  const [, outHeight, outWidth] = extents(output, 4);
  const { filterH, filterW, window } = node;
  const { strideH, strideW, padding } = window;
  const lastTop = (outHeight - 1) * strideH - padding.top;
  const lastLeft = (outWidth - 1) * strideW - padding.left;
  const inside =
    padding.top < filterH && padding.left < filterW && lastTop < height && lastLeft < width;
  if (!inside) {
    const got = `a window of ${filterH} × ${filterW} wholly in the padding`;
    fail("MODEL_SHAPE", node.name, got, "at least one tap inside the image");
  }
  const { low, high } = activationRange(node.activation, output);
  return {
    form: scratchBytes > 0 ? `vectors of ${BLOCK}` : "scalar",
    init: [],
    step: [
      {
        file,
        entry,
        shape: {},
        args: [
          { input: 0 },
          { output: true },
          ...(scratchBytes > 0 ? [{ scratch: true } as const] : []),
          ...[height, width, depth, outHeight, outWidth, filterH, filterW],
          ...[strideH, strideW, padding.top, padding.left, low, high],
        ],
      },
    ],
    constants: [],
    tables: [],
    scratchBytes,
    macs: 0,
    inPlace: false,
  };
}
