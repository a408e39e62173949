/** The loop over inferences with several instances of a module: fed in turns, results in the order of their inputs. */
import type { Inputs } from "../files/input.ts";
import { at } from "../model/at.ts";
import type { Crew } from "../runtime/index.ts";
import { count } from "../text.ts";
import { nanosecondsToMicroseconds } from "../units.ts";
import type { Consume, Lost } from "./inferences.ts";
import type { LatencyRecorder } from "./latency.ts";
import { openPace, type Surroundings } from "./progress.ts";
import { untilAborted } from "./until-aborted.ts";

/** Calls under way for each instance: the next is there when one ends. */
const AHEAD = 2;

export type Together = { readonly crew: Crew; readonly perCall: number };

type Call = { readonly inputs: Uint8Array; readonly answer: ReturnType<Crew["infer"]> };

/**
 * As inferAll(): ends early at a signal, after the calls under way, and where an instance fails; what was done is whole.
 *
 * @param perCall inferences in a call of an instance
 * @returns what an instance failed with, or null
 */
export async function inferTogether(
  io: Surroundings,
  { crew, perCall }: Together,
  inputs: Inputs,
  limit: number,
  latency: LatencyRecorder,
  consume: Consume,
): Promise<Lost> {
  const { inputBytes, outputBytes } = crew;
  const pace = openPace(io);
  const calls: Call[] = [];
  /** the last call of each instance: it takes one at a time */
  const last: Promise<unknown>[] = Array.from({ length: crew.size }, () => Promise.resolve());
  let [turn, sent, samples] = [0, 0, 0];
  const status = () => `${count(samples)} of ${count(limit)} samples`;

  const send = (batch: Uint8Array): void => {
    const instance = turn++ % crew.size;
    const own = batch.slice();
    const answer = at(last, instance).then(() => crew.infer(instance, own));
    answer.catch(() => {}); // heard when its turn comes
    last[instance] = answer;
    calls.push({ inputs: own, answer });
    sent += own.length / inputBytes;
  };
  const receive = async (): Promise<void> => {
    const { inputs: fed, answer } = at(calls, 0);
    calls.shift();
    const { outputs, elapsedNs } = await answer;
    for (const [k, ns] of elapsedNs.entries()) {
      latency.add(nanosecondsToMicroseconds(ns));
      samples += 1;
      const input = fed.subarray(k * inputBytes, (k + 1) * inputBytes);
      const consumed = consume(input, outputs.subarray(k * outputBytes, (k + 1) * outputBytes));
      if (consumed) await consumed;
      const breath = pace.next(status);
      if (breath) await breath;
    }
  };
  /** null: received; otherwise what the instance failed with */
  const received = async (): Promise<Lost> => {
    const { answer } = at(calls, 0);
    const failed = await answer.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (failed === null) await receive();
    return failed;
  };
  try {
    for await (const batch of untilAborted(inputs.batches(), io.signal)) {
      for (let from = 0; from < batch.length && sent < limit; ) {
        if (io.signal.aborted) break;
        const some = Math.min(perCall, limit - sent) * inputBytes;
        send(batch.subarray(from, from + some));
        from += some;
        if (calls.length < AHEAD * crew.size) continue;
        const lost = await received();
        if (lost) return lost;
      }
    }
    while (calls.length > 0) {
      const lost = await received();
      if (lost) return lost;
    }
    return null;
  } finally {
    pace.end();
  }
}
