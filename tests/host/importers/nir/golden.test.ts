/** Golden traces of the NIR paper, through importer, discretisation and float stepper. */
import { expect, test } from "vitest";
import { importNir, NIR_DEFAULTS, type NirOptions } from "../../../../host/importers/nir/index.ts";
import { discretise } from "../../../../host/spiking/discretise.ts";
import { floatStepper } from "../../../../host/spiking/float-stepper.ts";
import { dataTest, readData } from "../../../support/data.ts";
import { around, f64, i64, type NirGraph, writeNir } from "../../../support/nir-writer.ts";

const text = (path: string) => new TextDecoder().decode(readData(`nir/${path}`));
const rows = (path: string) =>
  text(path)
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));

async function run(
  path: string,
  options: Partial<NirOptions>,
  inputs: readonly (readonly number[])[],
) {
  const source = { name: path, format: "nir" as const, sha256: "" };
  const network = discretise(
    await importNir(readData(`nir/${path}`), source, { ...NIR_DEFAULTS, ...options }),
  );
  const stepper = floatStepper(network);
  return inputs.map((input) => {
    stepper.step(input);
    return Object.fromEntries(
      network.events.map(({ name }, k) => [name, Array.from(stepper.events(k))]),
    );
  });
}

const EXPECTED = {
  norse: [460, 510, 710, 760],
  snntorch: [460, 510, 710, 760],
  spyx: [461, 511, 711, 761],
  nengo: [460, 510, 710, 760],
  sinabs: [450, 500, 710, 760],
  lava: [461, 511, 711, 761],
} as const;

for (const [discretisation, times] of Object.entries(EXPECTED)) {
  dataTest(`single LIF, ${discretisation}: the published spike times`, async () => {
    const input = rows("01_lif/lif_norse.csv").map(([x = 0]) => [x]);
    const reset = discretisation === "spyx" || discretisation === "sinabs" ? "subtract" : "zero";
    const options = { discretisation, reset } as Partial<NirOptions>;
    const events = await run("01_lif/lif_norse.nir", options, input);
    const spikes = events.flatMap(({ input: _, ...lif }, step) =>
      Object.values(lif)[0]?.[0] ? [step] : [],
    );
    expect(spikes).toEqual(times);
  });
}

dataTest("Braille, subtract: no differing spike in either layer", async () => {
  const input = rows("03_rnn/braille_test_sample0_input_256x12.csv");
  const lif1 = rows("03_rnn/snntorch_lif1_noBias_subtract_256x40.csv");
  const lif2 = rows("03_rnn/braille_noBias_subtract_lif2_expected_256x7.csv");
  for (const path of ["noDelay_noBias_subtract", "noDelay_noBias_subtract_subgraph"]) {
    const events = await run(
      `03_rnn/braille_${path}.nir`,
      { discretisation: "snntorch", reset: "subtract" },
      input,
    );
    const layer = (n: number) => events.map((e) => Object.values(e).find((x) => x.length === n));
    expect(layer(40)).toEqual(lif1);
    expect(layer(7)).toEqual(lif2);
  }
});

test("lava: every projection acts one step later, in loops too", async () => {
  const lif = { r: f64([1], 1), v_leak: f64([1], 0), tau: f64([1], 1e-4), v_reset: f64([1], 0) };
  const node = { type: "LIF", ...lif, v_threshold: f64([1], 0.5) };
  const one = { type: "Linear", weight: f64([1, 1], 1) };
  const graph: NirGraph = {
    ...around([1], node, [1]),
    nodes: {
      ...{ input: { type: "Input", shape: i64(1) }, output: { type: "Output", shape: i64(1) } },
      ...{ a: node, b: node, in: one, there: one, back: one },
    },
    edges: [
      ...[
        ["input", "in"],
        ["in", "a"],
        ["a", "there"],
        ["there", "b"],
        ["b", "back"],
      ],
      ...[
        ["back", "a"],
        ["b", "output"],
      ],
    ],
  };
  const source = { name: "loop.nir", format: "nir" as const, sha256: "" };
  const trains = async (discretisation: NirOptions["discretisation"]) => {
    const options = { ...NIR_DEFAULTS, discretisation };
    const network = discretise(await importNir(await writeNir(graph), source, options));
    const stepper = floatStepper(network);
    const spikes: Record<string, string> = { a: "", b: "" };
    for (let step = 0; step < 9; step++) {
      stepper.step([step === 0 ? 1 : 0]);
      network.events.forEach(({ name }, k) => {
        if (name in spikes) spikes[name] += String(stepper.events(k)[0]);
      });
    }
    return spikes;
  };
  // one spike goes round for ever: a fires it, b in the same step, and a again one step later
  expect(await trains("norse")).toEqual({ a: "111111111", b: "111111111" });
  expect(await trains("lava")).toEqual({ a: "010101010", b: "001010101" });
});
