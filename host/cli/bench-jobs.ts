/** `bench --jobs N`: as many instances of a network side by side, each on a core while there are cores. */
import { fail } from "../errors.ts";
import { LatencyRecorder } from "../run/latency.ts";
import { openCrew } from "../runtime/index.ts";
import { count, significant } from "../text.ts";
import {
  microsecondsToSeconds,
  nanosecondsToMicroseconds,
  nanosecondsToSeconds,
  secondsToNanoseconds,
} from "../units.ts";
import type { Io } from "./io.ts";
import type { Model } from "./model.ts";

/** All instances together, and an inference while the others work as well. */
export type JobFigures = {
  readonly jobs: number;
  readonly inferencesPerSecond: number;
  readonly jobsP50Us: number;
  readonly jobsP99Us: number;
};

export type JobOptions = {
  readonly jobs?: number;
  readonly target: string;
  readonly meter?: string;
  readonly marker?: string;
};

/** Above the cores of any computer that this runs on: each is a thread with a memory of its own. */
const MOST_JOBS = 256;
/** Of a call to a thread: long beside the call itself, short beside the time that is asked for. */
const CALL_US = 5000;
const MOST_PER_CALL = 256;
/** Calls of each instance before the clock starts: V8 optimises. */
const WARM_UP = 3;
/** Of a call where no --step-limit was given. */
const DAY_SECONDS = 86_400;

/** Raises USAGE where several instances cannot be, or would not mean anything. */
export function requireJobs({ jobs, target, meter, marker }: JobOptions, model: Model): void {
  if (jobs === undefined) return;
  const refuse = (got: string, expected: string): never => fail("USAGE", "--jobs", got, expected);
  if (jobs > MOST_JOBS) refuse(`${jobs}`, `at most ${MOST_JOBS}`);
  if (target !== "local") refuse(`the target ${target}`, "the target local: a board has one core");
  const spiking =
    model.kind === "module" ? model.manifest.dtSeconds !== null : model.graph.kind === "spiking";
  if (spiking) refuse("a network whose steps follow one another", "a layered network");
  if (meter !== undefined || marker !== undefined) {
    refuse("--meter or --marker beside it", "one inference at a time where energy is measured");
  }
}

/** @param aloneUs of the median inference where nothing runs beside it: decides how many make a call */
export async function timeJobs(
  { clock, signal }: Pick<Io, "clock" | "signal">,
  wasm: Uint8Array,
  {
    input,
    jobs,
    seconds,
    aloneUs,
    stepLimit,
  }: {
    readonly input: Uint8Array;
    readonly jobs: number;
    readonly seconds: number;
    readonly aloneUs: number;
    readonly stepLimit: number | null;
  },
): Promise<JobFigures> {
  const perCall =
    stepLimit === null
      ? Math.min(Math.max(Math.ceil(CALL_US / Math.max(aloneUs, 1)), 1), MOST_PER_CALL)
      : 1; // the limit is that of a step
  const inputs = new Uint8Array(perCall * input.length);
  for (let k = 0; k < perCall; k++) inputs.set(input, k * input.length);
  const limit = { stepLimitSeconds: stepLimit ?? DAY_SECONDS, signal };
  const crew = await openCrew(wasm, jobs, limit);
  try {
    const instances = Array.from({ length: jobs }, (_, k) => k);
    await Promise.all(
      instances.map(async (k) => {
        for (let n = 0; n < WARM_UP; n++) await crew.infer(k, inputs);
      }),
    );
    const latency = new LatencyRecorder();
    const startNs = clock.nowNs();
    const endNs = startNs + secondsToNanoseconds(seconds);
    await Promise.all(
      instances.map(async (k) => {
        do {
          const { elapsedNs } = await crew.infer(k, inputs);
          for (const ns of elapsedNs) latency.add(nanosecondsToMicroseconds(ns));
        } while (clock.nowNs() < endNs && !signal.aborted);
      }),
    );
    const took = nanosecondsToSeconds(clock.nowNs() - startNs);
    const times = latency.summary();
    if (times === null) throw new Error("no instance was called");
    return {
      jobs,
      inferencesPerSecond: times.n / took,
      jobsP50Us: times.p50Us,
      jobsP99Us: times.p99Us,
    };
  } finally {
    await crew.close();
  }
}

/** How many come out in all, beside one alone, and how long each takes while the others work. */
export function jobLines(
  result: Partial<JobFigures> & { readonly model: string; readonly p50Us: number },
): string[] {
  if (result.jobs === undefined) return [];
  const { model, p50Us, jobs, inferencesPerSecond, jobsP50Us, jobsP99Us } = result as Required<
    typeof result
  >;
  const times = inferencesPerSecond * microsecondsToSeconds(p50Us);
  const speed = `${count(Math.round(inferencesPerSecond))} inferences/s`;
  return [
    `${model}: ${jobs} side by side, ${speed} in all, ${significant(times)} times one alone`,
    `each p50 ${significant(jobsP50Us)} µs, p99 ${significant(jobsP99Us)} µs`,
  ];
}
