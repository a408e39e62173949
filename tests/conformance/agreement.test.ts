/** Networks without recorded outputs: all rows of the table agree on random inputs, and with the oracle on some. */
import { expect } from "vitest";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import { dataTest } from "../support/data.ts";
import { interpret } from "../support/oracle/index.ts";
import { inputBytes, interestingInputs, randomInput } from "../support/random-graph.ts";
import { modelGraph } from "./models.ts";
import { difference, infer, open, ROUNDINGS, TARGETS } from "./targets.ts";

const RANDOM_INPUTS = 200;

async function agree(graph: LayeredGraph, rounding: Rounding): Promise<void> {
  const length = inputBytes(graph);
  const chosen = interestingInputs(length, 1);
  const expected = chosen.map((input) => interpret(graph, input, rounding).output);
  const random = Array.from({ length: RANDOM_INPUTS }, (_, seed) => randomInput(length, seed));
  let first: readonly Int8Array[] | null = null;
  for (const row of TARGETS) {
    const session = await open(row, graph, { rounding });
    for (const [k, input] of chosen.entries()) {
      const got = await infer(session, input);
      const wanted = expected[k] ?? new Int8Array();
      expect(difference(got, wanted), `${row.name}, oracle, input ${k}`).toBeNull();
    }
    const outputs: Int8Array[] = [];
    for (const input of random) outputs.push(await infer(session, input));
    const reference: readonly Int8Array[] = first ?? outputs;
    outputs.forEach((output, seed) => {
      const wanted = reference[seed] ?? new Int8Array();
      expect(difference(output, wanted), `${row.name}, random input ${seed}`).toBeNull();
    });
    first = reference;
  }
}

for (const model of ["vww_96_int8.tflite", "pretrainedResnet_quant.tflite"]) {
  for (const rounding of ROUNDINGS) {
    dataTest(`${model}, ${rounding} rounding: ${RANDOM_INPUTS} random inputs`, async () => {
      await agree(await modelGraph(model), rounding);
    });
  }
}
