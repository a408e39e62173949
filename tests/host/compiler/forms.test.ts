/** Forms by memory: the same bytes in less of it, and no less memory than asked for. */
import { expect, test } from "vitest";
import { type CompileOptions, compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { Manifest } from "../../../host/module/manifest.ts";
import { localTarget } from "../../../host/runtime/index.ts";
import { interpret } from "../../support/oracle/index.ts";
import {
  bundle,
  inputBytes,
  interestingInputs,
  randomOperator,
} from "../../support/random-graph.ts";

// only modules for engines that interpret have forms to choose from
const OPTIONS: CompileOptions = { ...DEFAULT_OPTIONS, selfTest: false, interpreted: true };
const GRAPHS = Array.from({ length: 40 }, (_, seed) => randomOperator("FULLY_CONNECTED", seed));

test("fully connected layers in their smaller form compute the oracle's bytes", async () => {
  const whole = bundle(GRAPHS); // one module, so that one compilation does
  const usual = await compile(whole, OPTIONS);
  const small = await compile(whole, { ...OPTIONS, memoryBytes: 1 });
  expect(constantBytes(small)).toBeLessThan(constantBytes(usual));
  const session = await localTarget().load(small.wasm);
  const inputs = GRAPHS.map((graph, seed) => interestingInputs(inputBytes(graph), seed));
  for (let k = 0; k < (inputs[0]?.length ?? 0); k++) {
    const parts = inputs.map((own) => own[k] ?? new Int8Array());
    const output = new Uint8Array(session.outputBytes);
    const bytes = (arrays: readonly Int8Array[]): Uint8Array =>
      Uint8Array.from(
        arrays.flatMap((a) => [...a]),
        (v) => v & 0xff,
      );
    session.step(bytes(parts), output);
    const expected = GRAPHS.map((graph, g) =>
      interpret(graph, parts[g] ?? new Int8Array(), "double"),
    );
    expect(output).toEqual(bytes(expected.map((one) => one.output)));
  }
});

const constantBytes = ({ manifest }: { readonly manifest: Manifest }): number =>
  manifest.memory.filter(({ kind }) => kind === "constant").reduce((n, { len }) => n + len, 0);

test("memory that is enough changes nothing", async () => {
  const graph = randomOperator("FULLY_CONNECTED", 3);
  const { manifest } = await compile(graph, OPTIONS);
  const enough = await compile(graph, { ...OPTIONS, memoryBytes: 1 << 20 });
  expect(enough.manifest.codeSha256).toBe(manifest.codeSha256);
});
