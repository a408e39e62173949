/** `run` over many samples: an instance of the module on every core, where that pays. */
import { availableParallelism } from "node:os";
import type { Together } from "../run/together.ts";
import { count } from "../text.ts";
import type { Model } from "./model.ts";
import type { Session } from "./result.ts";
import type { RunOptions } from "./run.ts";
import { stepLimitOf } from "./targets.ts";

/** Below it starting threads takes longer than they save: some tenths of a second of one core. */
const LEAST_MACS = 1e10;
const MOST_THREADS = 16;
/** Of a call to an instance: some milliseconds, long beside the call itself and short for a person who waits. */
const CALL_MACS = 1e8;
const MOST_PER_CALL = 256;
/** For a call to a module that is trusted to end. */
const DAY_SECONDS = 86_400;

/**
 * Null where one instance does the work: another target than this process, a meter or lines around each step, a module that
 * others made, too little to do, or one core.
 *
 * @param samples not finite where nobody knows how many there are
 */
export async function crewFor(
  { io }: Session,
  model: Model,
  wasm: Uint8Array,
  options: RunOptions,
  samples: number,
  macsOfOne: number,
): Promise<Together | null> {
  const macs = samples * macsOfOne;
  const cores = Math.min(availableParallelism(), MOST_THREADS);
  const several = io.threads && cores > 1 && macs >= LEAST_MACS && Number.isFinite(macs);
  const single = [
    ...[options.meter, options.marker, options.dumpLayers, options.loadState, options.saveState],
  ].some((option) => option !== undefined);
  const trusted = stepLimitOf(model, options.stepLimit) === null;
  if (!several || single || !trusted || options.target !== "local") return null;
  const { openCrew } = await import("../runtime/index.ts");
  // a signal ends the loop between two calls: its own threads need not be told
  const { signal } = new AbortController();
  const crew = await openCrew(wasm, cores, { stepLimitSeconds: DAY_SECONDS, signal });
  const perCall = Math.ceil(CALL_MACS / macsOfOne);
  return { crew, perCall: Math.min(perCall, MOST_PER_CALL) };
}

export const throughputText = (figures: {
  readonly jobs: number;
  readonly inferencesPerSecond: number;
}): string =>
  `${count(Math.round(figures.inferencesPerSecond))} inferences/s, ${figures.jobs} threads side by side`;
