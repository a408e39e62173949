/** Forms by memory: the same bytes in less of it, and no less memory than asked for. */
import { expect, test } from "vitest";
import { type CompileOptions, compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { localTarget } from "../../../host/runtime/index.ts";
import { interpret } from "../../support/oracle/index.ts";
import { inputBytes, interestingInputs, randomOperator } from "../../support/random-graph.ts";

const OPTIONS: CompileOptions = { ...DEFAULT_OPTIONS, selfTest: false };
const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

test("fully connected layers in their smaller form compute the oracle's bytes", async () => {
  let smaller = 0;
  for (const seed of SEEDS) {
    const graph = randomOperator("FULLY_CONNECTED", seed);
    const usual = (await compile(graph, OPTIONS)).manifest.memory;
    const { wasm, manifest } = await compile(graph, { ...OPTIONS, memoryBytes: 1 });
    const constants = (memory: typeof usual): number =>
      memory.filter(({ kind }) => kind === "constant").reduce((n, { len }) => n + len, 0);
    expect(constants(manifest.memory)).toBeLessThanOrEqual(constants(usual));
    if (constants(manifest.memory) < constants(usual)) smaller++;
    const session = await localTarget().load(wasm);
    for (const input of interestingInputs(inputBytes(graph), seed)) {
      const output = new Uint8Array(session.outputBytes);
      session.step(new Uint8Array(input.buffer, input.byteOffset, input.length), output);
      const { output: expected } = interpret(graph, input, "double");
      expect(new Int8Array(output.buffer)).toEqual(expected);
    }
  }
  expect(smaller).toBeGreaterThan(SEEDS.length / 4);
});

test("memory that is enough changes nothing", async () => {
  const graph = randomOperator("FULLY_CONNECTED", 3);
  const { manifest } = await compile(graph, OPTIONS);
  const enough = await compile(graph, { ...OPTIONS, memoryBytes: 1 << 20 });
  expect(enough.manifest.codeSha256).toBe(manifest.codeSha256);
});
