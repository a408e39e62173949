/** Whether a board computes what the local SIMD build does: outputs, state and counters, byte for byte. */
import { expect, type TestContext } from "vitest";
import { TwentyWattError } from "../../host/errors.ts";
import { readModuleManifest } from "../../host/module/check.ts";
import type { BoardSession } from "../../host/runtime/index.ts";
import { isEmulated } from "../support/boards.ts";
import { asPure } from "../support/native-module.ts";
import { type BoardCase, missingData, type Prepared } from "./board-cases.ts";
import type { RunningBoard } from "./targets.ts";

/** An emulated board on a busy computer: some 100 kB over a UART that takes a byte at a time. */
export const PATIENCE_MS = 300_000;

/** Compiles all of them where the boards are emulated: while a line is open, that would keep their answers waiting. */
export async function prepareAll(name: string, cases: readonly BoardCase[]): Promise<void> {
  if (!isEmulated(name)) return;
  for (const one of cases) if (!missingData(one)) await one.prepare();
}

/** The module as it is, from the start, and from the state that another target had in the middle. */
export async function agrees(
  { load }: RunningBoard,
  one: BoardCase,
  { skip }: TestContext,
): Promise<void> {
  const prepared = await one.prepare();
  const session = await loaded(load, prepared.wasm, skip);
  await runs(session, one.steps, prepared);
  if (prepared.expected.state.length > 0) {
    await resumes(session, one.steps, prepared, prepared.expected.halfState);
  }
}

/**
 * The module without native kernels computes the same as with them, and each goes on from the state in which the other
 * stopped halfway.
 */
export async function agreesBothWays(
  { load }: RunningBoard,
  one: BoardCase,
  { skip }: TestContext,
): Promise<void> {
  const prepared = await one.prepare();
  const { kernels } = readModuleManifest(prepared.wasm);
  if (!kernels?.length) return skip("none of its kernels is native");
  const pureModule = asPure(prepared.wasm);
  const pure = await loaded(load, pureModule, skip);
  await runs(pure, one.steps, prepared);
  if (prepared.expected.state.length === 0) return;
  const left = await halfState(pure, one.steps, prepared);
  const native = await loaded(load, prepared.wasm, skip);
  await resumes(native, one.steps, prepared, left);
  const right = await halfState(native, one.steps, prepared);
  await resumes(await loaded(load, pureModule, skip), one.steps, prepared, right);
}

async function loaded(
  load: RunningBoard["load"],
  wasm: Uint8Array,
  skip: (note: string) => never,
): Promise<BoardSession> {
  return load(wasm).catch((error) => {
    if (!(error instanceof TwentyWattError) || error.code !== "MODULE_TOO_BIG") throw error;
    return skip(`it does not fit: ${error.message}`);
  });
}

async function runs(
  session: BoardSession,
  steps: number,
  { inputs, expected }: Prepared,
): Promise<void> {
  const outputs = new Uint8Array(expected.outputs.length);
  await session.steps(inputs, steps, outputs);
  expect(firstDifference(outputs, expected.outputs, session.outputBytes)).toBeNull();
  expect(await session.counters()).toEqual(expected.counters);
  const state = await session.readState();
  expect(firstDifference(state, expected.state, state.length)).toBeNull();
}

/** From the start, half of the steps. */
async function halfState(
  session: BoardSession,
  steps: number,
  { inputs }: Prepared,
): Promise<Uint8Array> {
  const half = steps >> 1;
  await session.reset();
  const given = inputs.subarray(0, half * session.inputBytes);
  await session.steps(given, half, new Uint8Array(half * session.outputBytes));
  return session.readState();
}

/** From the state in the middle, the rest is the same. */
async function resumes(
  session: BoardSession,
  steps: number,
  { inputs, expected }: Prepared,
  from: Uint8Array,
): Promise<void> {
  const { inputBytes, outputBytes } = session;
  const half = steps >> 1;
  await session.reset();
  await session.writeState(from);
  const rest = new Uint8Array((steps - half) * outputBytes);
  await session.steps(inputs.subarray(half * inputBytes), steps - half, rest);
  const wanted = expected.outputs.subarray(half * outputBytes);
  expect(firstDifference(rest, wanted, outputBytes), "resumed").toBeNull();
  const end = await session.readState();
  expect(firstDifference(end, expected.state, end.length), "state, resumed").toBeNull();
}

/** Cheaper than a matcher, which prints every byte. */
function firstDifference(got: Uint8Array, wanted: Uint8Array, stride: number): string | null {
  if (got.length !== wanted.length) return `${got.length} bytes, not ${wanted.length}`;
  if (Buffer.compare(got, wanted) === 0) return null;
  const at = got.findIndex((byte, k) => byte !== wanted[k]);
  return `step ${Math.floor(at / Math.max(stride, 1))}, byte ${at % Math.max(stride, 1)}: ${got[at]}, not ${wanted[at]}`;
}
