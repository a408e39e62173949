/**
 * What values can reach: proven from weights, fan-in and input counts, and the fraction bits that follow from it.
 * Real numbers in the potential's unit; "units" are integers of a population's format.
 */
import { type Problem, problem } from "../errors.ts";
import type {
  DiscreteNetwork,
  DiscreteReceptor,
  EventNode,
  Population,
} from "./discrete-network.ts";
import { LIMIT } from "./fixed-network.ts";
import { zipValues } from "./matrix.ts";
import { IZHIKEVICH_BITS } from "./quantise-izhikevich.ts";
import { largest, smallest } from "./quantise-numbers.ts";
import { fanIn, largestWeight } from "./quantise-weights.ts";

/** Bits of the largest of threshold, reset, rest and start. */
const THRESHOLD_BITS = 22;
/** Bits of a projection's largest weight. */
const WEIGHT_BITS = 14;
/** A proven range may use up what is left above, but more bits than this gain nothing. */
const MOST_BITS = 26;
/** Coarser than this is no network any more: refused. */
const LEAST_BITS = 8;
/** |arrived| ≤ 2^30, less what rounding of weights may add. */
const ARRIVING_LIMIT = 2 ** 30 * 0.98;
const CONSTANT_LIMIT = 2 ** 28;
const THRESHOLD_LIMIT = 2 ** 27;
/** A value input's largest value, over the one that drives a target to its threshold. */
const INPUT_HEADROOM = 64;
const MAX_COUNT = 255;
/** I at which Izhikevich's regular spiking neuron starts to fire is 3.8. */
const RHEOBASE = 4;

/** In the first step a constant may be larger: what would cancel a part of it comes later. */
const largestConstant = ({ constant, lateConstant }: DiscreteReceptor): number =>
  Math.max(largest(constant), largest(zipValues(constant, lateConstant, (c, late) => c - late)));

export class Ranges {
  readonly #network: DiscreteNetwork;
  readonly #sums: readonly Float64Array[];
  readonly #bits: number[];
  readonly #inputUnits: readonly number[];

  constructor(network: DiscreteNetwork, problems: Problem[]) {
    this.#network = network;
    this.#sums = network.projections.map((p) =>
      fanIn(p, network.events[p.source]?.n ?? 0, network.events[p.target]?.n ?? 0),
    );
    this.#inputUnits = network.events.map((event, k) => this.#inputUnit(event, k));
    this.#bits = network.events.map(() => 0);
    network.events.forEach((event, k) => {
      if (event.kind === "population") this.#bits[k] = this.#wanted(event.population, k);
    });
    // a coarser value source reaches further, and may push its targets: until nothing moves
    for (let moved = true; moved; ) {
      moved = false;
      network.events.forEach((event, k) => {
        if (event.kind !== "population") return;
        const most = this.#most(event.population, k);
        if ((this.#bits[k] ?? 0) > most) {
          this.#bits[k] = most;
          moved = true;
        }
      });
      if (this.#bits.some((bits) => bits < -100)) break;
    }
    network.events.forEach((event, k) => {
      if (event.kind === "population") this.#judge(event.population, k, problems);
    });
  }

  fractionBits(event: number): number {
    return this.#bits[event] ?? 0;
  }

  graded(event: number): boolean {
    const node = this.#network.events[event];
    if (node?.kind === "input") return node.values;
    return node?.kind === "population" && node.population.resetRule === "none";
  }

  /** Real value of one unit of an event's value. */
  sourceUnit(event: number): number {
    const node = this.#network.events[event];
    if (node?.kind === "input") return this.#inputUnits[event] ?? 1;
    return this.graded(event) ? 2 ** -this.fractionBits(event) : 1;
  }

  /** Largest value one event can have, real. */
  largestValue(event: number): number {
    const node = this.#network.events[event];
    switch (node?.kind) {
      case "input":
        return node.values ? 32768 * (this.#inputUnits[event] ?? 1) : MAX_COUNT;
      case "pool":
        return node.kernel[0] * node.kernel[1] * this.largestValue(node.source);
      case "delay":
        return this.largestValue(node.source);
      default:
        return this.graded(event) ? LIMIT * 2 ** -this.fractionBits(event) : 1;
    }
  }

  /** Largest sum, in units, that one step can bring to one neuron through a receptor. */
  arriving(target: number, receptor: number): number {
    return this.#arrivingReal(target, receptor) * 2 ** this.fractionBits(target);
  }

  /** What s of a receptor stays below, real: all that can arrive, in every step, for ever. */
  current(target: number, receptor: number): number {
    const r = this.#population(target)?.receptors[receptor];
    if (!r) return 0;
    const kappa = smallest(r.kappa);
    const most = largest(r.kappa);
    const each = this.#arrivingReal(target, receptor) + largestConstant(r);
    return kappa > 0 ? each / Math.min(kappa, 2 - most) : Number.POSITIVE_INFINITY;
  }

  /** What |v| stays below, real. Infinite where it may integrate without end. */
  potential(target: number): number {
    const p = this.#population(target);
    if (!p || p.kind === "izhikevich") return Number.POSITIVE_INFINITY;
    const currents = p.receptors.reduce((n, _, k) => n + this.current(target, k), 0);
    const each = currents + largest(p.constant) + this.#fatigue(p);
    const leak = Math.min(smallest(p.kappaV), 2 - largest(p.kappaV));
    if (!(leak > 0)) return Number.POSITIVE_INFINITY;
    // a reset to v_reset starts anew, θ taken from an x above it brings x nearer to 0; late or negative, it may not
    const negative = zipValues(p.vThreshold, 0, (theta) => Math.min(theta, 0));
    const kick =
      p.resetRule === "spyx"
        ? largest(p.vThreshold)
        : p.resetRule === "subtract" || p.resetRule === "snntorch"
          ? largest(negative)
          : 0;
    const starts = [largest(p.vInitial), p.resetRule === "zero" ? largest(p.vReset) : 0];
    return Math.max((each + kick) / leak, ...starts);
  }

  /** The largest of threshold, reset, rest and start, real; 0 where a population has none of them. */
  scale(target: number): number {
    const p = this.#population(target);
    if (!p) return 0;
    const spiking = p.resetRule !== "none" && p.kind !== "perceptron";
    return Math.max(
      largest(p.vInitial),
      spiking ? largest(p.vThreshold) : 0,
      spiking ? largest(p.vReset) : 0,
      largest(zipValues(p.constant, p.kappaV, (c, kappa) => c / (kappa || 1))),
    );
  }

  #population(event: number): Population | null {
    const node = this.#network.events[event];
    return node?.kind === "population" ? node.population : null;
  }

  #fatigue({ adaptation }: Population): number {
    if (!adaptation) return 0;
    const kappa = smallest(adaptation.kappa);
    return kappa > 0 ? largest(adaptation.increment) / kappa : Number.POSITIVE_INFINITY;
  }

  #arrivingReal(target: number, receptor: number): number {
    const n = this.#network.events[target]?.n ?? 0;
    const mine = this.#network.projections.flatMap((p, k) =>
      p.target === target && p.receptor === receptor
        ? [{ sums: this.#sums[k] ?? new Float64Array(), value: this.largestValue(p.source) }]
        : [],
    );
    let most = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (const { sums, value } of mine) sum += (sums[j] ?? 0) * value;
      most = Math.max(most, sum);
    }
    return most;
  }

  /** Value inputs are i16: a power of two per unit, so that round numbers stay round. */
  #inputUnit(event: EventNode, index: number): number {
    if (event.kind !== "input" || !event.values) return 1;
    let full = 0;
    this.#network.projections.forEach((p) => {
      const target = this.#population(p.target);
      if (p.source !== index || target === null) return;
      const kappaS = target.receptors[p.receptor]?.kappa ?? 1;
      const lasting = largestWeight(p) / (smallest(target.kappaV) || 1) / (smallest(kappaS) || 1);
      const enough = target.kind === "izhikevich" ? RHEOBASE : this.scale(p.target);
      if (lasting > 0) full = Math.max(full, (INPUT_HEADROOM * enough) / lasting);
    });
    return full > 0 ? 2 ** (Math.ceil(Math.log2(full)) - 15) : 2 ** -8;
  }

  #wanted(p: Population, index: number): number {
    if (p.kind === "izhikevich") return IZHIKEVICH_BITS.most;
    if (p.kind === "perceptron") return 0;
    const scale = this.scale(index);
    const wishes = this.#network.projections.flatMap((q) => {
      const weight = largestWeight(q) * (this.graded(q.source) ? this.largestValue(q.source) : 1);
      return q.target === index && weight > 0 && Number.isFinite(weight)
        ? [WEIGHT_BITS - Math.log2(weight)]
        : [];
    });
    if (scale > 0) wishes.push(THRESHOLD_BITS - Math.log2(scale));
    const wanted = wishes.length > 0 ? Math.ceil(Math.max(...wishes)) : 16;
    const proven = Math.floor(Math.log2(LIMIT / this.potential(index)));
    const most = scale > 0 ? Math.floor(MOST_BITS - Math.log2(scale)) : wanted;
    return Math.max(wanted, Math.min(proven, most));
  }

  /** The most fraction bits with which every sum fits. */
  #most(p: Population, index: number): number {
    const spiking = p.resetRule !== "none";
    const limits: (readonly [number, number])[] = [
      [largest(p.constant), CONSTANT_LIMIT],
      [largest(p.vInitial), LIMIT],
      [spiking ? largest(p.vThreshold) : 0, THRESHOLD_LIMIT],
      [spiking ? largest(p.vReset) : 0, CONSTANT_LIMIT],
      [p.adaptation ? largest(p.adaptation.increment) : 0, CONSTANT_LIMIT],
      ...p.receptors.flatMap((r, k): (readonly [number, number])[] => [
        [largestConstant(r), CONSTANT_LIMIT],
        [largest(r.lateConstant), CONSTANT_LIMIT],
        [this.#arrivingReal(index, k), ARRIVING_LIMIT],
      ]),
    ];
    const bits = limits.map(([real, limit]) => (real > 0 ? Math.log2(limit / real) : 100));
    return Math.floor(Math.min(...bits));
  }

  #judge(p: Population, index: number, problems: Problem[]): void {
    if (p.kind === "perceptron") return;
    const bits = this.fractionBits(index);
    const scale = this.scale(index);
    const enough =
      p.kind === "izhikevich" ? IZHIKEVICH_BITS.least : LEAST_BITS - Math.log2(scale || 1);
    if (bits >= enough || (scale === 0 && bits > -100)) return;
    const [worst] = this.#network.projections
      .map((q, k) => ({ q, sum: largest(this.#sums[k] ?? 0) * this.largestValue(q.source) }))
      .filter(({ q }) => q.target === index)
      .sort((a, b) => b.sum - a.sum);
    problems.push(
      problem(
        "MODEL_RANGE",
        worst ? `projection ${worst.q.name} onto ${p.name}` : `node ${p.name}`,
        worst
          ? `a sum of up to ${worst.sum.toPrecision(3)} in one step, where the threshold and the like are ${scale.toPrecision(3)}`
          : `a constant of ${largest(p.constant).toPrecision(3)}`,
        "sums that fit 31 bits in a format that still resolves the threshold",
      ),
    );
  }
}
