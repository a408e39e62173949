/**
 * The linear membrane behind I, IF, LI, LIF, CubaLI and CubaLIF:
 *
 *     x = v − κv·v + S + c        S the sum of the receptors, z = x > θ, then the reset
 */
import { at } from "../../model/at.ts";
import { type NeuronOf, type Semantics, type Values, valueAt } from "../../model/spiking-graph.ts";
import type { DiscreteReceptor, PopulationBase } from "../discrete-network.ts";
import {
  CONSTANT_LIMIT,
  type Decay,
  type FixedBase,
  type Integers,
  LIMIT,
  THRESHOLD_LIMIT,
} from "../fixed-network.ts";
import { decayError, decayOf, decayOfLanes, toIntegers } from "../quantise-numbers.ts";
import { kappa, kappaIn, refractorySteps } from "../steps.ts";
import { collapse, largest, mapValues, plus, smallest, times, zipValues } from "../values.ts";
import { membraneLanes } from "./membrane-lanes.ts";
import { membraneStep } from "./membrane-step.ts";
import {
  checkDecay,
  type Discretised,
  type Limit,
  type NeuronRow,
  named,
  type Rounding,
} from "./row.ts";

/**
 * none: a value output, never spikes (I, LI, CubaLI).
 * zero: v ← v_reset. subtract: v ← x − θ.
 * snntorch: ρ = [v > θ] from the step before; x ← x − ρ·θ; z = [x > θ]; v ← x − (z − ρ)·θ.
 * spyx: z = [v > θ] from the step before; v ← x − z·θ.
 */
export type ResetRule = "none" | "zero" | "subtract" | "snntorch" | "spyx";

export type MembraneKind = "I" | "IF" | "LI" | "LIF" | "CubaLI" | "CubaLIF";

/** A membrane, and perhaps something beside it. */
export type MembraneBase = PopulationBase & {
  /** κv = 1 − decay of the potential in one step; 0 for IF and I */
  readonly kappaV: Values;
  readonly vThreshold: Values;
  readonly vReset: Values;
  readonly vInitial: Values;
  readonly resetRule: ResetRule;
};

export type Membrane = MembraneBase & { readonly kind: MembraneKind };

export type FixedMembraneBase = FixedBase & {
  readonly decay: Decay;
  readonly threshold: Integers;
  readonly reset: Integers;
  readonly resetRule: ResetRule;
};

export type FixedMembrane = FixedMembraneBase & { readonly kind: MembraneKind };

type MembraneNode = NeuronOf<MembraneKind | "AdaptiveLIF">;

type Currents = {
  /** null: nothing leaks */
  readonly tau: Values | null;
  readonly vLeak: Values;
  /** with their gains: what a unit of each adds to v in one step */
  readonly receptors: readonly DiscreteReceptor[];
  /** false: where spyx's neurons reset late, these do not */
  readonly lateReset?: boolean;
};

/** All but its kind. */
export function membraneOf(
  node: MembraneNode,
  { tau, vLeak, receptors, lateReset = true }: Currents,
  semantics: Semantics,
): Omit<MembraneBase, "kind"> {
  const kappaV = tau === null ? 0 : kappa(tau, semantics);
  // a constant current passes the membrane as a held input does, whatever the synapses are
  const drive = tau === null ? node.r : times(node.r, kappaIn(tau, semantics));
  const constant = plus(times(kappaV, vLeak), times(node.current, drive));
  const common = { kappaV, constant, vInitial: node.vInitial, receptors };
  if (!("vThreshold" in node)) {
    const silent = { vThreshold: 0, vReset: 0, resetRule: "none", refractorySteps: 0 } as const;
    return { ...named(node, false), ...common, ...silent };
  }
  return {
    ...{ ...named(node, true), ...common },
    ...{ vThreshold: node.vThreshold, vReset: node.vReset },
    resetRule: resetRule(semantics, lateReset),
    refractorySteps: refractorySteps(node.refractorySeconds, semantics),
  };
}

function resetRule({ discretisation, reset }: Semantics, late: boolean): ResetRule {
  if (reset === "zero") return "zero";
  if (discretisation === "snntorch") return "snntorch";
  return discretisation === "spyx" && late ? "spyx" : "subtract";
}

/** What a membrane does whatever stands beside it. */
export const membraneRow = {
  leak: ({ kappaV }: MembraneBase): Values => kappaV,
  firesAt: ({ spiking, vThreshold }: MembraneBase): Values | null => (spiking ? vThreshold : null),
  scale: (p: MembraneBase): number =>
    Math.max(
      largest(p.vInitial),
      largest(p.vThreshold),
      largest(p.vReset),
      largest(zipValues(p.constant, p.kappaV, (c, kappa) => c / (kappa || 1))),
    ),
  /** @param beside what else can be added in one step */
  reach(p: MembraneBase, currents: number, beside = 0): number {
    const leak = Math.min(smallest(p.kappaV), 2 - largest(p.kappaV));
    if (!(leak > 0)) return Number.POSITIVE_INFINITY;
    const start = Math.max(largest(p.vInitial), p.resetRule === "zero" ? largest(p.vReset) : 0);
    return Math.max((currents + largest(p.constant) + beside + kick(p)) / leak, start);
  },
  limits: (p: MembraneBase): readonly Limit[] => [
    [largest(p.vInitial), LIMIT],
    [largest(p.vThreshold), THRESHOLD_LIMIT],
    [largest(p.vReset), CONSTANT_LIMIT],
  ],
  integers: (p: MembraneBase, base: FixedBase): Omit<FixedMembraneBase, "kind"> => ({
    ...base,
    decay: base.lanes ? decayOfLanes(base.lanes) : decayOf(p.kappaV, base.fused ? 15 : 31),
    threshold: toIntegers(p.vThreshold, base.fractionBits),
    reset: toIntegers(p.vReset, base.fractionBits),
    resetRule: p.resetRule,
  }),
  rounding: (p: MembraneBase, { decay }: FixedMembraneBase): Rounding => ({
    decayError: decayError(p.kappaV, decay),
    products: largest(p.kappaV) > 0 ? 1 : 0,
  }),
};

/** A reset to v_reset starts anew, θ taken from an x above it brings x nearer to 0; late or negative, it may not. */
function kick({ resetRule, vThreshold }: MembraneBase): number {
  switch (resetRule) {
    case "spyx":
      return largest(vThreshold);
    case "subtract":
    case "snntorch":
      return largest(mapValues(vThreshold, (theta) => Math.min(theta, 0)));
    case "none":
    case "zero":
      return 0;
  }
}

/** The row of a kind that is a membrane and nothing else. */
export const membrane = <K extends MembraneKind>(
  spiking: boolean,
  discretise: (node: NeuronOf<K>, semantics: Semantics) => Discretised<Membrane>,
): NeuronRow<NeuronOf<K>, Membrane, FixedMembrane> => ({
  ...membraneRow,
  equation: "linear",
  spiking,
  variables: ["v"],
  discretise,
  start: ({ vInitial }) => [vInitial],
  step: (p, k, arrived, variables) =>
    membraneStep(p, k, arrived + valueAt(p.constant, k), at(variables, 0)),
  check: ({ kappaV }, refuse) => checkDecay("tau", kappaV, refuse),
  bits: null,
  fuses,
  lanes: membraneLanes,
  integers: (p, base) => ({ ...membraneRow.integers(p, base), kind: p.kind }),
});

/** The largest decay factor that a mantissa of 15 bits and a shift of 17 hold. */
const FUSED_KAPPA = 0.249;
/** At least these many neurons with the same parameters: for the kernel that is several times as fast. */
const MANY_NEURONS = 1024;

/** Whether assembly/neurons/cuba-lif.ts takes it: many neurons, one set of parameters, currents with memory. */
function fuses(p: Membrane): boolean {
  const kappas = [p.kappaV, ...p.receptors.map((r) => r.kappa)].map(collapse);
  const shared = [p.constant, p.vThreshold, p.vReset, p.refractorySteps].map(collapse);
  return (
    p.n >= MANY_NEURONS &&
    p.resetRule === "zero" &&
    (p.receptors.length === 1 || p.receptors.length === 2) &&
    p.receptors.every((r) => collapse(r.constant) === 0 && collapse(r.lateConstant) === 0) &&
    kappas.every((kappa) => typeof kappa === "number" && kappa < FUSED_KAPPA) &&
    shared.every((values) => typeof values === "number")
  );
}
