/** CONV_2D: one row, a kernel per build. */
import type { Row } from "../lowering.ts";
import { conv2dMvp } from "./mvp/conv-2d.ts";
import { conv2dSimd } from "./simd/conv-2d.ts";

export const conv2d: Row<"CONV_2D"> = (node, graph, options) =>
  options.build === "simd" ? conv2dSimd(node, graph, options) : conv2dMvp(node, graph, options);
