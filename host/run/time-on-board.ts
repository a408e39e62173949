/** What `bench` does on a board: the board's own clock times each step, the line and this computer are not in it. */

import { at } from "../model/at.ts";
import type { BoardSession, Session } from "../runtime/index.ts";
import { microsecondsToSeconds, nanosecondsToMicroseconds } from "../units.ts";
import type { Surroundings } from "./progress.ts";

export type DeviceSamples = {
  /** µs of step() alone on the board, ascending */
  readonly sorted: Float64Array;
  /** µs of the same with the request, the line and the answer, ascending */
  readonly wholeUs: Float64Array;
  /** of the median step: cycles, or instructions where the board counts those; null without a counter */
  readonly cyclesP50: number | null;
};

/** A slow board still gives a distribution. */
const FEWEST = 5;
const MOST = 100_000;
/** The board's clock counts whole µs: shorter steps are timed many at a time, with the same input. */
const ENOUGH_US = 1000;
const MOST_AT_ONCE = 1000;

export const isOnBoard = (session: Session): session is BoardSession => "timedStep" in session;

/**
 * Times steps with `rows` in turn, until `seconds` have gone by.
 *
 * @param single one step a request, where somebody shall see each by itself
 */
export async function timeOnBoard(
  session: BoardSession,
  rows: readonly Uint8Array[],
  seconds: number,
  { clock, signal }: Pick<Surroundings, "clock" | "signal">,
  single = false,
): Promise<DeviceSamples> {
  const us: number[] = [];
  const wholeUs: number[] = [];
  const cycles: number[] = [];
  let spentUs = 0;
  const first = await session.timedStep(at(rows, 0));
  const atOnce = Math.min(MOST_AT_ONCE, Math.ceil(ENOUGH_US / Math.max(1, first.us)));
  const steps = single ? 1 : atOnce;
  const due = () => us.length < FEWEST || microsecondsToSeconds(spentUs) < seconds;
  for (let k = 0; us.length < MOST && due() && !signal.aborted; k++) {
    const startNs = clock.nowNs();
    const step = await session.timedStep(at(rows, k % rows.length), steps);
    const whole = nanosecondsToMicroseconds(clock.nowNs() - startNs);
    spentUs += whole;
    us.push(step.us);
    wholeUs.push(whole - (steps - 1) * step.us); // what a request of one step takes
    cycles.push(step.cycles);
  }
  const sorted = (values: readonly number[]) => Float64Array.from(values).sort();
  const median = cycles.length === 0 ? 0 : at(sorted(cycles), Math.floor(cycles.length / 2));
  return { sorted: sorted(us), wholeUs: sorted(wholeUs), cyclesP50: median > 0 ? median : null };
}
