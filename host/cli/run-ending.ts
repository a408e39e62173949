/** How a run ends before its end: what was done is whole, and is reported with what ended it. */
import { TwentyWattError } from "../errors.ts";
import type { Lost } from "../run/inferences.ts";
import type { Counters } from "../runtime/index.ts";
import { plural } from "../text.ts";
import type { Session } from "./result.ts";

/**
 * null: the run may report as always. A step that a signal cut short is an interruption like any other.
 *
 * @throws what the target failed with, where nothing was done before
 */
export function unfinishedBy(
  lost: Lost,
  done: number,
  { io, warn }: Session,
  noun: "sample" | "step" = "sample",
): { readonly error: unknown } | null {
  if (lost === null) return null;
  if (done === 0) throw lost.error;
  const { error } = lost;
  const code = error instanceof TwentyWattError ? error.code : null;
  if (!(code === "INTERRUPTED" && io.signal.aborted)) {
    warn(`ended after ${plural(done, noun)}: what follows is of these`);
  }
  return lost;
}

export type NumberCounters = { readonly [K in keyof Counters]: number };

export const countersOf = (counters: Counters): NumberCounters => ({
  steps: Number(counters.steps),
  spikes: Number(counters.spikes),
  synapticEvents: Number(counters.synapticEvents),
  saturations: Number(counters.saturations),
});
