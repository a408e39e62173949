/**
 * LIF with fatigue: tau dv/dt = (v_leak − v) + R (I − w), tau_adapt dw/dt = −w, and at a spike w ← w + increment.
 *
 *     x = v − κv·v + S + c − w;  w ← w − κw·w;  at a spike w ← w + increment
 */
import { at } from "../../model/at.ts";
import { type NeuronOf, type Values, valueAt } from "../../model/spiking-graph.ts";
import { CONSTANT_LIMIT, type Decay, type Integers } from "../fixed-network.ts";
import { decayOf, toIntegers } from "../quantise-numbers.ts";
import { kappa, kappaIn } from "../steps.ts";
import { largest, smallest, times } from "../values.ts";
import { type FixedMembraneBase, type MembraneBase, membraneOf, membraneRow } from "./membrane.ts";
import { membraneStep } from "./membrane-step.ts";
import { checkDecay, memoryless, type NeuronRow } from "./row.ts";

export type AdaptiveLif = MembraneBase & {
  readonly kind: "AdaptiveLIF";
  readonly kappaW: Values;
  readonly increment: Values;
};

export type FixedAdaptiveLif = FixedMembraneBase & {
  readonly kind: "AdaptiveLIF";
  readonly decayW: Decay;
  readonly increment: Integers;
};

export const adaptiveLif: NeuronRow<NeuronOf<"AdaptiveLIF">, AdaptiveLif, FixedAdaptiveLif> = {
  ...membraneRow,
  equation: "adaptive",
  spiking: true,
  variables: ["v", "w"],

  discretise(node, semantics) {
    const { tau, vLeak } = node;
    const gain = times(node.r, kappaIn(tau, semantics));
    return {
      population: {
        ...membraneOf(node, { tau, vLeak, receptors: memoryless(gain) }, semantics),
        kind: "AdaptiveLIF",
        kappaW: kappa(node.tauAdapt, semantics),
        increment: times(node.increment, gain),
      },
      inputScales: [gain],
    };
  },

  start: ({ vInitial }) => [vInitial, 0],
  step(p, k, arrived, variables) {
    const [v, w] = [at(variables, 0), at(variables, 1)];
    const spike = membraneStep(p, k, arrived + valueAt(p.constant, k) - (w[k] as number), v);
    recover(p, k, w, spike);
    return spike;
  },
  rest: (p, k, variables) => recover(p, k, at(variables, 1), 0),

  check({ kappaV, kappaW }, refuse) {
    checkDecay("tau", kappaV, refuse);
    checkDecay("tau_adapt", kappaW, refuse);
  },
  reach: (p, currents) => membraneRow.reach(p, currents, fatigue(p)),
  limits: (p) => [...membraneRow.limits(p), [largest(p.increment), CONSTANT_LIMIT]],
  bits: null,
  integers: (p, base) => ({
    ...membraneRow.integers(p, base),
    kind: "AdaptiveLIF",
    decayW: decayOf(p.kappaW),
    increment: toIntegers(p.increment, base.fractionBits),
  }),
};

function recover(p: AdaptiveLif, k: number, w: Float64Array, spike: number): void {
  const kept = (w[k] as number) * (1 - valueAt(p.kappaW, k));
  w[k] = kept + spike * valueAt(p.increment, k);
}

/** What |w| stays below: a spike in every step, for ever. */
function fatigue({ kappaW, increment }: AdaptiveLif): number {
  const kappa = smallest(kappaW);
  return kappa > 0 ? largest(increment) / kappa : Number.POSITIVE_INFINITY;
}
