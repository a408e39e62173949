/** CONV_2D: one row, a kernel per build. */
import type { Row } from "../lowering.ts";
import { conv2dMvp } from "./mvp/conv-2d.ts";
import { onePositionMvp } from "./mvp/fully-connected.ts";
import { hasOnePosition } from "./mvp/one-position.ts";
import { conv2dSimd } from "./simd/conv-2d.ts";

export const conv2d: Row<"CONV_2D"> = (node, graph, options) => {
  if (options.build === "simd") return conv2dSimd(node, graph, options);
  const plain = () => conv2dMvp(node, graph, options);
  return options.interpreted && hasOnePosition(node, graph)
    ? onePositionMvp(node, graph, options.rounding, plain)
    : plain();
};
