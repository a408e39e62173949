/** DEPTHWISE_CONV_2D: one row, a kernel per build. */
import type { Row } from "../lowering.ts";
import { depthwiseConv2dMvp } from "./mvp/depthwise-conv-2d.ts";
import { depthwiseConv2dSimd } from "./simd/depthwise-conv-2d.ts";

export const depthwiseConv2d: Row<"DEPTHWISE_CONV_2D"> = (node, graph, options) =>
  options.build === "simd"
    ? depthwiseConv2dSimd(node, graph, options)
    : depthwiseConv2dMvp(node, graph, options);
