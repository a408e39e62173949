/** Every fixture of data/tflite-cases, every byte, in every build and both roundings; boards have them as a case. */
import { expect } from "vitest";
import { dataTest } from "../support/data.ts";
import { interpret } from "../support/oracle/index.ts";
import { CASE_INFERENCES, caseInputs, caseOutputs, tfliteCases } from "../support/tflite-cases.ts";
import { difference, infer, open, ROUNDINGS, TARGETS } from "./targets.ts";

const signed = (bytes: Uint8Array): Int8Array =>
  new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** Part k of so many. */
const part = (all: Uint8Array, k: number): Int8Array => {
  const length = all.length / CASE_INFERENCES;
  return signed(all.slice(k * length, (k + 1) * length));
};

for (const rounding of ROUNDINGS) {
  for (const row of TARGETS) {
    dataTest(`tflite-cases, ${row.name}, ${rounding} rounding`, async () => {
      const [inputs, outputs] = [await caseInputs(), await caseOutputs(rounding)];
      const session = await open(row, await tfliteCases(), { rounding });
      for (let k = 0; k < CASE_INFERENCES; k++) {
        const got = await infer(session, part(inputs, k));
        expect(difference(got, part(outputs, k)), `inference ${k}`).toBeNull();
      }
    });
  }

  dataTest(`tflite-cases, the oracle, ${rounding} rounding`, async () => {
    const [inputs, outputs] = [await caseInputs(), await caseOutputs(rounding)];
    const graph = await tfliteCases();
    for (let k = 0; k < CASE_INFERENCES; k++) {
      const { output } = interpret(graph, part(inputs, k), rounding);
      expect(difference(output, part(outputs, k)), `inference ${k}`).toBeNull();
    }
  });
}
