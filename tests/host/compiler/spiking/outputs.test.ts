/** Outputs lie back to back: each writes its own bytes, and not those behind them. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../../host/model/random.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { openSpiking } from "../../../support/spiking.ts";

const DELAY_STEPS = 3;

/** Counts that pass through at once, delayed, at once and delayed again: sizes are of the outputs in this order. */
function passing(sizes: readonly number[]): SpikingGraph {
  const names = sizes.map((_, k) => `${k}`);
  const late = (k: number): boolean => k % 2 === 1;
  const nodes = sizes.flatMap((n, k): SpikingGraph["nodes"] => [
    { name: `in${k}`, kind: "Input", shape: [n] },
    ...(late(k)
      ? [
          {
            ...{ name: `late${k}`, kind: "Delay" as const, shape: [n] },
            delaySeconds: DELAY_STEPS * 1e-4,
          },
        ]
      : []),
    { name: `out${k}`, kind: "Output", shape: [n] },
  ]);
  const at = (name: string): number => nodes.findIndex((node) => node.name === name);
  const edge = (from: string, to: string) => ({ source: at(from), target: at(to), receptor: 0 });
  return {
    kind: "spiking",
    source: { name: "passing", format: "graph", sha256: "" },
    semantics: {
      ...{ dtSeconds: 1e-4, timeUnit: "s", discretisation: "norse", reset: "zero" },
      ...{ inputKind: "spikes", assumptions: [] },
    },
    nodes,
    edges: names.flatMap((k) =>
      late(Number(k))
        ? [edge(`in${k}`, `late${k}`), edge(`late${k}`, `out${k}`)]
        : [edge(`in${k}`, `out${k}`)],
    ),
    labels: null,
  };
}

test.each<[Build, readonly number[]]>([
  ["mvp", [5, 11]],
  ["simd", [5, 11]],
  ["mvp", [3, 8, 1, 9]],
  ["mvp", [16, 17, 2, 23]],
])("%s build, outputs of %j", async (build, sizes) => {
  const { step } = await openSpiking(passing(sizes), { build, selfTest: false });
  const random = mulberry32(sizes.length);
  const rows: number[][][] = [];
  for (let t = 0; t < 40; t++) {
    const row = sizes.map((n) =>
      Array.from({ length: n }, () => (random() < 0.7 ? Math.floor(random() * 256) : 0)),
    );
    rows.push(row);
    const expected = sizes.map((n, k) =>
      k % 2 === 0 ? row[k] : (rows[t - DELAY_STEPS]?.[k] ?? new Array(n).fill(0)),
    );
    expect([t, ...step(row.flat())]).toEqual([t, ...expected.flat()]);
  }
});
