/** The loop over time steps: feed, step, time, show. It knows neither where steps come from nor who watches. */
import type { StepInputs } from "../files/steps.ts";
import type { Session } from "../runtime/index.ts";
import { count } from "../text.ts";
import { nanosecondsToMicroseconds } from "../units.ts";
import type { LatencyRecorder } from "./latency.ts";
import { openPace, type Surroundings } from "./progress.ts";

/** What is done after a step. Input and output are valid until it returns or its promise resolves. */
export type Watcher = (input: Uint8Array, output: Uint8Array, step: number) => Promise<void> | null;

/** Steps through the inputs, then through zeros up to the limit. Awaits only promises. Ends early at SIGINT. */
export async function stepAll(
  io: Surroundings,
  session: Session,
  inputs: StepInputs,
  { firstStep, limit }: { readonly firstStep: number; readonly limit: number | null },
  latency: LatencyRecorder,
  watchers: readonly Watcher[],
): Promise<number> {
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
    const through = async (bytes: Uint8Array, some: number, stride: number): Promise<void> => {
      for (let k = 0; k < some && goOn(); k++) {
        const input = bytes.subarray(k * stride, k * stride + inputBytes);
        const startNs = nowNs();
        const pending = session.step(input, output);
        if (pending instanceof Promise) await pending;
        latency.add(nanosecondsToMicroseconds(nowNs() - startNs));
        for (const watch of watchers) {
          const watching = watch(input, output, firstStep + steps);
          if (watching) await watching;
        }
        steps += 1;
        const breath = pace.next(status);
        if (breath) await breath;
      }
    };
    for await (const { bytes, steps: some, stride } of untilAborted(inputs.batches(), io.signal)) {
      await through(bytes, some, stride);
      if (!goOn()) return steps;
    }
    if (!goOn()) return steps;
    if (limit !== null) await through(new Uint8Array(inputBytes), limit - steps, 0);
    return steps;
  } finally {
    pace.end();
  }
}

/** Ends where the signal aborts, even while a pipe is silent; what waits on the pipe then is left to itself. */
async function* untilAborted<T>(from: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  // a promise of its own for every wait: one for all would collect a reaction from each
  let wake = () => {};
  const abort = () => wake();
  signal.addEventListener("abort", abort, { once: true });
  let left = false;
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        wake = () => resolve(null);
        from.next().then(resolve, reject);
      });
      left = next === null;
      if (next === null || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // a generator that still waits for its pipe would only answer when something comes
    if (!left) await from.return(undefined);
  }
}
