import { describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import { localTarget, runSelfTest } from "../../../host/runtime/index.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";

const graph = layeredGraph(
  [int8Tensor("in", [1, 3, 5]), int8Tensor("out", [1, 15])],
  [reshape(0, 0, 1)],
  [0],
  [1],
);
const { wasm } = await compile(graph, DEFAULT_OPTIONS);

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.code : String(error);
  }
};

describe("a session", () => {
  test("steps, counts and resets", async () => {
    const session = await localTarget().load(wasm);
    expect([session.inputBytes, session.outputBytes]).toEqual([15, 15]);
    const input = Uint8Array.from({ length: 15 }, (_, k) => k * 17);
    const output = new Uint8Array(15);
    expect(session.step(input, output)).toBe(0);
    expect(session.step(input, output)).toBe(0);
    expect(output).toEqual(input);
    expect(session.counters()).toEqual({
      steps: 2n,
      spikes: 0n,
      synapticEvents: 0n,
      saturations: 0n,
    });
    session.reset();
    expect(session.counters().steps).toBe(0n);
  });

  test("passes its own self-test", async () => {
    expect(await runSelfTest(await localTarget().load(wasm))).toBe(true);
  });

  test("refuses buffers and ranges that do not fit", async () => {
    const session = await localTarget().load(wasm);
    const [small, right] = [new Uint8Array(14), new Uint8Array(15)];
    expect(codeOf(() => session.step(small, right))).toBe("INPUT_SIZE");
    expect(codeOf(() => session.step(right, small))).toBe("INPUT_SIZE");
    expect(codeOf(() => session.writeState(small))).toBe("STATE_MISMATCH");
    expect(codeOf(() => session.read(0, 1 << 30))).toBe("USAGE");
    expect(session.readState()).toHaveLength(0);
  });
});
