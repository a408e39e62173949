/**
 * Izhikevich 2003, v in mV, time in ms: v' = 0.04 v² + 5 v + 140 − u + I; u' = a (b v − u);
 * spike where v ≥ 30: v ← c, u ← u + d.
 */
import { at } from "../../model/at.ts";
import { type NeuronOf, type Values, valueAt } from "../../model/spiking-graph.ts";
import type { PopulationBase } from "../discrete-network.ts";
import { type FixedBase, type Integers, LIMIT, THRESHOLD_LIMIT } from "../fixed-network.ts";
import { decayError, toIntegers } from "../quantise-numbers.ts";
import { largest, mapValues, times } from "../values.ts";
import { memoryless, type NeuronRow, named, type Refuse } from "./row.ts";

export type Izhikevich = PopulationBase & {
  readonly kind: "Izhikevich";
  readonly a: Values;
  readonly b: Values;
  readonly c: Values;
  readonly d: Values;
  readonly vInitial: Values;
  readonly dtMs: number;
};

/** As assembly/neurons/izhikevich.ts takes them. */
export type FixedIzhikevich = FixedBase & {
  readonly kind: "Izhikevich";
  /** a · dt · 2^30 */
  readonly a: Integers;
  /** b · 2^24 */
  readonly b: Integers;
  /** c, d and threshold in the population's format */
  readonly c: Integers;
  readonly d: Integers;
  readonly threshold: Integers;
  /** dt, or half of it in two half steps, in ms · 2^26 */
  readonly step: number;
  /** two half steps of v, the threshold tested first (net.m); else one */
  readonly coarse: boolean;
};

const THRESHOLD_MV = 30;
/** I at which the regular spiking neuron starts to fire is 3.8. */
const RHEOBASE = 4;
/** Steps of half a millisecond and more are net.m's. */
const COARSE_MS = 0.5;
const A_BITS = 30;
const TIME_BITS = 26;

export const izhikevich: NeuronRow<NeuronOf<"Izhikevich">, Izhikevich, FixedIzhikevich> = {
  equation: "izhikevich",
  spiking: true,
  variables: ["v", "u"],

  discretise: (node, { dtSeconds }) => ({
    population: {
      ...named(node, true),
      kind: "Izhikevich",
      constant: node.current,
      ...{ a: node.a, b: node.b, c: node.c, d: node.d, vInitial: node.vInitial },
      dtMs: dtSeconds * 1000,
      refractorySteps: 0,
      receptors: memoryless(1),
    },
    inputScales: [1],
  }),

  start: ({ b, vInitial }) => [vInitial, times(b, vInitial)],
  step,
  firesAt: () => THRESHOLD_MV,

  check,
  leak: () => 0,
  scale: ({ vInitial, constant }) => Math.max(largest(vInitial), THRESHOLD_MV, largest(constant)),
  driven: () => RHEOBASE,
  reach: () => Number.POSITIVE_INFINITY,
  limits: ({ vInitial }) => [
    [largest(vInitial), LIMIT],
    [THRESHOLD_MV, THRESHOLD_LIMIT],
  ],
  /** of mV: ±256 mV, or up to ±2048 mV where the sums of one step need room */
  bits: { most: 21, least: 18 },
  integers(p, base) {
    const coarse = p.dtMs >= COARSE_MS;
    return {
      ...base,
      kind: "Izhikevich",
      a: toIntegers(perStep(p), A_BITS),
      b: toIntegers(p.b, 24),
      c: toIntegers(p.c, base.fractionBits),
      d: toIntegers(p.d, base.fractionBits),
      threshold: toIntegers(THRESHOLD_MV, base.fractionBits),
      step: Math.round((coarse ? p.dtMs / 2 : p.dtMs) * 2 ** TIME_BITS),
      coarse,
    };
  },
  rounding,
};

/**
 * A rise is rounded to half a unit; before it is multiplied by its time, the square has lost up to 0.04 · 2^(26 − bits)
 * units and its product up to one (assembly/neurons/izhikevich.ts). What the first of two half steps is off, the second
 * one makes larger by its slope, which is steepest at the threshold.
 */
function rounding(p: Izhikevich, { a, step: stored, coarse, fractionBits }: FixedIzhikevich) {
  const time = coarse ? p.dtMs / 2 : p.dtMs;
  const halves = 1 + 2 * time * (0.04 * 2 ** (26 - fractionBits) + 1);
  const onward = 1 + time * (2 * 0.04 * THRESHOLD_MV + 5);
  return {
    decayError: Math.max(
      decayError(perStep(p), { mantissa: a, shift: A_BITS }),
      decayError(time, { mantissa: stored, shift: TIME_BITS }),
    ),
    products: coarse ? halves * (1 + onward) : halves,
  };
}

/** What u loses in one step of what it is above b · v. */
const perStep = ({ a, dtMs }: Izhikevich): Values => mapValues(a, (x) => x * dtMs);

/** net.m of Izhikevich 2003 where coarse; a plain Euler step elsewhere. */
function step(
  { a, b, c, d, constant, dtMs }: Izhikevich,
  k: number,
  arrived: number,
  variables: readonly Float64Array[],
): number {
  const [v, w] = [at(variables, 0), at(variables, 1)];
  const input = arrived + valueAt(constant, k);
  let x = v[k] as number;
  let u = w[k] as number;
  let spike = 0;
  const fire = () => {
    if (x < THRESHOLD_MV) return;
    spike = 1;
    x = valueAt(c, k);
    u += valueAt(d, k);
  };
  const coarse = dtMs >= COARSE_MS;
  if (coarse) fire();
  const slope = (y: number) => 0.04 * y * y + 5 * y + 140 - u + input;
  if (coarse) {
    x += 0.5 * dtMs * slope(x);
    x += 0.5 * dtMs * slope(x);
    u += dtMs * valueAt(a, k) * (valueAt(b, k) * x - u);
  } else {
    const dv = dtMs * slope(x);
    u += dtMs * valueAt(a, k) * (valueAt(b, k) * x - u);
    x += dv;
    fire();
  }
  v[k] = x;
  w[k] = u;
  return spike;
}

/** What the kernel has room for. */
function check({ a, b, c, d, dtMs }: Izhikevich, refuse: Refuse): void {
  const below = (what: string, got: number, most: number): void => {
    if (!(Number.isFinite(got) && got < most)) refuse(`${what} = ${got}`, `below ${most}`);
  };
  below("dt in ms", dtMs, 2.0001);
  below("|a| · dt", largest(a) * dtMs, 1);
  below("|b|", largest(b), 8);
  below("|c| in mV", largest(c), 1024);
  below("|d|", largest(d), 1024);
}
