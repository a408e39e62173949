/**
 * Quadratic integrate-and-fire (Neuronal Dynamics, 5.3): tau dv/dt = a0 (v − v_leak)(v − v_critical) + R I; spike where
 * v ≥ v_threshold: v ← v_reset. By every discretisation an explicit Euler step,
 *
 *     x = v + g (v − v_leak)(v − v_critical) + S + c        g = a0 dt / tau
 */
import { at } from "../../model/at.ts";
import { type NeuronOf, type Values, valueAt } from "../../model/spiking-graph.ts";
import type { PopulationBase } from "../discrete-network.ts";
import {
  CONSTANT_LIMIT,
  type Decay,
  type FixedBase,
  type Integers,
  LIMIT,
  THRESHOLD_LIMIT,
} from "../fixed-network.ts";
import { decayError, MAX_SHIFT, toIntegers } from "../quantise-numbers.ts";
import { refractorySteps } from "../steps.ts";
import { collapse, largest, mapValues, times, zipValues } from "../values.ts";
import { memoryless, type NeuronRow, named, type Refuse } from "./row.ts";

export type Qif = PopulationBase & {
  readonly kind: "QIF";
  readonly g: Values;
  readonly vLeak: Values;
  readonly vCritical: Values;
  readonly vThreshold: Values;
  readonly vReset: Values;
  readonly vInitial: Values;
};

/** As assembly/neurons/qif.ts takes them. */
export type FixedQif = FixedBase & {
  readonly kind: "QIF";
  /** of what is left of the parabola without its last COARSE bits */
  readonly g: Decay;
  readonly rest: Integers;
  readonly critical: Integers;
  readonly threshold: Integers;
  readonly reset: Integers;
};

const COARSE = 21;
const MANTISSA_BITS = 24;
/** g times the largest potential: with any format a mantissa of 24 bits and a shift from 1 to 60 then hold g. */
const MOST_STEEP = 2 ** 10;
const LEAST_STEEP = 2 ** -38;

export const qif: NeuronRow<NeuronOf<"QIF">, Qif, FixedQif> = {
  equation: "quadratic",
  spiking: true,
  variables: ["v"],

  discretise(node, semantics) {
    const euler = mapValues(node.tau, (tau) => semantics.dtSeconds / tau);
    const gain = times(node.r, euler);
    const { vLeak, vCritical, vThreshold, vReset, vInitial } = node;
    return {
      population: {
        ...named(node, true),
        kind: "QIF",
        g: times(node.a0, euler),
        constant: times(node.current, gain),
        refractorySteps: refractorySteps(node.refractorySeconds, semantics),
        receptors: memoryless(gain),
        ...{ vLeak, vCritical, vThreshold, vReset, vInitial },
      },
      inputScales: [gain],
    };
  },

  start: ({ vInitial }) => [vInitial],
  step(p, k, arrived, variables) {
    const v = at(variables, 0);
    const before = v[k] as number;
    const parabola = (before - valueAt(p.vLeak, k)) * (before - valueAt(p.vCritical, k));
    const x = before + valueAt(p.g, k) * parabola + arrived + valueAt(p.constant, k);
    const spike = x >= valueAt(p.vThreshold, k);
    v[k] = spike ? valueAt(p.vReset, k) : x;
    return spike ? 1 : 0;
  },
  firesAt: ({ vThreshold }) => vThreshold,

  check,
  leak: () => 0,
  scale,
  driven(p) {
    const width = zipValues(p.vLeak, p.vCritical, (rest, critical) => critical - rest);
    const rheobase = largest(zipValues(p.g, width, (g, w) => (g * w * w) / 4));
    return rheobase || largest(p.g) * scale(p) ** 2; // with one fixed point any current fires
  },
  reach,
  limits: (p) => [
    [largest(p.vThreshold), THRESHOLD_LIMIT],
    [largest(p.vReset), CONSTANT_LIMIT],
    [largest(p.vLeak), CONSTANT_LIMIT],
    [largest(p.vCritical), CONSTANT_LIMIT],
    [largest(p.vInitial), LIMIT],
  ],
  bits: null,
  integers: (p, base) => ({
    ...base,
    kind: "QIF",
    g: mantissaOf(coarse(p, base.fractionBits)),
    rest: toIntegers(p.vLeak, base.fractionBits),
    critical: toIntegers(p.vCritical, base.fractionBits),
    threshold: toIntegers(p.vThreshold, base.fractionBits),
    reset: toIntegers(p.vReset, base.fractionBits),
  }),
  rounding(p, { g, fractionBits }) {
    const exact = coarse(p, fractionBits);
    // half a unit of the rise, and g times half a unit of the coarse parabola
    return { decayError: decayError(exact, g), products: 1 + largest(exact) };
  },
};

function scale(p: Qif): number {
  return Math.max(...[p.vThreshold, p.vReset, p.vLeak, p.vCritical, p.vInitial].map(largest));
}

/** g between units of v and the parabola in units of 2^COARSE. */
const coarse = ({ g }: Qif, bits: number): Values => mapValues(g, (x) => x * 2 ** (COARSE - bits));

function mantissaOf(values: Values): Decay {
  const most = largest(values);
  let shift = MAX_SHIFT;
  while (Math.round(most * 2 ** shift) >= 2 ** MANTISSA_BITS) shift--;
  const all = collapse(values);
  const rounded = (x: number): number => Math.round(x * 2 ** shift);
  return {
    mantissa: typeof all === "number" ? rounded(all) : Int32Array.from(all, rounded),
    shift,
  };
}

/** Parameters of one neuron. */
type One = Readonly<
  Record<"g" | "rest" | "critical" | "threshold" | "reset" | "start" | "constant", number>
>;

/** By neuron; one for all where they share their parameters. */
function neurons(p: Qif): readonly One[] {
  const { g, vLeak, vCritical, vThreshold, vReset, vInitial, constant } = p;
  const all = [g, vLeak, vCritical, vThreshold, vReset, vInitial, constant];
  const n = all.every((values) => typeof values === "number") ? 1 : p.n;
  return Array.from({ length: n }, (_, k) => ({
    g: valueAt(g, k),
    rest: valueAt(vLeak, k),
    critical: valueAt(vCritical, k),
    threshold: valueAt(vThreshold, k),
    reset: valueAt(vReset, k),
    start: valueAt(vInitial, k),
    constant: valueAt(constant, k),
  }));
}

function check(p: Qif, refuse: Refuse): void {
  const all = neurons(p);
  const steep = largest(p.g) * scale(p);
  if (!(all.every(({ g }) => g > 0) && steep >= LEAST_STEEP && steep < MOST_STEEP)) {
    refuse(
      `a0 · dt / tau = ${largest(p.g)} with potentials of ${scale(p)}`,
      `above 0, and times the potentials from 2^-38 to below ${MOST_STEEP}`,
    );
    return;
  }
  const firing = all.find(({ threshold, reset }) => reset >= threshold);
  if (firing) {
    const got = `v_reset ${firing.reset} at a v_threshold of ${firing.threshold}`;
    refuse(got, "a reset below the threshold: it would fire in every step");
  }
  // the slope of a step at its lowest potential; at rest it is the decay
  const worst = all.reduce((most, { g, rest, critical, reset, start }) => {
    const lowest = Math.min(rest, critical, reset, start);
    return Math.max(most, g * (rest + critical - 2 * lowest));
  }, 0);
  if (worst >= 2) {
    refuse(
      `a0 · dt / tau · (v_leak + v_critical − 2 · the lowest potential) = ${worst}`,
      "less than 2: the explicit step is unstable beyond",
      "Give a smaller --dt, or check --time-unit.",
    );
  }
}

/**
 * x stays below θ, and the parabola lifts it where currents of −d in every step press it down. Below its lower root
 * `floor` of g (v − rest)(v − critical) = d no step goes down; from above, none goes below the vertex of a step.
 */
function reach(p: Qif, currents: number): number {
  return neurons(p).reduce((most, { g, rest, critical, threshold, reset, start, constant }) => {
    const d = currents + Math.abs(constant);
    const middle = (rest + critical) / 2;
    const floor = middle - Math.sqrt(((critical - rest) / 2) ** 2 + d / g);
    const low = middle - 1 / (2 * g);
    const vertex = low + g * (low - rest) * (low - critical) - d;
    return [floor, low > floor ? vertex : floor, threshold, reset, start].reduce(
      (far, v) => Math.max(far, Math.abs(v)),
      most,
    );
  }, 0);
}
