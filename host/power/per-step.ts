/** What a step cost, from the windows that a marker cut, where they are the steps that were done. */
import { significant } from "../text.ts";
import type { Figure, StepEnergy } from "./meter.ts";

/** What a report says of windows that a marker cut. */
export type WindowsReport = Omit<StepEnergy, "joules" | "missing">;

export type PerStep =
  | { readonly figure: Figure; readonly missing: null }
  | { readonly figure: null; readonly missing: NonNullable<StepEnergy["missing"]> };

/** A pin that bounces, or is another one, is high far more often than this. */
const MOST_BEYOND = 1.01;
/** So many of the steps may be missing beside those that lie in gaps: their mean is that of the others. */
const MISSING = 0.02;
/** Of the window: what is missing of it then is the rounding of times. */
const COMPLETE = 0.999;

/**
 * Several steps in a row may look like one pulse, where the pin is low for less than a reading, and short ones may lie between
 * two readings: then the energy of all pulses is divided by the steps, which is sound where no reading is missing.
 *
 * @param steps    done inside the window
 * @param coverage of the window, 0..1
 */
export function perStep(cut: StepEnergy, steps: number, coverage: number): PerStep {
  const { by, count, joules, joulesEach, missing } = cut;
  const none = (reason: string, remedy: string): PerStep => ({
    figure: null,
    missing: { reason, remedy },
  });
  if (missing) return { figure: null, missing };
  if (joulesEach === null || steps === 0) return none("no step by itself", "Give more input.");
  if (count > MOST_BEYOND * steps + 1) {
    return none(
      `${by} was high ${count} times in ${steps} steps`,
      "Wire the board's step pin there, and nothing that bounces.",
    );
  }
  if (count >= (coverage - MISSING) * steps - 1) return { figure: joulesEach, missing: null };
  if (coverage < COMPLETE) {
    return none(
      `${by} was high ${count} times in ${steps} steps, and readings cover ${significant(100 * coverage)} % of the window`,
      "Find out where readings are lost, and measure once more.",
    );
  }
  const value = joules / steps;
  const part = value / joulesEach.value;
  return {
    figure: { value, low: part * joulesEach.low, high: part * joulesEach.high },
    missing: null,
  };
}

export function windowsReport({ joules: _, missing: __, ...cut }: StepEnergy): WindowsReport {
  return cut;
}
