/** How a run ends before its end: what was done is whole, and is reported with what ended it. */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Expectation } from "../run/expectation.ts";
import type { Lost } from "../run/inferences.ts";
import type { BoardSession, Counters, Session as Loaded } from "../runtime/index.ts";
import { count, labelled, plural } from "../text.ts";
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

/** A line that loses bytes costs time, not results; the user should know whose fault the time is. */
export function warnOfRepeats(loaded: Loaded, { warn }: Session): void {
  if (!("link" in loaded)) return;
  const { resends, requests } = (loaded as BoardSession).link.counts();
  if (resends > 0) {
    warn(`the line loses bytes: ${plural(resends, "request")} of ${count(requests)} sent again`);
  }
}

type Accuracy = { readonly correct: number; readonly total: number } | null;

/** What a finished run still fails on: outputs that differ, an accuracy that is too low. */
export function shortfalls(
  expectation: Expectation | null,
  rows: "sample" | "step",
  accuracy: Accuracy,
  leastPercent: number | undefined,
): readonly Problem[] {
  const difference = expectation?.difference(rows) ?? null;
  const problems = difference ? [difference] : [];
  if (leastPercent !== undefined && accuracy !== null) {
    const { correct, total } = accuracy;
    // 95.5 % of 200 are 191, whatever the quotient is in binary
    if (total === 0 || 100 * correct < leastPercent * total) {
      const share = total === 0 ? "no sample" : `${((100 * correct) / total).toFixed(2)} %`;
      const got = `${share}: ${correct} of ${total} correct`;
      problems.push(problem("EXPECTATION", "--min-accuracy", got, `at least ${leastPercent} %`));
    }
  }
  return problems;
}

/** Said where it is met; where it is not, the failure says how. */
export const expectedLines = (
  file: string | undefined,
  short: readonly Problem[],
): readonly string[] =>
  file === undefined || short.some(({ where }) => where.startsWith(`${file}: `))
    ? []
    : labelled("expected", [`the outputs equal ${file}`]);

export type NumberCounters = { readonly [K in keyof Counters]: number };

export const countersOf = (counters: Counters): NumberCounters => ({
  steps: Number(counters.steps),
  spikes: Number(counters.spikes),
  synapticEvents: Number(counters.synapticEvents),
  saturations: Number(counters.saturations),
});
