/** The largest networks: no object per synapse, no list that grows past what the rows need. */
import { expect, test } from "vitest";
import {
  conduction,
  inDegree,
  lif,
  network,
  normal,
  probability,
} from "../../../host/network/index.ts";
import { box } from "../../../host/network/positions.ts";

const neuron = lif({ tau: 0.02, vThreshold: 1 });

test.each([
  ["10^6 neurons, 10 synapses each", 1_000_000, inDegree(10), 1e7],
  ["10^5 neurons, 80 synapses each", 100_000, probability(80 / 100_000), 8e6],
])("%s, weights and delays of their own", (_, n, connect, synapses) => {
  const net = network({ name: "large", seed: 1 });
  const all = net.population("neurons", n, neuron, { positions: box(1e-3, 1e-3, 1e-3) });
  net.project(all, all, {
    connect,
    weight: normal(1, 0.1, { min: 0 }),
    delay: conduction(0.5),
  });
  net.output("spikes", all);
  const node = net.graph().nodes.find(({ kind }) => kind === "Sparse");
  if (node?.kind !== "Sparse") throw new Error("no rows");
  expect(Math.abs(node.post.length / synapses - 1)).toBeLessThan(0.01);
  expect(node.delaySteps).toHaveLength(node.post.length);
});
