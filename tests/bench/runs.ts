/**
 * Whole simulations, in turns. Every run of an engine does the same work, and foreign load only ever
 * adds time, so the shortest is the figure. On a busy machine none may be undisturbed: more are taken until one of every
 * engine had its processor to itself, and the processor time of the shortest is reported beside the clock's.
 */
import { distribution } from "../../host/run/latency.ts";

export type Run = { readonly wallSeconds: number; readonly cpuSeconds: number };

export type Runs<R extends Run> = {
  readonly all: readonly R[];
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
};

const LEAST_RUNS = 3;
const MOST_RUNS = 15;
/** of a run's time, that was not its own */
const UNDISTURBED = 0.03;

/** One run of each to warm up, then at least three of each. */
export function runInTurns<R extends Run>(engines: readonly (() => R)[]): Runs<R>[] {
  for (const run of engines) run();
  const all = engines.map((): R[] => []);
  const undisturbed = (runs: readonly R[]) =>
    runs.some(({ wallSeconds, cpuSeconds }) => wallSeconds <= cpuSeconds * (1 + UNDISTURBED));
  for (let k = 0; k < MOST_RUNS && !(k >= LEAST_RUNS && all.every(undisturbed)); k++) {
    engines.forEach((run, e) => {
      all[e]?.push(run());
    });
  }
  return all.map((runs) => ({
    all: runs,
    wallSeconds: Math.min(...runs.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: Math.min(...runs.map(({ cpuSeconds }) => cpuSeconds)),
  }));
}

/** Times one run of this process. */
export function timed(work: () => void): Run {
  const cpu = process.cpuUsage();
  const start = performance.now();
  work();
  const wallSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

/** µs of a step, in the mean of each run. */
export const stepDistribution = ({ all }: Runs<Run>, steps: number) =>
  distribution(all.map(({ wallSeconds }) => (wallSeconds * 1e6) / steps));
