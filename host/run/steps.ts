/** The loop over time steps: feed, step, time, show. It knows neither where steps come from nor who watches. */
import type { StepInputs } from "../files/steps.ts";
import { count } from "../text.ts";
import { nanosecondsToMicroseconds } from "../units.ts";
import type { Stepped } from "./after-gap.ts";
import type { Lost } from "./inferences.ts";
import type { LatencyRecorder } from "./latency.ts";
import { openPace, type Surroundings } from "./progress.ts";
import { untilAborted } from "./until-aborted.ts";

/** What is done after a step. Input and output are valid until it returns or its promise resolves. */
export type Watcher = (input: Uint8Array, output: Uint8Array, step: number) => Promise<void> | null;

/**
 * Steps through the inputs, then through zeros up to the limit. Awaits only promises. Ends early at a signal, and where the
 * target fails: what was done before is whole.
 *
 * @returns steps done, and what the target failed with
 * @throws what reading inputs throws
 */
export async function stepAll(
  io: Surroundings,
  session: Stepped,
  inputs: StepInputs,
  { firstStep, limit }: { readonly firstStep: number; readonly limit: number | null },
  latency: LatencyRecorder,
  watchers: readonly Watcher[],
): Promise<{ readonly steps: number; readonly lost: Lost }> {
  const { inputBytes, outputBytes } = session;
  const { nowNs } = io.clock;
  const output = new Uint8Array(outputBytes);
  const pace = openPace(io);
  const end = limit ?? inputs.count ?? Number.POSITIVE_INFINITY;
  const total = Number.isFinite(end) ? ` of ${count(end)}` : "";
  let steps = 0;
  const status = () => `${count(steps)}${total} steps`;
  const goOn = () => steps < end && !io.signal.aborted;
  try {
    const through = async (bytes: Uint8Array, some: number, stride: number): Promise<Lost> => {
      for (let k = 0; k < some && goOn(); k++) {
        const input = bytes.subarray(k * stride, k * stride + inputBytes);
        const startNs = nowNs();
        try {
          const pending = session.step(input, output);
          if (pending instanceof Promise) await pending;
        } catch (error) {
          return { error };
        }
        const elapsedNs = session.lastStepNs?.() ?? nowNs() - startNs;
        latency.add(nanosecondsToMicroseconds(elapsedNs));
        for (const watch of watchers) {
          const watching = watch(input, output, firstStep + steps);
          if (watching) await watching;
        }
        steps += 1;
        const breath = pace.next(status);
        if (breath) await breath;
      }
      return null;
    };
    for await (const { bytes, steps: some, stride } of untilAborted(inputs.batches(), io.signal)) {
      const lost = await through(bytes, some, stride);
      if (lost !== null || !goOn()) return { steps, lost };
    }
    if (limit === null || !goOn()) return { steps, lost: null };
    const lost = await through(new Uint8Array(inputBytes), limit - steps, 0);
    return { steps, lost };
  } finally {
    pace.end();
  }
}
