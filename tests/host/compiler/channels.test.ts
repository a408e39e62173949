/** Bounds of accumulators and constant channels, against definitions written out tap by tap. */
import { expect, test } from "vitest";
import {
  channelsOf,
  outputRange,
  requantize,
  type WeightedNode,
} from "../../../host/compiler/channels.ts";
import { int8Data, int32Data, type LayeredGraph, type Tensor } from "../../../host/model/graph.ts";
import { randomOperator } from "../../support/random-graph.ts";

const KINDS = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;
const SEEDS = 150;

/** Smallest and largest accumulator of channel `c`: every tap takes its worst input, or is skipped. */
function reach(graph: LayeredGraph, node: WeightedNode, c: number): readonly [number, number] {
  const [input, weights, bias] = node.inputs.map((t) => graph.tensors[t] as Tensor);
  if (!input || !weights || !bias) throw new Error("operands are missing");
  const data = int8Data(weights);
  const count = bias.shape[0] ?? 1;
  const taps = data.length / count;
  const at = (k: number) => (node.kind === "DEPTHWISE_CONV_2D" ? k * count + c : c * taps + k);
  const [zeroPoint = 0] = input.quantization.zeroPoints;
  const perTensor = weights.quantization.scales.length === 1;
  const weightZero =
    node.kind === "FULLY_CONNECTED" && perTensor ? (weights.quantization.zeroPoints[0] ?? 0) : 0;
  let low = int32Data(bias)[c] ?? 0;
  let high = low;
  for (let k = 0; k < taps; k++) {
    const w = (data[at(k)] ?? 0) - weightZero;
    const products = [-128, 127, zeroPoint].map((x) => w * (x - zeroPoint));
    low += Math.min(...products);
    high += Math.max(...products);
  }
  return [low, high];
}

for (const kind of KINDS) {
  for (const rounding of ["double", "single"] as const) {
    test(`${SEEDS} × ${kind}, ${rounding} rounding`, () => {
      let constant = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const graph = randomOperator(kind, seed);
        const node = graph.nodes[0] as WeightedNode;
        const range = outputRange(node, graph);
        channelsOf(node, graph, rounding).forEach((channel, c) => {
          const where = `seed ${seed}, channel ${c}`;
          expect([channel.accLow, channel.accHigh], where).toEqual(reach(graph, node, c));
          const [first, last] = [channel.accLow, channel.accHigh].map((acc) =>
            requantize(acc, channel, rounding, range),
          );
          expect(channel.constant, where).toBe(first === last ? first : null);
          if (channel.constant !== null) constant++;
        });
      }
      // both sorts are met
      expect(constant).toBeGreaterThan(100);
    });
  }
}
