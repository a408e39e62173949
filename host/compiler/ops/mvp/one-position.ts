/** Convolutions whose window covers the whole input: one position, and nothing to share words with. */
import type { LayeredGraph, NodeOf } from "../../../model/graph.ts";
import { extents, isUnsigned, tensorOf } from "../../channels.ts";

/** Sums of so many products fit 31 bits, whatever they are. */
const MOST_TAPS = 2 ** 16;

/** Of such a window every tap meets its own element, in the order of both in memory. Not for weights of uint8. */
export function hasOnePosition(
  node: NodeOf<"CONV_2D" | "DEPTHWISE_CONV_2D">,
  graph: LayeredGraph,
): boolean {
  const [, height, width, depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  const [, filterH, filterW] = extents(tensorOf(graph, node.inputs[1]), 4);
  const { padding, dilationH, dilationW } = node.window;
  const { top, bottom, left, right } = padding;
  const dense = (filterH === 1 || dilationH === 1) && (filterW === 1 || dilationW === 1);
  const whole = filterH === height && filterW === width && top + bottom + left + right === 0;
  const few = height * width * depth <= MOST_TAPS;
  return dense && whole && few && !isUnsigned(node, graph);
}
