/** What the 16-bit format needs to know of a membrane. */
import type { LaneParameters } from "../lanes.ts";
import { leakOf } from "../lanes-proof.ts";
import { collapse, largest, plus } from "../values.ts";
import type { Membrane } from "./membrane.ts";

/** As many as sixteen bits can name, in bytes of the arrivals. */
const MOST_NEURONS = 32768;

/** Null where the format has no room. */
export function membraneLanes(p: Membrane): LaneParameters | null {
  const [receptor, ...others] = p.receptors;
  const rule = p.resetRule === "zero" || p.resetRule === "subtract";
  if (!rule || largest(p.refractorySteps) > 0 || p.n > MOST_NEURONS) return null;
  if (!receptor || others.length > 0 || collapse(receptor.kappa) !== 1) return null;
  if (collapse(receptor.lateConstant) !== 0) return null;
  const constant = collapse(plus(p.constant, receptor.constant));
  const [kappa, threshold, reset] = [p.kappaV, p.vThreshold, p.vReset].map(collapse);
  if (typeof kappa !== "number" || typeof threshold !== "number") return null;
  if (typeof reset !== "number" || typeof constant !== "number") return null;
  const leak = leakOf(kappa);
  if (!(threshold > 0) || leak === null) return null;
  const start = typeof p.vInitial === "number" ? Float64Array.of(p.vInitial) : p.vInitial;
  const subtract = p.resetRule === "subtract";
  return {
    ...{ leak, kappa, constant, threshold, reset: subtract ? 0 : reset, subtract },
    lowest: start.reduce((a, b) => Math.min(a, b), 0),
    highest: start.reduce((a, b) => Math.max(a, b), 0),
  };
}
