/** Multipliers of layers with weights of uint8, number by number: no byte of an output would show one that is off by 2^-24. */
import { expect, test } from "vitest";
import { channelsOf, isWeighted } from "../../../host/compiler/channels.ts";
import type { LayerNode } from "../../../host/model/graph.ts";
import { toMultiplier } from "../../support/oracle/fixed-point.ts";
import { unsignedOperator, WEIGHTED_KINDS } from "../../support/random-unsigned.ts";

test.each(WEIGHTED_KINDS)("%s: the product of two scales is float32", (kind) => {
  let differs = 0;
  for (let seed = 0; seed < 20; seed++) {
    const graph = unsignedOperator(kind, seed);
    const node = graph.nodes[0] as LayerNode;
    if (!isWeighted(node)) throw new Error("no weights");
    const scale = (t: number | undefined) =>
      graph.tensors[t ?? -1]?.quantization.scales[0] ?? Number.NaN;
    const [input, weights, output] = [
      scale(node.inputs[0]),
      scale(node.inputs[1]),
      scale(node.output),
    ];
    const { q, exponent } = toMultiplier(Math.fround(input * weights) / output, "double");
    for (const channel of channelsOf(node, graph, "double")) {
      expect([channel.q, channel.exponent], graph.source.name).toEqual([q, exponent]);
    }
    if (q !== toMultiplier((input * weights) / output, "double").q) differs += 1;
  }
  // in double some would be others
  expect(differs).toBeGreaterThan(0);
});
