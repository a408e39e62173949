/** Coefficients of one time step: how much decays, and how much of an input arrives, by each discretisation. */
import type { Discretisation, Semantics, Values } from "../model/spiking-graph.ts";
import { mapValues, zipValues } from "./values.ts";

type Step = Pick<Semantics, "dtSeconds" | "discretisation">;

const EXPONENTIAL: Readonly<Record<Discretisation, boolean>> = {
  norse: false,
  snntorch: false,
  spyx: false,
  lava: false,
  nengo: true,
  sinabs: true,
  exact: true,
};

/** 1 − decay in one step. */
export const kappa = (tau: Values, { dtSeconds: dt, discretisation }: Step): Values =>
  mapValues(tau, (t) => (EXPONENTIAL[discretisation] ? -Math.expm1(-dt / t) : dt / t));

/** How much of r · I reaches v in one step. Sinabs decays exponentially and still feeds by dt / tau. */
export const kappaIn = (tau: Values, step: Step): Values =>
  step.discretisation === "sinabs" ? mapValues(tau, (t) => step.dtSeconds / t) : kappa(tau, step);

/** How much of a synaptic current reaches v in one step. */
export const kappaSynapse = (tauSyn: Values, tauMem: Values, step: Step): Values =>
  step.discretisation === "exact"
    ? zipValues(tauSyn, tauMem, (s, m) => exactGain(s, m, step.dtSeconds))
    : kappaIn(tauMem, step);

/** Response of tau_m dv/dt = −v + I after dt to I = e^(−t/tau_s): the exact solution; its limit where both are equal. */
function exactGain(tauSyn: number, tauMem: number, dt: number): number {
  if (Math.abs(tauSyn - tauMem) < 1e-9 * tauMem) return (dt / tauMem) * Math.exp(-dt / tauMem);
  return (tauSyn / (tauSyn - tauMem)) * (Math.exp(-dt / tauSyn) - Math.exp(-dt / tauMem));
}

/** Whole steps of rest that follow the spike's own step. */
export const refractorySteps = (
  seconds: Values,
  { dtSeconds, refractory }: Pick<Semantics, "dtSeconds" | "refractory">,
): Values => {
  const own = refractory === "with-spike" ? 1 : 0;
  return mapValues(seconds, (s) => {
    const steps = Math.round(s / dtSeconds);
    return steps > 0 ? steps - own : steps; // a negative or endless one is refused later
  });
};
