import { expect } from "vitest";
import { importNir, NIR_DEFAULTS } from "../../../../host/importers/nir/index.ts";
import { dataTest, readData } from "../../../support/data.ts";

const source = (name: string) => ({ name, format: "nir" as const, sha256: "" });
const load = (path: string, options = NIR_DEFAULTS) =>
  importNir(readData(`nir/${path}`), source(path), options);

dataTest("reads the single LIF of the NIR paper", async () => {
  const graph = await load("01_lif/lif_norse.nir");
  expect(graph.nodes.map((n) => n.kind)).toEqual(["Input", "Affine", "LIF", "Output"]);
  const lif = graph.nodes[2];
  expect(lif).toMatchObject({ r: 1, vLeak: 0, vReset: 0 });
  // float32 values, as the file holds them
  expect(lif?.kind === "LIF" && lif.tau).toBeCloseTo(2.5e-3, 9);
  expect(lif?.kind === "LIF" && lif.vThreshold).toBe(Math.fround(0.1));
  expect(graph.semantics.assumptions.join()).toContain("v_reset is absent");
});

dataTest("reads the Braille network and the nested file of the same network alike", async () => {
  const flat = await load("03_rnn/braille_noDelay_noBias_subtract.nir");
  const nested = await load("03_rnn/braille_noDelay_noBias_subtract_subgraph.nir");
  const shape = (g: typeof flat) =>
    g.edges
      .map((e) => `${g.nodes[e.source]?.kind}→${g.nodes[e.target]?.kind}`)
      .sort()
      .join(" ");
  expect(shape(nested)).toBe(shape(flat));
  expect(flat.edges).toHaveLength(7);
  expect(nested.nodes.map((n) => n.name)).toContain("lif1.lif1");
});

dataTest("a time unit of milliseconds scales every time constant", async () => {
  const graph = await load("01_lif/two_lif_neurons.nir", { ...NIR_DEFAULTS, timeUnit: "ms" });
  const taus = graph.nodes.flatMap((n) => (n.kind === "LIF" ? [n.tau] : []));
  expect(taus[0]).toBeCloseTo(1e-5, 9);
});
