/** Networks that fill their last page to the last byte: a kernel that read or wrote past them would trap. */
import { expect, test } from "vitest";
import { DEFAULT_OPTIONS, plan } from "../../../../host/compiler/index.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { allToAll, cubaLif, lif, network } from "../../../../host/network/index.ts";
import { openSpiking } from "../../../support/spiking.ts";

const PAGE = 65536;

const NEURONS = {
  lif: lif({ tau: 0.02, vThreshold: 1 }),
  cubaLif: cubaLif({ tauMem: 0.02, vThreshold: 1, receptors: { exc: { tauSyn: 5e-3 } } }),
} as const;

function layer(kind: keyof typeof NEURONS, inputs: number, neurons: number): SpikingGraph {
  const net = network({ name: "full" });
  const input = net.input("in", inputs);
  const cells = net.population("cells", neurons, NEURONS[kind]);
  net.project(input, cells, { connect: allToAll(), weight: 1, delay: 1e-4 });
  net.output("spikes", cells);
  return net.graph();
}

type Options = { readonly build: Build; readonly weights: "i16" | "i8" };

/** A layer whose memory ends with a page. */
function fullLayer(kind: keyof typeof NEURONS, options: Options): SpikingGraph {
  const bytesOf = (graph: SpikingGraph): number =>
    plan(graph, { ...DEFAULT_OPTIONS, ...options }).memory.memUsedBytes;
  for (let neurons = 60; neurons < 400; neurons++) {
    let [inputs, bytes] = [8, 0];
    for (let more = 1024; more >= 1; more /= 2) {
      const now = bytesOf(layer(kind, inputs + more, neurons));
      if (now <= PAGE) [inputs, bytes] = [inputs + more, now];
    }
    if (bytes === PAGE) return layer(kind, inputs, neurons);
  }
  throw new Error("no layer fills a page");
}

test.each<[keyof typeof NEURONS, Options]>([
  ["lif", { build: "mvp", weights: "i16" }],
  ["lif", { build: "mvp", weights: "i8" }],
  ["lif", { build: "simd", weights: "i16" }],
  ["cubaLif", { build: "mvp", weights: "i16" }],
  ["cubaLif", { build: "simd", weights: "i16" }],
])("%s, %j", async (kind, options) => {
  const graph = fullLayer(kind, options);
  const { step, session, manifest } = await openSpiking(graph, { ...options, selfTest: false });
  const ends = manifest.memory.map(({ ptr, len }) => ptr + len);
  // regions begin at multiples of 16, the last one too where it is empty
  expect(PAGE - Math.max(...ends)).toBeLessThan(16);
  const input = new Uint8Array(session.inputBytes).fill(1);
  for (let t = 0; t < 100; t++) step(t % 7 === 0 ? new Uint8Array(input.length) : input);
  expect(session.counters().spikes).toBeGreaterThan(0n);
});
