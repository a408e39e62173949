/** The loop over inferences: feed, step, time, hand on. */
import type { Inputs } from "../files/input.ts";
import { count } from "../text.ts";
import { nanosecondsToMicroseconds } from "../units.ts";
import type { Stepped } from "./after-gap.ts";
import type { LatencyRecorder } from "./latency.ts";
import { openPace, type Surroundings } from "./progress.ts";
import { untilAborted } from "./until-aborted.ts";

/** What ended a loop before its end. */
export type Lost = { readonly error: unknown } | null;

/** What to do with an output, valid until it returns or its promise does. */
export type Consume = (input: Uint8Array, output: Uint8Array) => Promise<void> | null;

/**
 * Steps through the inputs and times each. Awaits only promises. Ends early at a signal, and where the target fails: what
 * was done before is whole.
 *
 * @returns what the target failed with, or null
 * @throws what reading inputs or `consume` throws
 */
export async function inferAll(
  io: Surroundings,
  session: Stepped,
  inputs: Inputs,
  limit: number,
  latency: LatencyRecorder,
  consume: Consume,
): Promise<Lost> {
  const { inputBytes, outputBytes } = session;
  const { nowNs } = io.clock;
  const output = new Uint8Array(outputBytes);
  const pace = openPace(io);
  let samples = 0;
  const total = Number.isFinite(limit) ? ` of ${count(limit)}` : "";
  const status = () => `${count(samples)}${total} samples`;
  try {
    for await (const batch of untilAborted(inputs.batches(), io.signal)) {
      for (let at = 0; at < batch.length; at += inputBytes) {
        if (samples >= limit || io.signal.aborted) return null;
        const input = batch.subarray(at, at + inputBytes);
        const startNs = nowNs();
        try {
          const pending = session.step(input, output);
          if (pending instanceof Promise) await pending;
        } catch (error) {
          return { error };
        }
        const elapsedNs = session.lastStepNs?.() ?? nowNs() - startNs;
        latency.add(nanosecondsToMicroseconds(elapsedNs));
        samples += 1;
        const consumed = consume(input, output);
        if (consumed) await consumed;
        const breath = pace.next(status);
        if (breath) await breath;
      }
    }
    return null;
  } finally {
    pace.end();
  }
}
