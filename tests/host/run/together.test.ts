/** Several instances of a module side by side: the results of one alone, in the order of their inputs. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { at } from "../../../host/model/at.ts";
import { LatencyRecorder } from "../../../host/run/latency.ts";
import { inferTogether } from "../../../host/run/together.ts";
import { type Crew, localTarget } from "../../../host/runtime/index.ts";
import { systemClock } from "../../../host/units.ts";
import { inputBytes, randomInput, randomOperator } from "../../support/random-graph.ts";

const graph = randomOperator("FULLY_CONNECTED", 3);
const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, build: "simd" });
const bytes = inputBytes(graph);
const COUNT = 1000;
const rows = Array.from({ length: COUNT }, (_, k) => new Uint8Array(randomInput(bytes, k).buffer));

/** Batches of uneven sizes, as files give them. */
const inputs = {
  count: COUNT,
  async *batches() {
    for (let from = 0, size = 1; from < COUNT; from += size, size = (3 * size) % 331 || 1) {
      yield new Uint8Array(Buffer.concat(rows.slice(from, from + size)));
    }
  },
};

const io = (signal = new AbortController().signal) => ({
  clock: systemClock,
  stderr: { write: () => {} },
  env: {},
  signal,
});

/** Instances in this thread, which answer after turns of their own: the threads themselves are in bench-jobs.test.ts. */
async function withCrew<T>(size: number, use: (crew: Crew) => Promise<T>): Promise<T> {
  const sessions = await Promise.all(Array.from({ length: size }, () => localTarget().load(wasm)));
  const { inputBytes: from, outputBytes: to } = at(sessions, 0);
  let steps = 0;
  return use({
    ...{ size, inputBytes: from, outputBytes: to },
    async infer(instance, inputs) {
      for (let turns = (7 * steps) % 5; turns > 0; turns--) await Promise.resolve();
      const outputs = new Uint8Array((inputs.length / from) * to);
      for (let k = 0; k < inputs.length / from; k++) {
        const output = outputs.subarray(k * to, (k + 1) * to);
        at(sessions, instance).step(inputs.subarray(k * from, (k + 1) * from), output);
        steps += 1;
      }
      return { outputs, elapsedNs: new Float64Array(inputs.length / from).fill(1000) };
    },
    async counters() {
      const [first] = sessions;
      if (!first) throw new Error("no session");
      return { ...first.counters(), steps: BigInt(steps) };
    },
    close: async () => {},
  });
}

test.each([1, 2, 3])("%i instances", async (size) => {
  const session = await localTarget().load(wasm);
  const expected = rows.map((row) => {
    const output = new Uint8Array(session.outputBytes);
    session.step(row, output);
    return Buffer.from(output).toString("hex");
  });
  for (const limit of [COUNT, 130]) {
    const got: string[] = [];
    const latency = new LatencyRecorder();
    await withCrew(size, async (crew) => {
      const lost = await inferTogether(
        io(),
        { crew, perCall: 64 },
        inputs,
        limit,
        latency,
        (input, output) => {
          expect(Buffer.compare(input, at(rows, got.length))).toBe(0);
          got.push(Buffer.from(output).toString("hex"));
          return null;
        },
      );
      expect(lost).toBe(null);
      expect((await crew.counters()).steps).toBe(BigInt(limit));
    });
    expect(got).toEqual(expected.slice(0, limit));
    expect(latency.summary()?.n).toBe(limit);
  }
});

test("an instance that is gone ends the loop with what was done before", async () => {
  let done = 0;
  const lost = await withCrew(2, (crew) =>
    inferTogether(
      io(),
      { crew: failing(crew, 5), perCall: 64 },
      inputs,
      COUNT,
      new LatencyRecorder(),
      () => {
        done += 1;
        return null;
      },
    ),
  );
  expect(lost?.error).toEqual(new Error("gone"));
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(COUNT);
});

test("a signal ends it early", async () => {
  const ending = new AbortController();
  let done = 0;
  const lost = await withCrew(2, (crew) =>
    inferTogether(
      io(ending.signal),
      { crew, perCall: 64 },
      inputs,
      COUNT,
      new LatencyRecorder(),
      () => {
        done += 1;
        if (done === 100) ending.abort();
        return null;
      },
    ),
  );
  expect(lost).toBe(null);
  expect(done).toBeLessThan(COUNT);
});

/** A crew whose n-th call fails. */
function failing(crew: Crew, n: number): Crew {
  let calls = 0;
  return {
    ...crew,
    infer: (instance, inputs) =>
      ++calls === n ? Promise.reject(new Error("gone")) : crew.infer(instance, inputs),
  };
}
