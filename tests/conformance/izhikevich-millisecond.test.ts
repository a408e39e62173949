/** Izhikevich neurons in steps of a millisecond, whose quiet ones take 32 bits: far off and at every edge, as BigInt has it. */
import { expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { planSpiking } from "../../host/compiler/spiking/index.ts";
import { mulberry32 } from "../../host/model/random.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import { inDegree, izhikevich, network, oneToOne, uniform } from "../../host/network/index.ts";
import { agree } from "../support/spiking-agreement.ts";

const N = 61;

/** Edges of what counts as quiet, and what lies far beyond. */
const EDGES_MV = [
  ...[-90, -90.0000005, -89.9999995, -62.5, 0, 29.9999995, 30, 31.9999995, 32, -250, 250],
];

/** weight: what a spike of the input brings, up or down. */
// biome-ignore format: a table
const CELLS = [
  { name: "regular spiking", a: 0.02, b: 0.2, c: -65, d: 8, weight: 8, current: 8 },
  { name: "fast, strong input", a: 0.1, b: 0.26, c: -65, d: 2, weight: 20, current: 0 },
  { name: "thrown far down and up", a: 0.02, b: -0.1, c: -50, d: 2, weight: 34, current: 30 },
  { name: "never recovers", a: 0, b: 0.2, c: -55, d: 4, weight: 3, current: 12 },
  { name: "a and b at their limits", a: 0.499, b: -0.499, c: 25, d: -20, weight: 6, current: 5 },
];

function population({ name, weight, current, ...cell }: (typeof CELLS)[number]): SpikingGraph {
  const random = mulberry32(N);
  const start = Float64Array.from({ length: N }, (_, k) => EDGES_MV[k] ?? 340 * random() - 200);
  const net = network({ name, seed: 3, dtSeconds: 1e-3, maxCount: 5 });
  const input = net.input("in", N);
  const cells = net.population("cells", N, izhikevich({ ...cell, current, vInitial: start }));
  const upOrDown = Array.from({ length: N }, (_, k) => (k % 3 === 1 ? -weight : weight));
  net.project(input, cells, { connect: oneToOne(), weight: upOrDown });
  net.project(cells, cells, { connect: inDegree(7), weight: 3, delay: 2e-3 });
  net.project(cells, cells, { connect: inDegree(5), weight: -4, delay: uniform(1e-3, 9e-3) });
  net.output("out", cells);
  return net.graph();
}

for (const [k, cell] of CELLS.entries()) {
  test(cell.name, async () => {
    const graph = population(cell);
    const { step } = planSpiking(graph, DEFAULT_OPTIONS).layout;
    const kernels = step.map(({ kernel }) => kernel.entry);
    expect(kernels).toContain("izhikevichMillisecond");
    expect(kernels).toContain("sparseShared<u8>");
    await agree(graph, k, k % 2 === 0 ? "i16" : "i8");
  });
}
