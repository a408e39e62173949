/**
 * Networks that keep something from step to step, in every build: outputs, every variable after every step, and what
 * follows from a state that another build had in the middle.
 */
import { expect, test } from "vitest";
import type { Session } from "../../host/runtime/index.ts";
import { dataTest } from "../support/data.ts";
import { interpret } from "../support/oracle/index.ts";
import { inputBytes, randomInput } from "../support/random-graph.ts";
import { HOPS, STREAMING, type Streaming, streamingModel } from "../support/streaming-models.ts";
import { follows, randomKept, STEPS } from "./kept.ts";
import { difference, infer, open, ROUNDINGS, TARGETS } from "./targets.ts";

/** variables.long.test.ts has more, in both roundings */
const COUNT = 16;
const graph = randomKept(0, COUNT);

for (const row of TARGETS) {
  test(`${COUNT} random networks, ${row.name}`, async () => {
    const session = await open(row, graph);
    await follows(graph, session, "double");
    await session.reset();
    await follows(graph, session, "double");
  });
  test(`${COUNT} random networks, all layers kept, ${row.name}`, async () => {
    const kept = randomKept(COUNT, COUNT);
    await follows(kept, await open(row, kept, { keepLayers: true }), "double");
  });
}

test("the state of every build has one layout and the same bytes, and goes on in the others", async () => {
  const inputs = Array.from({ length: STEPS }, (_, k) => randomInput(inputBytes(graph), k));
  const sessions: Session[] = [];
  for (const row of TARGETS) sessions.push(await open(row, graph));
  const [first, ...others] = sessions as [Session, ...Session[]];
  for (const input of inputs.slice(0, 3)) await infer(first, input);
  const middle = await first.readState();
  const rest: Int8Array[] = [];
  for (const input of inputs.slice(3)) rest.push(await infer(first, input));
  for (const other of others) {
    await other.writeState(middle);
    for (const [k, input] of inputs.slice(3).entries()) {
      expect(difference(await infer(other, input), rest[k] ?? new Int8Array())).toBeNull();
    }
    expect(await other.readState()).toEqual(await first.readState());
  }
});

async function hops(session: Session, { inputs }: Streaming, from = 0): Promise<Int8Array> {
  const bytes = session.inputBytes;
  const all = new Int8Array((HOPS - from) * session.outputBytes);
  for (let k = from; k < HOPS; k++) {
    const at = (k * bytes) % inputs.length;
    all.set(
      await infer(session, inputs.subarray(at, at + bytes)),
      (k - from) * session.outputBytes,
    );
  }
  return all;
}

for (const name of STREAMING) {
  for (const rounding of ROUNDINGS) {
    for (const row of TARGETS) {
      dataTest(`${name}, ${row.name}, ${rounding}: every byte, over and over`, async () => {
        const model = await streamingModel(name);
        const session = await open(row, model.graph, { rounding });
        const expected = model.expected[rounding];
        const got = (await hops(session, model)).subarray(0, expected.length);
        expect(difference(got, expected)).toBeNull();
      });
    }
    dataTest(`${name}, the oracle, ${rounding}`, async () => {
      const { graph, inputs, expected } = await streamingModel(name);
      const bytes = inputBytes(graph);
      let kept: readonly Uint8Array[] | undefined;
      for (let k = 0; k < inputs.length / bytes; k++) {
        const step = interpret(graph, inputs.slice(k * bytes, (k + 1) * bytes), rounding, kept);
        kept = step.kept;
        expect(step.output[0], `step ${k}`).toBe(expected[rounding][k]);
      }
    });
  }

  dataTest(`${name}: ${HOPS} hops, in the middle on to another build`, async () => {
    const model = await streamingModel(name);
    const [first, ...others] = TARGETS.map((row) => open(row, model.graph));
    const whole = await first;
    if (whole === undefined) throw new Error("no targets");
    const uninterrupted = await hops(whole, model);
    for (const opened of others) {
      const session = await opened;
      await whole.reset();
      for (let k = 0; k < HOPS / 2; k++) {
        const at = (k * session.inputBytes) % model.inputs.length;
        await infer(whole, model.inputs.subarray(at, at + session.inputBytes));
      }
      await session.writeState(await whole.readState());
      const rest = await hops(session, model, HOPS / 2);
      expect(difference(rest, uninterrupted.subarray(HOPS / 2))).toBeNull();
    }
  });
}
