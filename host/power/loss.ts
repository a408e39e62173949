/** A meter that went away while it measured: what was read until then stands, and for the rest this is why. */
import { problem, TwentyWattError } from "../errors.ts";
import type { EnergyReading } from "./meter.ts";

/** @returns why there are no figures, and what would bring them */
export function lossText(loss: unknown): { readonly reason: string; readonly remedy: string } {
  const problems =
    loss instanceof TwentyWattError
      ? loss.problems
      : [problem("METER_LOST", "the meter", String(loss), "readings")];
  return {
    reason: `lost: ${problems.map(({ where, got }) => `${where}: ${got}`).join("; ")}`,
    remedy: problems.map(({ remedy }) => remedy).join(" "),
  };
}

/** The first of these windows' losses; undefined where the meter stayed. */
export const lossIn = (windows: readonly EnergyReading[]): unknown =>
  windows.find(({ loss }) => loss !== undefined)?.loss;

/** Before there is any work that it could take away, a loss is an error as any other. */
export function requirePresent(windows: Iterable<EnergyReading>): void {
  const loss = lossIn([...windows]);
  if (loss !== undefined) throw loss;
}
