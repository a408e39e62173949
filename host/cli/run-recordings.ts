/** `run --labels` of a list of recordings: each is run by itself, so that none hears what another left behind. */
import { problem, TwentyWattError } from "../errors.ts";
import { count, labelled, plural, table } from "../text.ts";
import { type Result, type Session, Unfinished } from "./result.ts";
import type { RunOptions } from "./run.ts";
import { shortfalls } from "./run-ending.ts";
import type { ListedRecording } from "./run-labels.ts";

export type RunOne = (session: Session, options: RunOptions) => Promise<Result>;

/** Of a run's document, what is summed or said once for all. */
type Facts = {
  readonly model: string;
  readonly target: string;
  readonly build: string;
  readonly rounding: string;
  readonly samples: number;
  readonly steps: number;
  readonly accuracy: { readonly correct: number; readonly total: number };
};

type Done = { readonly recording: ListedRecording; readonly facts: Facts };

/** @throws USAGE for options that are of one input, Unfinished where a recording fails after others were run */
export async function runRecordings(
  session: Session,
  recordings: readonly ListedRecording[],
  options: RunOptions,
  runOne: RunOne,
): Promise<Result> {
  refuseOfOneInput(options);
  const { minAccuracy, ...each } = options;
  const { io, warn } = session;
  // the table below says it shorter than a line for each decision
  const quiet = { ...session, io: { ...io, stdout: { write: () => true } } };
  const done: Done[] = [];
  for (const recording of recordings) {
    if (io.signal.aborted) break;
    // what follows the last question mark of a source is its keys
    const keys = recording.path.includes("?") ? "?" : "";
    try {
      const { json } = await runOne(quiet, { ...each, input: `rec:${recording.path}${keys}` });
      done.push({ recording, facts: json as Facts });
    } catch (error) {
      const [cause, json] =
        error instanceof Unfinished ? [error.cause, error.result.json] : [error, null];
      if (json !== null) done.push({ recording, facts: json as Facts });
      const result = resultOf(done);
      throw result === null ? cause : new Unfinished(result, cause);
    }
  }
  const result = resultOf(done);
  if (result === null) throw interrupted(recordings.length);
  if (io.signal.aborted) {
    warn(`interrupted: ${done.length} of ${plural(recordings.length, "recording")} begun`);
    return result;
  }
  const short = shortfalls(null, "sample", scoreOf(done), minAccuracy);
  if (short.length > 0) throw new Unfinished(result, new TwentyWattError(short));
  return result;
}

function resultOf(done: readonly Done[]): Result | null {
  const [first] = done;
  if (first === undefined) return null;
  const { model, target, build, rounding } = first.facts;
  const sum = (of: (facts: Facts) => number) =>
    done.reduce((total, { facts }) => total + of(facts), 0);
  const accuracy = scoreOf(done);
  const { correct, total } = accuracy;
  const recordings = done.map(({ recording: { file, name, row }, facts }) => ({
    ...{ file, class: name ?? `class ${row.label}` },
    ...facts.accuracy,
  }));
  const rows = recordings.map((one) => [
    one.file,
    one.class,
    one.total === 0 ? "too short for a decision" : `${one.correct} of ${one.total}`,
  ]);
  const percent = total === 0 ? "" : `, ${((100 * correct) / total).toFixed(1)} %`;
  return {
    json: {
      ...{ model, target, build, rounding },
      ...{ samples: sum(({ samples }) => samples), steps: sum(({ steps }) => steps) },
      ...{ outputs: null, accuracy, latency: null, counters: null, energy: null },
      recordings,
    },
    text: [
      ...labelled("model", [model]),
      ...labelled("target", [`${target}, ${build} build`]),
      ...labelled("results", table(rows, ["left", "left", "right"])),
      ...labelled("accuracy", [
        `${count(correct)} of ${plural(total, "decision")} correct${percent}`,
      ]),
    ],
  };
}

const scoreOf = (done: readonly Done[]): Facts["accuracy"] => ({
  correct: done.reduce((sum, { facts }) => sum + facts.accuracy.correct, 0),
  total: done.reduce((sum, { facts }) => sum + facts.accuracy.total, 0),
});

const interrupted = (recordings: number): TwentyWattError =>
  new TwentyWattError([
    problem("INTERRUPTED", "--labels", "a signal", `${plural(recordings, "recording")} to be run`),
  ]);

function refuseOfOneInput(options: RunOptions): void {
  const given = {
    ...{ "--seed": options.seed, "--samples": options.samples, "--steps": options.steps },
    ...{ "--output": options.output, "--expect": options.expect, "--decide": options.decide },
    ...{ "--dump-layers": options.dumpLayers, "--meter": options.meter, "--plot": options.plot },
    ...{ "--record": options.record, "--compare": options.compare },
    ...{ "--save-state": options.saveState, "--load-state": options.loadState },
  };
  const problems = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([flag]) =>
      problem(
        "USAGE",
        flag,
        "a list of recordings in --labels, and no --input",
        "one input",
        "Name one of the recordings with --input rec:FILE, or leave the option out.",
      ),
    );
  if (problems.length > 0) throw new TwentyWattError(problems);
}
