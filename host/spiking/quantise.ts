/**
 * Real numbers to integers: chooses the format of every population and the exponent of every projection, proves that
 * no sum of synapses can overflow, and says what the rounding costs.
 *
 *     x = v − κ·v + Σ s + c − w       |v| < 2^29, Σ|s| < 2^29, |c| ≤ 2^28, |w| < 2^29, |θ| ≤ 2^27: |x ± θ| < 2^31
 *     s = s − κ·s + c + arrived       |s| < 2^29, |c| ≤ 2^28, |arrived| ≤ 2^30: |sum| < 2^31
 *
 * The format: as many fraction bits as give the largest of threshold, reset, rest and start THRESHOLD_BITS, and the
 * largest weight of every projection WEIGHT_BITS; more where the range of v is proven and leaves room; fewer where
 * sums would not fit. What is left above is headroom; beyond it v saturates, which the module counts.
 */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Values } from "../model/spiking-graph.ts";
import type { DiscreteNetwork, EventNode, Population } from "./discrete-network.ts";
import {
  type Decay,
  type FixedEvent,
  type FixedNetwork,
  type FixedPopulation,
  type FixedProjection,
  type FixedReceptor,
  type Lanes,
  LIMIT,
  type PopulationReport,
  type ProjectionReport,
} from "./fixed-network.ts";
import { type LaneFormat, laneFormat } from "./lanes.ts";
import { fixedIzhikevich } from "./quantise-izhikevich.ts";
import { collapse, decayError, decayOf, largest, toIntegers } from "./quantise-numbers.ts";
import { Ranges } from "./quantise-ranges.ts";
import {
  exponentOf,
  largestWeight,
  roundWeights,
  WEIGHT_LIMIT,
  weightError,
} from "./quantise-weights.ts";

/** At least these many neurons with the same parameters: decays of 15 bits, for the kernel that is several times as fast. */
export const MANY_NEURONS = 1024;

/** Raises every problem of the network at once, each naming its projection or population. */
export function quantise(network: DiscreteNetwork, weights: "i16" | "i8" = "i16"): FixedNetwork {
  const problems: Problem[] = [];
  network.projections.forEach((p) => {
    if (!Number.isFinite(largestWeight(p))) {
      problems.push(
        problem("MODEL_RANGE", `projection ${p.name}`, "a weight that is no number", "numbers"),
      );
    }
  });
  for (const event of network.events) {
    if (event.kind === "population") checkDecays(event.population, problems);
  }
  if (problems.length > 0) throw new TwentyWattError(problems);

  const ranges = new Ranges(network, problems);
  if (problems.length > 0) throw new TwentyWattError(problems);
  const formats: Formats = network.events.map((_, k) =>
    weights === "i8" ? laneFormat(network, ranges, k) : null,
  );
  const projections = network.projections.map((_, k) =>
    fixProjection(network, ranges, formats, k, weights),
  );
  const events = network.events.map((event, k) => fixEvent(network, ranges, formats, event, k));
  return {
    dtSeconds: network.dtSeconds,
    events,
    projections: projections.map(({ fixed }) => fixed),
    outputs: network.outputs,
    report: {
      weights,
      populations: network.events.flatMap((event, k) =>
        event.kind === "population"
          ? [reportOf(event.population, events[k], ranges, formats, k)]
          : [],
      ),
      projections: projections.map(({ report }) => report),
    },
  };
}

/** By event: the 16-bit format where it is proven. */
type Formats = readonly (LaneFormat | null)[];

/** κ ≥ 2 makes every step overshoot further than the one before. */
function checkDecays(p: Population, problems: Problem[]): void {
  const check = (what: string, kappa: Values): void => {
    const most = typeof kappa === "number" ? kappa : kappa.reduce((a, b) => Math.max(a, b), 0);
    const least = typeof kappa === "number" ? kappa : kappa.reduce((a, b) => Math.min(a, b), 0);
    if (most < 2 && least >= 0) return;
    problems.push(
      problem(
        "MODEL_RANGE",
        `node ${p.name}`,
        `dt / ${what} = ${most}`,
        "less than 2: the explicit step is unstable beyond",
        "Give a smaller --dt, or check --time-unit.",
      ),
    );
  };
  check("tau", p.kappaV);
  if (p.izhikevich) checkIzhikevich(p.name, p.izhikevich, problems);
  for (const receptor of p.receptors) check(`tau of ${receptor.name}`, receptor.kappa);
  if (p.adaptation) check("tau_adapt", p.adaptation.kappa);
}

/** What assembly/neurons/izhikevich.ts has room for. */
function checkIzhikevich(
  name: string,
  { a, b, c, d, dtMs }: NonNullable<Population["izhikevich"]>,
  problems: Problem[],
): void {
  const check = (what: string, got: number, below: number): void => {
    if (Number.isFinite(got) && got < below) return;
    problems.push(problem("MODEL_RANGE", `node ${name}`, `${what} = ${got}`, `below ${below}`));
  };
  check("dt in ms", dtMs, 2.0001);
  check("|a| · dt", largest(a) * dtMs, 1);
  check("|b|", largest(b), 8);
  check("|c| in mV", largest(c), 1024);
  check("|d|", largest(d), 1024);
}

function fixProjection(
  network: DiscreteNetwork,
  ranges: Ranges,
  formats: Formats,
  index: number,
  weights: "i16" | "i8",
): { fixed: FixedProjection; report: ProjectionReport } {
  const p = network.projections[index];
  const source = network.events[p?.source ?? -1];
  const target = network.events[p?.target ?? -1];
  if (!p || !source || !target) throw new Error(`no projection ${index}`);
  const graded = ranges.graded(p.source);
  // units of the target's format that a weight adds for a source value of one unit
  const format = formats[p.target];
  const bits = format?.fractionBits ?? ranges.fractionBits(p.target);
  const units = ranges.sourceUnit(p.source) * 2 ** bits * (format?.gain ?? 1);
  const exponent = exponentOf(largestWeight(p) * units, WEIGHT_LIMIT[weights], graded ? -40 : 0);
  const scale = units / 2 ** exponent;
  const matrix = roundWeights(p.matrix, scale, source.n, weights);
  const { name, receptor, closesCycle, synapses } = p;
  return {
    fixed: {
      ...{ name, source: p.source, target: p.target, receptor, matrix },
      ...{ exponent, graded, closesCycle, synapses },
      mostCount:
        format && format.mostCount < ranges.largestValue(p.source) ? format.mostCount : null,
    },
    report: {
      name,
      from: source.name,
      to: target.name,
      exponent,
      weightError: weightError(p.matrix, matrix, scale),
      headroom: format
        ? 1 // proven, to the last unit
        : 2 ** 31 / Math.max(1, ranges.arriving(p.target, receptor)),
    },
  };
}

function fixEvent(
  network: DiscreteNetwork,
  ranges: Ranges,
  formats: Formats,
  event: EventNode,
  index: number,
): FixedEvent {
  if (event.kind === "input") return { ...event, scale: ranges.sourceUnit(index) };
  if (event.kind !== "population") return event;
  const population = fixPopulation(network, ranges, formats, event.population, index);
  return { kind: "population", name: event.name, shape: event.shape, n: event.n, population };
}

function fixPopulation(
  network: DiscreteNetwork,
  ranges: Ranges,
  formats: Formats,
  p: Population,
  index: number,
): FixedPopulation {
  const lanes = formats[index]?.lanes ?? null;
  const bits = formats[index]?.fractionBits ?? ranges.fractionBits(index);
  const fixed = (values: Values) => toIntegers(values, bits);
  const receptorLimit = Math.floor(LIMIT / Math.max(1, p.receptors.length));
  const bounded = (k: number): boolean => ranges.current(index, k) * 2 ** bits < receptorLimit;
  const currents = p.receptors.reduce((n, _, k) => n + ranges.current(index, k), 0);
  const fused = lanes === null && fits(p) && currents * 2 ** bits < FUSED_CURRENTS;
  const mantissaBits = fused ? 15 : 31;
  return {
    ...{ fused, lanes },
    ...{ name: p.name, shape: p.shape, n: p.n, kind: p.kind, fractionBits: bits },
    decay: lanes ? decayOfLanes(lanes) : decayOf(p.kappaV, mantissaBits),
    constant: fixed(p.constant),
    threshold: fixed(p.vThreshold),
    reset: fixed(p.vReset),
    initial: fixed(p.vInitial),
    resetRule: p.resetRule,
    refractorySteps: p.refractorySteps,
    receptors: p.receptors.map((r, k): FixedReceptor => {
      const memoryless = collapse(r.kappa) === 1;
      return {
        name: r.name,
        decay: memoryless ? null : decayOf(r.kappa, mantissaBits),
        constant: fixed(r.constant),
        lateConstant: fixed(r.lateConstant),
        limit: receptorLimit,
        bounded: fused || bounded(k),
        slots: 1 + longestDelay(network, index, k),
        gain: collapse(r.gain),
      };
    }),
    adaptation: p.adaptation && {
      decay: decayOf(p.adaptation.kappa),
      increment: fixed(p.adaptation.increment),
    },
    izhikevich: p.izhikevich && fixedIzhikevich(p.izhikevich, p.vInitial, bits),
    perceptron: p.perceptron,
  };
}

/** coarse + places ≤ 23 */
const decayOfLanes = ({ multiplier, coarse, places }: Lanes): Decay => ({
  mantissa: multiplier * 2 ** (24 - coarse - places),
  shift: 24,
});

/** Σ|s| of a fused population, which does not clamp them: |v| + Σ|s| + |c| ≤ 2^29 + 2^30 + 2^28 < 2^31. */
const FUSED_CURRENTS = 2 ** 30;
/** The largest decay factor that a mantissa of 15 bits and a shift of 17 hold. */
const FUSED_KAPPA = 0.249;

/** Whether assembly/neurons/cuba-lif.ts takes it: many neurons, one set of parameters, currents with memory. */
function fits(p: Population): boolean {
  const kappas = [p.kappaV, ...p.receptors.map((r) => r.kappa)].map(collapse);
  const shared = [p.constant, p.vThreshold, p.vReset].map(collapse);
  return (
    p.n >= MANY_NEURONS &&
    p.kind === "linear" &&
    p.resetRule === "zero" &&
    (p.receptors.length === 1 || p.receptors.length === 2) &&
    p.receptors.every((r) => collapse(r.constant) === 0 && collapse(r.lateConstant) === 0) &&
    kappas.every((kappa) => typeof kappa === "number" && kappa < FUSED_KAPPA) &&
    shared.every((values) => typeof values === "number")
  );
}

function longestDelay(network: DiscreteNetwork, target: number, receptor: number): number {
  return network.projections.reduce((most, p) => {
    if (p.target !== target || p.receptor !== receptor || p.matrix.kind !== "sparse") return most;
    return p.matrix.delaySteps?.reduce((a, b) => Math.max(a, b), most) ?? most;
  }, 0);
}

function reportOf(
  p: Population,
  event: FixedEvent | undefined,
  ranges: Ranges,
  formats: Formats,
  index: number,
): PopulationReport {
  if (event?.kind !== "population") throw new Error(`no population ${index}`);
  const fixed = event.population;
  const resolution = 2 ** -fixed.fractionBits;
  const errors = [
    decayError(p.kappaV, fixed.decay),
    ...p.receptors.map((r, k) => {
      const decay = fixed.receptors[k]?.decay;
      return decay ? decayError(r.kappa, decay) : 0;
    }),
  ];
  const scale = ranges.scale(index);
  const format = formats[index];
  const limit = format ? 0xffff - format.lanes.offset : LIMIT;
  const held = (format?.mostCount ?? 255) < 255;
  const bounded = format
    ? !held
    : ranges.potential(index) * 2 ** fixed.fractionBits <= LIMIT &&
      fixed.receptors.every((r) => r.bounded);
  // half a unit for each product that is rounded; lanes also drop `coarse` bits before it
  const products =
    (largest(p.kappaV) > 0 ? 1 : 0) + fixed.receptors.filter((r) => r.decay !== null).length;
  const dropped = format ? format.lanes.multiplier / 2 ** format.lanes.places : 0;
  return {
    name: p.name,
    fractionBits: fixed.fractionBits,
    resolution,
    roundingPerStep: 0.5 * resolution * (products + dropped),
    decayError: Math.max(0, ...errors),
    headroom: scale > 0 ? (limit * resolution) / scale : Number.MAX_VALUE,
    neverSaturates: p.kind === "threshold" || p.kind === "perceptron" || bounded,
  };
}
