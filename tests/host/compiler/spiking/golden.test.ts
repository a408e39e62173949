/** Public traces of the NIR paper, through the whole compiler: the module's spikes, in both builds. */
import { expect } from "vitest";
import type { NirOptions } from "../../../../host/importers/nir/index.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { dataTest } from "../../../support/data.ts";
import { nirGraph, nirRows, openSpiking } from "../../../support/spiking.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];

const EXPECTED = {
  norse: [460, 510, 710, 760],
  snntorch: [460, 510, 710, 760],
  spyx: [461, 511, 711, 761],
  nengo: [460, 510, 710, 760],
  sinabs: [450, 500, 710, 760],
  lava: [461, 511, 711, 761],
} as const;

for (const [discretisation, times] of Object.entries(EXPECTED)) {
  for (const build of BUILDS) {
    dataTest(`single LIF, ${discretisation}, ${build}: the published spike times`, async () => {
      const reset = discretisation === "spyx" || discretisation === "sinabs" ? "subtract" : "zero";
      const options = { discretisation, reset } as Partial<NirOptions>;
      const { step } = await openSpiking(await nirGraph("01_lif/lif_norse.nir", options), {
        build,
      });
      const input = nirRows("01_lif/lif_norse.csv").map(([x = 0]) => [x]);
      const spikes = input.flatMap((row, k) => (step(row)[0] ? [k] : []));
      expect(spikes).toEqual(times);
    });
  }
}

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, k) => sum + value * (y[k] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

const totals = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, k) => rows.reduce((sum, row) => sum + (row[k] ?? 0), 0));

async function braille(path: string, build: Build, weights: "i16" | "i8") {
  const graph = await nirGraph(`03_rnn/braille_${path}.nir`, {
    ...{ discretisation: "snntorch", reset: "subtract" },
  });
  const { step, read } = await openSpiking(graph, { build, weights });
  const hidden = graph.nodes.find((n) => n.kind === "CubaLIF" && n.shape[0] === 40);
  const lif1: number[][] = [];
  const lif2 = nirRows("03_rnn/braille_test_sample0_input_256x12.csv").map((row) => {
    const out = Array.from(step(row));
    lif1.push(read(`${hidden?.name}.spikes`));
    return out;
  });
  return { lif1, lif2 };
}

for (const build of BUILDS) {
  for (const path of ["noDelay_noBias_subtract", "noDelay_noBias_subtract_subgraph"]) {
    dataTest(`Braille ${path}, ${build}, i16: no differing spike`, async () => {
      const { lif1, lif2 } = await braille(path, build, "i16");
      expect(lif1).toEqual(nirRows("03_rnn/snntorch_lif1_noBias_subtract_256x40.csv"));
      expect(lif2).toEqual(nirRows("03_rnn/braille_noBias_subtract_lif2_expected_256x7.csv"));
    });
  }
  dataTest(`Braille, ${build}, i8: the same winner, mean activity within 0.97`, async () => {
    const { lif1, lif2 } = await braille("noDelay_noBias_subtract", build, "i8");
    const expected = totals(nirRows("03_rnn/snntorch_lif1_noBias_subtract_256x40.csv"));
    const winner = totals(lif2).indexOf(Math.max(...totals(lif2)));
    expect(winner).toBe(1);
    expect(cosine(totals(lif1), expected)).toBeGreaterThan(0.97);
    const classes = totals(nirRows("03_rnn/braille_noBias_subtract_lif2_expected_256x7.csv"));
    expect(cosine(totals(lif2), classes)).toBeGreaterThan(0.97);
  });
}
