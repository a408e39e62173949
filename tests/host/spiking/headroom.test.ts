/** IF neurons far below zero and far above the threshold: as many bits of headroom as their numbers leave. */
import { describe, expect, test } from "vitest";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import type { Build } from "../../../host/module/manifest.ts";
import { integrateAndFire, list, network } from "../../../host/network/index.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { chain, f64, i64, writeNir } from "../../support/nir-writer.ts";
import { openSpiking } from "../../support/spiking.ts";

const { file } = folderOfFiles();
const BUILDS: readonly Build[] = ["mvp", "simd"];

/** One IF of threshold 1 with a weight for each input. */
function cell(weight: readonly number[], reset: "zero" | "subtract"): SpikingGraph {
  const net = network({ name: "if", reset });
  const input = net.input("in", weight.length);
  const one = net.population("cell", 1, integrateAndFire({ vThreshold: 1 }));
  const all = weight.map((_, k) => k);
  net.project(input, one, {
    connect: list(
      all,
      all.map(() => 0),
    ),
    weight: [...weight],
  });
  net.output("spikes", one);
  return net.graph();
}

describe.each(BUILDS)("%s", (build) => {
  test("2000 thresholds below zero, and back: as many steps as it went down", async () => {
    for (const reset of ["zero", "subtract"] as const) {
      const { step, session } = await openSpiking(cell([-1, 1], reset), { build });
      for (let t = 0; t < 2000; t++) expect([...step([1, 0])]).toEqual([0]);
      // from −2000 to 2, which is above 1
      const spikes = Array.from({ length: 2003 }, () => step([0, 1])[0] ?? 0);
      expect(spikes.indexOf(1)).toBe(2001);
      expect(session.counters().saturations).toBe(0n);
    }
  });

  test("1000 thresholds at once are given back one by one", async () => {
    const { step, session } = await openSpiking(cell([4], "subtract"), { build });
    step([250]);
    let spikes = 1;
    while (spikes < 1500 && step([0])[0] === 1) spikes += 1;
    // the last one leaves it at the threshold, which is not above it
    expect(spikes).toBe(999);
    expect(session.counters().saturations).toBe(0n);
  });
});

describe("the format", () => {
  const bitsOf = (graph: SpikingGraph) =>
    quantise(discretise(graph)).report.populations[0]?.fractionBits;

  test("of what nothing pushes down, and a spike brings back, is as fine as before: θ has 22 bits", () => {
    expect(bitsOf(cell([0.5, 0.25], "zero"))).toBe(22);
  });

  test("of what drifts still resolves its largest weight to 14 bits, and θ to 16", () => {
    for (const size of [1, 0.1, 1e-3]) {
      const bits = bitsOf(cell([-size, size], "zero")) ?? 0;
      expect(bits).toBe(Math.max(16, Math.ceil(14 - Math.log2(size))));
    }
  });
});

test("run says of every population that it is held, in a line", async () => {
  const graph = chain({
    input: { type: "Input", shape: i64(1) },
    fc: { type: "Linear", weight: f64([1, 1], -60) },
    deep: { type: "IF", r: f64([1], 1), v_threshold: f64([1], 1), v_reset: f64([1], 0) },
    output: { type: "Output", shape: i64(1) },
  });
  const model = file("deep.nir", await writeNir(graph));
  const input = file("deep.csv", "255\n".repeat(100));
  const { code, stderr } = await cli(["run", model, "--input", input]);
  expect(code).toBe(0);
  expect(stderr.match(/warning: .*saturations?: deep is held within ±/g)).toHaveLength(1);
});
