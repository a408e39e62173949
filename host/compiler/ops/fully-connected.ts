/** FULLY_CONNECTED: one row, a kernel per build. */
import type { Row } from "../lowering.ts";
import { fullyConnectedMvp } from "./mvp/fully-connected.ts";
import { fullyConnectedSimd } from "./simd/fully-connected.ts";

export const fullyConnected: Row<"FULLY_CONNECTED"> = (node, graph, options) =>
  options.build === "simd"
    ? fullyConnectedSimd(node, graph, options)
    : fullyConnectedMvp(node, graph, options);
