/** Weights of 8 bits take 8 bits: what that does to a module's constants, and that it does nothing else. */
import { expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { planSpiking } from "../../../../host/compiler/spiking/index.ts";
import type { SpikingGraph, SynapseNode } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { openSpiking } from "../../../support/spiking.ts";

/** Whole numbers up to ±127, the largest among them: both widths store them, up to the exponent, as they are. */
const whole = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, k) => ((k * 37) % 255) - 127);

function projected(synapses: SynapseNode, inputShape: readonly number[]): SpikingGraph {
  const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
  const fires = { vThreshold: 300, vReset: 0, refractorySeconds: 0 };
  const lif = { tau: 1e-2, r: 1e2, vLeak: 0, current: 0, vInitial: 0 };
  return {
    kind: "spiking",
    source: { name: "projected", format: "graph", sha256: "" },
    semantics: {
      ...{ dtSeconds: 1e-4, timeUnit: "s", discretisation: "norse", reset: "zero" },
      ...{ inputKind: "spikes", assumptions: [] },
    },
    nodes: [
      { name: "in", kind: "Input", shape: inputShape },
      synapses,
      { name: "cells", kind: "LIF", shape: synapses.shape, ...lif, ...fires },
      { name: "out", kind: "Output", shape: synapses.shape },
    ],
    edges: [edge(0), edge(1), edge(2)],
    labels: null,
  };
}

function sparse(n: number, fanOut: number, delays: boolean): SynapseNode {
  const count = n * fanOut;
  return {
    ...{ name: "synapses", kind: "Sparse", shape: [n], inputSize: n, weight: whole(count) },
    rowStart: Uint32Array.from({ length: n + 1 }, (_, k) => k * fanOut),
    post: Uint32Array.from({ length: count }, (_, k) => (k * 61 + (k >> 4)) % n),
    delaySteps: delays ? Uint8Array.from({ length: count }, (_, k) => k % 3) : 0,
  };
}

const NETWORKS = {
  dense: {
    graph: projected(
      { ...{ name: "w", kind: "Linear", shape: [40], inputSize: 50 }, weight: whole(2000) },
      [50],
    ),
    saved: 2000,
  },
  convolution: {
    graph: projected(
      {
        ...{
          name: "w",
          kind: "Conv2d",
          shape: [8, 6, 6],
          inputShape: [4, 8, 8],
          weight: whole(288),
        },
        ...{ kernel: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 },
        bias: null,
      },
      [4, 8, 8],
    ),
    saved: 288,
  },
  "sparse, targets of 8 bits": { graph: projected(sparse(200, 16, false), [200]), saved: 2 * 3200 },
  "sparse, targets of 16 bits": { graph: projected(sparse(300, 16, false), [300]), saved: 4800 },
  "delays, targets of 8 bits": { graph: projected(sparse(200, 16, true), [200]), saved: 2 * 3200 },
  "delays, targets of 16 bits": { graph: projected(sparse(300, 16, true), [300]), saved: 4800 },
  "one to one": {
    graph: projected({ name: "w", kind: "Scale", shape: [100], scale: whole(100) }, [100]),
    saved: 100,
  },
} as const;

const constants = (graph: SpikingGraph, build: Build, weights: "i16" | "i8"): number =>
  planSpiking(graph, { ...DEFAULT_OPTIONS, build, weights }).layout.memory.constantBytes;

for (const [name, { graph, saved }] of Object.entries(NETWORKS)) {
  for (const build of ["mvp", "simd"] satisfies Build[]) {
    test(`${name}, ${build}: constants shrink by what the weights save`, () => {
      const less = constants(graph, build, "i16") - constants(graph, build, "i8");
      expect(Math.abs(less - saved)).toBeLessThan(16);
    });
  }
  test(`${name}: the same spikes and potentials from both widths and builds`, async () => {
    const n = graph.nodes[0]?.shape.reduce((a, b) => a * b, 1) ?? 0;
    const rows = Array.from({ length: 40 }, (_, t) =>
      Array.from({ length: n }, (_, k) => ((t * 31 + k * 17) % 23 === 0 ? 1 + (k % 3) : 0)),
    );
    const runs = [];
    for (const build of ["mvp", "simd"] satisfies Build[]) {
      for (const weights of ["i16", "i8"] as const) {
        const { step, read } = await openSpiking(graph, { build, weights, selfTest: false });
        runs.push(rows.map((row) => ({ spikes: Array.from(step(row)), v: read("cells.v") })));
      }
    }
    const [first, ...others] = runs;
    expect(first?.flatMap(({ spikes }) => spikes).filter((z) => z === 1).length).toBeGreaterThan(
      10,
    );
    for (const other of others) expect(other).toEqual(first);
  });
}
