/** LSTM and SVDF in every build: outputs and states after every step, a public network, and states that go on elsewhere. */
import { expect, test } from "vitest";
import { dataTest, readData } from "../support/data.ts";
import { bundle, inputBytes, randomInput } from "../support/random-graph.ts";
import { RECURRENT_KINDS, randomRecurrent } from "../support/random-recurrent.ts";
import { follows } from "./kept.ts";
import { modelGraph } from "./models.ts";
import { difference, infer, open, ROUNDINGS, TARGETS } from "./targets.ts";

const COUNT = 20;

for (const kind of RECURRENT_KINDS) {
  const graph = bundle(Array.from({ length: COUNT }, (_, seed) => randomRecurrent(kind, seed)));
  for (const row of TARGETS) {
    for (const rounding of ROUNDINGS) {
      test(`${COUNT} × ${kind}, ${row.name}, ${rounding} rounding`, async () => {
        const session = await open(row, graph, { rounding, selfTest: false });
        await follows(graph, session, rounding);
        await session.reset();
        await follows(graph, session, rounding);
      });
    }
  }
  test(`${kind}: the state of one build goes on in the others`, async () => {
    const [first, ...others] = await Promise.all(TARGETS.map((row) => open(row, graph)));
    if (first === undefined) throw new Error("no rows");
    const input = (k: number) => randomInput(inputBytes(graph), 50 + k);
    for (let k = 0; k < 3; k++) await infer(first, input(k));
    const middle = await first.readState();
    const wanted = await infer(first, input(3));
    for (const other of others) {
      await other.writeState(middle);
      expect(difference(await infer(other, input(3)), wanted)).toBeNull();
    }
  });
}

for (const row of TARGETS) {
  for (const rounding of ROUNDINGS) {
    dataTest(
      `trained_lstm_int8, TensorFlow Lite's own 80 bytes, ${row.name}, ${rounding}`,
      async () => {
        const session = await open(
          row,
          await modelGraph("../models-public/trained_lstm_int8.tflite"),
          {
            rounding,
          },
        );
        const name = "models-public/trained_lstm_int8";
        const inputs = new Int8Array(readData(`${name}.input.bin`));
        const expected = new Int8Array(readData(`${name}.tflite_wasm.bin`));
        // states are kept from inference to inference, as TensorFlow Lite keeps them
        const bytes = session.inputBytes;
        for (let k = 0; k < 8; k++) {
          const output = await infer(session, inputs.slice(k * bytes, (k + 1) * bytes));
          expect(
            difference(output, expected.slice(10 * k, 10 * k + 10)),
            `inference ${k}`,
          ).toBeNull();
        }
      },
    );
  }
}
