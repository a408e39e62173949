/**
 * Windows that a marker pin cuts, seen by the meter itself: no clocks to compare. A pulse is a stretch of readings with the
 * pin high, between readings with the pin low; one at the edge of the window or beside a gap is not whole and not counted.
 */
import { nanosecondsToSeconds } from "../units.ts";
import { halfWidth95, together } from "./interval.ts";
import type { Accuracy, Figure } from "./meter.ts";
import type { Trace } from "./trace.ts";

export type Pulses = {
  readonly count: number;
  /** energy of one, everything that flowed while the pin was high: the mean with its 95 % interval */
  readonly joulesEach: Figure;
  /** mean length of one */
  readonly secondsEach: number;
};

/** Two readings that are further apart have a gap between them. */
const TOUCH_NS = 2_000;

/**
 * @param fromNs, toNs since the trace's origin
 * @param pin         number of the logic input: 0 is D0
 * @returns null where there are fewer than two whole pulses, which say nothing of how they scatter
 */
export function pulsesOf(
  trace: Trace,
  fromNs: number,
  toNs: number,
  pin: number,
  accuracy: Accuracy,
): Pulses | null {
  const whole: { joules: number; ns: number }[] = [];
  let open: { joules: number; ns: number } | null = null;
  let lowUntilNs: number | null = null;
  for (const { fromNs: start, toNs: end, joules, marks } of trace.between(fromNs, toNs)) {
    const high = ((marks >> pin) & 1) === 1;
    const touches: boolean = lowUntilNs !== null && start - lowUntilNs <= TOUCH_NS;
    if (!touches) open = null;
    if (high) {
      // the first readings of the window may be the end of a pulse
      if (open === null && touches) open = { joules: 0, ns: 0 };
      if (open) open = { joules: open.joules + joules, ns: open.ns + end - start };
    } else if (open) {
      whole.push(open);
      open = null;
    }
    lowUntilNs = high && open === null ? null : end;
  }
  const half = halfWidth95(whole.map(({ joules }) => joules));
  if (half === null) return null;
  const count = whole.length;
  const value = whole.reduce((sum, { joules }) => sum + joules, 0) / count;
  const secondsEach = nanosecondsToSeconds(whole.reduce((sum, { ns }) => sum + ns, 0) / count);
  const all = together(half, accuracy.gain * value, accuracy.offsetWatts * secondsEach);
  return { count, joulesEach: { value, low: value - all, high: value + all }, secondsEach };
}
