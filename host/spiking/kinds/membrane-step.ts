/** One step of a membrane in float64, by each rule of resets. */
import { valueAt } from "../../model/spiking-graph.ts";
import type { MembraneBase } from "./membrane.ts";

/** @param drive all that is added in this step. @returns 1 for a spike, else 0; the potential of a value output */
export function membraneStep(p: MembraneBase, k: number, drive: number, v: Float64Array): number {
  const before = v[k] as number;
  const theta = valueAt(p.vThreshold, k);
  let x = before * (1 - valueAt(p.kappaV, k)) + drive;
  const late = before > theta ? 1 : 0;
  if (p.resetRule === "snntorch") x -= late * theta;
  const spike = p.resetRule === "spyx" ? late : x > theta ? 1 : 0;
  switch (p.resetRule) {
    case "none":
      break;
    case "zero":
      if (spike) x = valueAt(p.vReset, k);
      break;
    case "subtract":
    case "spyx":
      x -= spike * theta;
      break;
    case "snntorch":
      x -= (spike - late) * theta;
  }
  v[k] = x;
  return p.resetRule === "none" ? x : spike;
}
