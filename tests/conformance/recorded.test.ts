/** Real inputs, recorded outputs: every byte, on every row of the table, in both roundings. */
import { expect } from "vitest";
import { dataTest, readInt8 } from "../support/data.ts";
import { modelGraph } from "./models.ts";
import { difference, infer, open, ROUNDINGS, TARGETS } from "./targets.ts";

const SETS = [
  ["kws_ref_model.tflite", "kws01/inputs_500x490", "kws01/expected_500x12", 500],
  ["ad01_int8.tflite", "ad01/sample_inputs_196x640", "ad01/sample_expected_196x640", 196],
  ["str_ww_ref_model.tflite", "sww01/calib_inputs_45x1200", "sww01/calib_expected_45x3", 45],
] as const;

for (const [model, inputs, outputs, samples] of SETS) {
  for (const row of TARGETS) {
    for (const rounding of ROUNDINGS) {
      dataTest(`${model}, ${row.name}, ${rounding} rounding: ${samples} samples`, async () => {
        const session = await open(row, await modelGraph(model), { rounding });
        const input = readInt8(`${inputs}.i8.bin`);
        const expected = readInt8(`${outputs}.${rounding}_rounding.i8.bin`);
        const [from, to] = [input.length / samples, expected.length / samples];
        const sample = (k: number) => infer(session, input.subarray(k * from, (k + 1) * from));
        for (let k = 0; k < samples; k++) {
          const wanted = expected.subarray(k * to, (k + 1) * to);
          expect(difference(await sample(k), wanted), `sample ${k}`).toBeNull();
        }
        // nothing of the samples before is left: the first one again, twice
        for (let again = 0; again < 2; again++) {
          expect(
            difference(await sample(0), expected.subarray(0, to)),
            "sample 0 again",
          ).toBeNull();
        }
        expect((await session.counters()).steps).toBe(BigInt(samples + 2));
      });
    }
  }
}
