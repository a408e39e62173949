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
import { at } from "../model/at.ts";
import type { Values } from "../model/spiking-graph.ts";
import type { DiscreteNetwork, Projection } from "./discrete-network.ts";
import { droppedBits, droppedUnits } from "./dropped-bits.ts";
import {
  type FixedBase,
  type FixedEvent,
  type FixedNetwork,
  type FixedProjection,
  type FixedReceptor,
  LIMIT,
  type PopulationReport,
  type ProjectionReport,
} from "./fixed-network.ts";
import { type FixedPopulation, keepsPotential, type Population, rowOf } from "./kinds/index.ts";
import { checkDecay, type Refuse } from "./kinds/row.ts";
import { type LaneFormat, LEAST_UNITS, laneFormat } from "./lanes.ts";
import { decayError, decayOf, toIntegers } from "./quantise-numbers.ts";
import { Ranges } from "./quantise-ranges.ts";
import { largestWeight, lostWeights, weightError } from "./quantise-weights.ts";
import { ruleRow } from "./rules/index.ts";
import { FEWEST_UNITS, inParts, roundPart } from "./small-weights.ts";
import { collapse, firstWhere } from "./values.ts";

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
    if (event.kind === "population") check(event.population, problems);
  }
  if (problems.length > 0) throw new TwentyWattError(problems);

  const ranges = new Ranges(network, problems);
  if (problems.length > 0) throw new TwentyWattError(withFittingCount(network, problems));
  const formats: Formats = network.events.map((_, k) =>
    weights === "i8" ? laneFormat(network, ranges, k) : null,
  );
  const projections = network.projections.flatMap((p): readonly Fixed[] => {
    if (p.rule === null) return fixProjection(network, ranges, formats, p, weights);
    const { name, source, target, receptor, closesCycle, synapses, matrix } = p;
    const ends = { name, source, target, receptor, closesCycle, synapses };
    const sizes = { pre: at(network.events, source).n, post: at(network.events, target).n };
    const rule = ruleRow(p.rule).integers(p.rule, p, sizes, ranges.fractionBits(target));
    return [{ fixed: { ...ends, rule, topology: matrix.kind }, report: null }];
  });
  const populations: PopulationReport[] = [];
  const events = network.events.map((event, k): FixedEvent => {
    if (event.kind === "input") return { ...event, scale: ranges.sourceUnit(k) };
    if (event.kind !== "population") return event;
    const { name, shape, n, population: p } = event;
    const population = fixPopulation(ranges, formats, p, k);
    populations.push(reportOf(p, population, ranges, formats, k));
    return { kind: "population", name, shape, n, population };
  });
  return {
    dtSeconds: network.dtSeconds,
    events,
    projections: projections.map(({ fixed }): FixedProjection => fixed),
    outputs: network.outputs,
    report: {
      weights,
      populations,
      projections: projections.flatMap(({ report }) => report ?? []),
    },
  };
}

/** Sums that do not fit may fit where inputs bring fewer spikes: then the remedy says how few. */
function withFittingCount(network: DiscreteNetwork, problems: readonly Problem[]): Problem[] {
  const counts = network.events.flatMap((event) =>
    event.kind === "input" ? [event.maxCount] : [],
  );
  const fits = (most: number): boolean => {
    const found: Problem[] = [];
    const limited = network.events.map((event) =>
      event.kind === "input" ? { ...event, maxCount: Math.min(event.maxCount, most) } : event,
    );
    new Ranges({ ...network, events: limited }, found);
    return found.length === 0;
  };
  // where inputs are values no count makes their sums fit: the search ends at 0
  let [low, high] = [0, Math.max(...counts)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  if (low === 0) return [...problems];
  const brings = `an input may bring ${Math.max(...counts)} spikes of an element in one step`;
  const remedy = `Smaller weights; or, as ${brings}, declare that it brings at most ${low}: --max-count ${low}, maxCount in code.`;
  return problems.map((one) => ({ ...one, remedy }));
}

/** By event: the 16-bit format where it is proven. */
type Formats = readonly (LaneFormat | null)[];

type Fixed = { readonly fixed: FixedProjection; readonly report: ProjectionReport | null };

/** Of a refractory time. */
const MOST_STEPS = 2 ** 30;

function check(p: Population, problems: Problem[]): void {
  const refuse: Refuse = (got, expected, remedy) => {
    problems.push(problem("MODEL_RANGE", `node ${p.name}`, got, expected, remedy));
  };
  rowOf(p).check(p, refuse);
  const wrong = firstWhere(p.refractorySteps, (steps) => !(steps >= 0 && steps <= MOST_STEPS));
  if (wrong !== null) {
    const expected = `whole steps from 0 to ${MOST_STEPS}`;
    refuse(`a refractory time of ${wrong} steps`, expected, "Give it in seconds, from 0.");
  }
  for (const { name, kappa } of p.receptors) checkDecay(`tau of ${name}`, kappa, refuse);
}

/** One projection; a second and further ones for weights that would round to zero beside its largest. */
function fixProjection(
  network: DiscreteNetwork,
  ranges: Ranges,
  formats: Formats,
  p: Projection,
  weights: "i16" | "i8",
): readonly Fixed[] {
  const [source, target] = [at(network.events, p.source), at(network.events, p.target)];
  const graded = ranges.graded(p.source);
  // units of the target's format that a weight adds for a source value of one unit
  const format = at(formats, p.target);
  const bits = format?.fractionBits ?? ranges.fractionBits(p.target);
  const units = ranges.sourceUnit(p.source) * 2 ** bits * (format?.gain ?? 1);
  const least = graded ? -40 : 0;
  const fewest = format ? LEAST_UNITS : FEWEST_UNITS;
  const storage = { pre: source.n, post: target.n, units, width: weights, least, fewest };
  const parts = inParts(p.matrix, largestWeight(p), storage);
  const mostCount =
    format && format.mostCount < ranges.largestValue(p.source) ? format.mostCount : null;
  return parts.map((part, k) => {
    const { matrix, exponent } = part;
    const stored = roundPart(part, storage);
    const name = k === 0 ? p.name : `${p.name}.small${k > 1 ? k : ""}`;
    const synapses = parts.length === 1 ? p.synapses : stored.weight.length;
    const { receptor, closesCycle } = p;
    return {
      fixed: {
        ...{ name, source: p.source, target: p.target, receptor, matrix: stored },
        ...{ exponent, graded, closesCycle, synapses, rule: null, mostCount },
      },
      report: {
        name,
        projection: p.name,
        from: source.name,
        to: target.name,
        exponent,
        weightError: weightError(matrix, stored, units / 2 ** exponent),
        ...lostWeights(matrix, stored),
        headroom: format
          ? 1 // proven, to the last unit
          : 2 ** 31 / Math.max(1, ranges.arriving(p.target, receptor)),
      },
    };
  });
}

function fixPopulation(
  ranges: Ranges,
  formats: Formats,
  p: Population,
  index: number,
): FixedPopulation {
  const row = rowOf(p);
  const format = at(formats, index);
  const lanes = format?.lanes ?? null;
  const bits = format?.fractionBits ?? ranges.fractionBits(index);
  const fixed = (values: Values) => toIntegers(values, bits);
  const receptorLimit = Math.floor(LIMIT / p.receptors.length);
  const bounded = (k: number): boolean => ranges.current(index, k) * 2 ** bits < receptorLimit;
  const currents = p.receptors.reduce((n, _, k) => n + ranges.current(index, k), 0);
  // never one in lanes, whose currents have no memory
  const fused = row.fuses?.(p) === true && currents * 2 ** bits < FUSED_CURRENTS;
  const start = row.start(p);
  const base: FixedBase = {
    ...{ kind: p.kind, name: p.name, shape: p.shape, n: p.n, spiking: p.spiking },
    ...{ fused, dropped: fused ? droppedBits(ranges, p, index) : null, lanes, fractionBits: bits },
    refractorySteps: toIntegers(p.refractorySteps, 0),
    constant: fixed(p.constant),
    receptors: p.receptors.map((r, k): FixedReceptor => {
      const withoutMemory = collapse(r.kappa) === 1;
      return {
        name: r.name,
        decay: withoutMemory ? null : decayOf(r.kappa, fused ? 15 : 31),
        constant: fixed(r.constant),
        lateConstant: fixed(r.lateConstant),
        limit: receptorLimit,
        bounded: fused || bounded(k),
        slots: 1 + longestDelay(ranges.onto(index), k),
        gain: collapse(r.gain),
      };
    }),
    variables: row.variables.map((name, k) => ({ name, initial: fixed(at(start, k)) })),
  };
  return row.integers(p, base);
}

/** Σ|s| of a fused population, which does not clamp them: |v| + Σ|s| + |c| ≤ 2^29 + 2^30 + 2^28 < 2^31. */
const FUSED_CURRENTS = 2 ** 30;

function longestDelay(onto: readonly Projection[], receptor: number): number {
  return onto.reduce((most, p) => {
    if (p.receptor !== receptor || p.matrix.kind !== "sparse") return most;
    const { delaySteps } = p.matrix;
    return delaySteps === null ? most : delaySteps.reduce((a, b) => Math.max(a, b), most);
  }, 0);
}

function reportOf(
  p: Population,
  fixed: FixedPopulation,
  ranges: Ranges,
  formats: Formats,
  index: number,
): PopulationReport {
  const resolution = 2 ** -fixed.fractionBits;
  const { decayError: own, products } = rowOf(p).rounding(p, fixed);
  const errors = fixed.receptors.flatMap(({ decay }, k) =>
    decay ? [decayError(at(p.receptors, k).kappa, decay)] : [],
  );
  const scale = ranges.scale(index);
  const format = at(formats, index);
  const limit = format ? 0xffff - format.lanes.offset : LIMIT;
  const bounded =
    (!keepsPotential(p) || ranges.potential(index) * 2 ** fixed.fractionBits <= LIMIT) &&
    fixed.receptors.every((r) => r.bounded);
  // half a unit for each product that is rounded; lanes, and products of 16 bits, also drop `coarse` bits before it
  const rounded = products + fixed.receptors.filter((r) => r.decay !== null).length;
  const decays = fixed.receptors.map(({ decay }) => decay);
  const dropped = format
    ? format.lanes.multiplier / 2 ** format.lanes.places
    : fixed.dropped && "decay" in fixed
      ? 2 * droppedUnits(fixed.dropped, fixed.decay, decays)
      : 0;
  return {
    name: p.name,
    fractionBits: fixed.fractionBits,
    resolution,
    roundingPerStep: 0.5 * resolution * (rounded + dropped),
    decayError: Math.max(0, own, ...errors),
    headroom: scale > 0 ? (limit * resolution) / scale : Number.MAX_VALUE,
    // a count that the format holds back is a spike that does not arrive
    neverSaturates: format ? format.mostCount === 255 : bounded,
  };
}
