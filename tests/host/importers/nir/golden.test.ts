/** Golden traces of the NIR paper, through importer, discretisation and float stepper. */
import { expect } from "vitest";
import { importNir, NIR_DEFAULTS, type NirOptions } from "../../../../host/importers/nir/index.ts";
import { discretise } from "../../../../host/model/discretise.ts";
import { floatStepper } from "../../../../host/model/float-stepper.ts";
import { dataTest, readData } from "../../../support/data.ts";

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
    return network.events.map((_, k) => Array.from(stepper.events(k)));
  });
}

const EXPECTED = {
  norse: [460, 510, 710, 760],
  snntorch: [460, 510, 710, 760],
  spyx: [461, 511, 711, 761],
  nengo: [460, 510, 710, 760],
  sinabs: [450, 500, 710, 760],
} as const;

for (const [discretisation, times] of Object.entries(EXPECTED)) {
  dataTest(`single LIF, ${discretisation}: the published spike times`, async () => {
    const input = rows("01_lif/lif_norse.csv").map(([x = 0]) => [x]);
    const reset = discretisation === "spyx" || discretisation === "sinabs" ? "subtract" : "zero";
    const options = { discretisation, reset } as Partial<NirOptions>;
    const events = await run("01_lif/lif_norse.nir", options, input);
    const spikes = events.flatMap((e, step) => (e.at(-1)?.[0] ? [step] : []));
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
    const layer = (n: number) => events.map((e) => e.find((x) => x.length === n));
    expect(layer(40)).toEqual(lif1);
    expect(layer(7)).toEqual(lif2);
  }
});
