/** One suite for all boards: outputs, state and counters are those of the local SIMD build, byte for byte. */
import { afterAll, beforeAll, describe, expect, type TestContext } from "vitest";
import { TwentyWattError } from "../../host/errors.ts";
import type { BoardSession } from "../../host/runtime/index.ts";
import { isEmulated } from "../support/boards.ts";
import { testUnless } from "../support/skip.ts";
import { BOARD_CASES, type BoardCase, missingData } from "./board-cases.ts";
import { BOARD_ROWS, type RunningBoard } from "./targets.ts";

/** An emulated board on a busy computer: some 100 kB over a UART that takes a byte at a time. */
const PATIENCE_MS = 300_000;

for (const { name, missing, start } of BOARD_ROWS) {
  // the emulated boards side by side: each is a process of its own that this one mostly waits for
  const suite = isEmulated(name) ? describe.concurrent : describe;
  suite(name, () => {
    let running: Promise<RunningBoard> | null = null;
    // before a line is open: a compilation here would keep another board's answers waiting
    beforeAll(async () => {
      if (!missing && isEmulated(name)) await prepareAll();
    }, PATIENCE_MS);
    afterAll(async () => (await running)?.close());
    if (missing) testUnless(missing)(`all ${BOARD_CASES.length} networks`, () => {});
    for (const one of missing ? [] : BOARD_CASES) {
      const test = testUnless(missingData(one));
      const body = async (context: TestContext) => {
        running ??= start();
        await agrees(await running, one, context);
      };
      test(one.name, body, PATIENCE_MS);
    }
  });
}

async function prepareAll(): Promise<void> {
  for (const one of BOARD_CASES) if (!missingData(one)) await one.prepare();
}

async function agrees(
  { load }: RunningBoard,
  { prepare, steps }: BoardCase,
  { skip }: TestContext,
): Promise<void> {
  const { wasm, inputs, expected } = await prepare();
  const session = await load(wasm).catch((error) => {
    if (!(error instanceof TwentyWattError) || error.code !== "MODULE_TOO_BIG") throw error;
    return skip(`it does not fit: ${error.message}`);
  });
  const outputs = new Uint8Array(expected.outputs.length);
  await session.steps(inputs, steps, outputs);
  expect(firstDifference(outputs, expected.outputs, session.outputBytes)).toBeNull();
  expect(await session.counters()).toEqual(expected.counters);
  const state = await session.readState();
  expect(firstDifference(state, expected.state, state.length)).toBeNull();
  if (state.length > 0) await resumes(session, inputs, steps, expected);
}

/** From the state that another target had in the middle, the rest is the same. */
async function resumes(
  session: BoardSession,
  inputs: Uint8Array,
  steps: number,
  { halfState, outputs, state }: { halfState: Uint8Array; outputs: Uint8Array; state: Uint8Array },
): Promise<void> {
  const { inputBytes, outputBytes } = session;
  const half = steps >> 1;
  await session.reset();
  await session.writeState(halfState);
  const rest = new Uint8Array((steps - half) * outputBytes);
  await session.steps(inputs.subarray(half * inputBytes), steps - half, rest);
  const wanted = outputs.subarray(half * outputBytes);
  expect(firstDifference(rest, wanted, outputBytes), "resumed").toBeNull();
  const end = await session.readState();
  expect(firstDifference(end, state, end.length), "state, resumed").toBeNull();
}

/** Cheaper than a matcher, which prints every byte. */
function firstDifference(got: Uint8Array, wanted: Uint8Array, stride: number): string | null {
  if (got.length !== wanted.length) return `${got.length} bytes, not ${wanted.length}`;
  if (Buffer.compare(got, wanted) === 0) return null;
  const at = got.findIndex((byte, k) => byte !== wanted[k]);
  return `step ${Math.floor(at / Math.max(stride, 1))}, byte ${at % Math.max(stride, 1)}: ${got[at]}, not ${wanted[at]}`;
}
