/**
 * What values can reach: proven from weights, fan-in and input counts, and the fraction bits that follow from it.
 * Real numbers in the potential's unit; "units" are integers of a population's format.
 */
import { type Problem, problem } from "../errors.ts";
import { at } from "../model/at.ts";
import { grouped } from "../model/grouped.ts";
import type { Values } from "../model/spiking-graph.ts";
import type {
  DiscreteNetwork,
  DiscreteReceptor,
  EventNode,
  Projection,
} from "./discrete-network.ts";
import { CONSTANT_LIMIT, LIMIT } from "./fixed-network.ts";
import { type Population, rowOf } from "./kinds/index.ts";
import type { Limit } from "./kinds/row.ts";
import { fanIn, largestWeight } from "./quantise-weights.ts";
import { firstWhere, largest, smallest, zipValues } from "./values.ts";

/** Bits of the largest of threshold, reset, rest and start. */
const THRESHOLD_BITS = 22;
/** Of these and of constants, where a potential may drift without end. */
const NEEDED_BITS = 16;
/** Bits of a projection's largest weight. */
const WEIGHT_BITS = 14;
/** A proven range may use up what is left above, but more bits than this gain nothing. */
const MOST_BITS = 26;
/** Coarser than this is no network any more: refused. */
const LEAST_BITS = 8;
/** The same where a population has no threshold or the like: a unit of 2^99. */
const LEAST_UNSCALED_BITS = -99;
/** Finer than this no double holds what a unit times a number makes: refused. */
const FINEST_BITS = 900;
/** |arrived| ≤ 2^30, less what rounding of weights may add. */
const ARRIVING_LIMIT = 2 ** 30 * 0.98;
/** A value input's largest value, over the one that drives a target to its threshold. */
const INPUT_HEADROOM = 64;

/** In the first step a constant may be larger: what would cancel a part of it comes later. */
const largestConstant = ({ constant, lateConstant }: DiscreteReceptor): number =>
  Math.max(largest(constant), largest(zipValues(constant, lateConstant, (c, late) => c - late)));

export class Ranges {
  readonly #network: DiscreteNetwork;
  readonly #sums: readonly Float64Array[];
  readonly #bits: number[];
  readonly #inputUnits: readonly number[];
  /** by the event that projections end at, and begin at */
  readonly onto: (event: number) => readonly Projection[];
  readonly #sumsOnto: (event: number) => readonly { p: Projection; sums: Float64Array }[];
  readonly #from: (event: number) => readonly Projection[];

  constructor(network: DiscreteNetwork, problems: Problem[]) {
    this.#network = network;
    this.#sums = network.projections.map((p) =>
      fanIn(p, at(network.events, p.source).n, at(network.events, p.target).n),
    );
    this.onto = grouped(network.projections, ({ target }) => target);
    this.#from = grouped(network.projections, ({ source }) => source);
    const summed = network.projections.map((p, k) => ({ p, sums: at(this.#sums, k) }));
    this.#sumsOnto = grouped(summed, ({ p }) => p.target);
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
        if (this.fractionBits(k) > most) {
          this.#bits[k] = most;
          moved = true;
        }
      });
      // sums that feed on themselves would never come to rest: refused below
      if (this.#bits.some((bits) => bits < LEAST_UNSCALED_BITS)) break;
    }
    network.events.forEach((event, k) => {
      if (event.kind === "population") this.#judge(event.population, k, problems);
    });
  }

  fractionBits(event: number): number {
    return at(this.#bits, event);
  }

  graded(event: number): boolean {
    const node = at(this.#network.events, event);
    if (node.kind === "input") return node.values;
    return node.kind === "population" && !node.population.spiking;
  }

  /** Real value of one unit of an event's value. */
  sourceUnit(event: number): number {
    if (at(this.#network.events, event).kind === "input") return at(this.#inputUnits, event);
    return this.graded(event) ? 2 ** -this.fractionBits(event) : 1;
  }

  /** Largest value one event can have, real. */
  largestValue(event: number): number {
    const node = at(this.#network.events, event);
    switch (node.kind) {
      case "input":
        return node.values ? 32768 * at(this.#inputUnits, event) : node.maxCount;
      case "pool":
        return node.kernel[0] * node.kernel[1] * this.largestValue(node.source);
      case "delay":
        return this.largestValue(node.source);
      case "population":
        return this.graded(event) ? LIMIT * 2 ** -this.fractionBits(event) : 1;
    }
  }

  /** Largest sum, in units, that one step can bring to one neuron through a receptor. */
  arriving(target: number, receptor: number): number {
    return this.#arrivingReal(target, receptor) * 2 ** this.fractionBits(target);
  }

  /** What s of a receptor stays below, real: all that can arrive, in every step, for ever. */
  current(target: number, receptor: number): number {
    const r = at(this.#population(target).receptors, receptor);
    const leak = Math.min(smallest(r.kappa), 2 - largest(r.kappa));
    const each = this.#arrivingReal(target, receptor) + largestConstant(r);
    // what nothing reaches stays 0, even without a leak
    return each > 0 ? each / leak : 0;
  }

  /**
   * The same where it matters that sources rest after a spike: who fires once in P steps at most adds a series in which
   * each term is (1 − κ)^P of the one before. For receptors with one κ below 1.
   */
  resting(target: number, receptor: number): number {
    const keep = 1 - largest(at(this.#population(target).receptors, receptor).kappa);
    return this.#arrivingReal(target, receptor, (source) => 1 / (1 - keep ** this.#period(source)));
  }

  /** Steps from one spike of an element to its next, at least. */
  #period(event: number): number {
    const node = at(this.#network.events, event);
    if (node.kind === "delay") return this.#period(node.source);
    return node.kind === "population" && node.population.spiking
      ? Math.max(1, smallest(node.population.refractorySteps))
      : 1;
  }

  /** What |v| stays below, real. Infinite where it may integrate without end. */
  potential(target: number): number {
    const p = this.#population(target);
    const currents = p.receptors.reduce((n, _, k) => n + this.current(target, k), 0);
    return rowOf(p).reach(p, currents);
  }

  /** The largest of threshold, reset, rest and start, real; 0 where a population has none of them. */
  scale(target: number): number {
    const p = this.#population(target);
    return rowOf(p).scale(p);
  }

  #population(event: number): Population {
    const node = at(this.#network.events, event);
    if (node.kind !== "population") throw new Error(`${node.name} is no population`);
    return node.population;
  }

  /** @param times what a source's values count: once, in one step */
  #arrivingReal(target: number, receptor: number, times = (_: number): number => 1): number {
    const { n } = at(this.#network.events, target);
    const mine = this.#sumsOnto(target).flatMap(({ p, sums }) =>
      p.receptor === receptor
        ? [{ sums, value: this.largestValue(p.source) * times(p.source) }]
        : [],
    );
    let most = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (const { sums, value } of mine) sum += at(sums, j) * value;
      most = Math.max(most, sum);
    }
    return most;
  }

  /** Value inputs are i16: a power of two per unit, so that round numbers stay round. */
  #inputUnit(event: EventNode, index: number): number {
    if (event.kind !== "input" || !event.values) return 1;
    let full = 0;
    this.#from(index).forEach((p) => {
      if (p.rule !== null) return;
      const target = this.#population(p.target);
      const row = rowOf(target);
      const kappaS = at(target.receptors, p.receptor).kappa;
      const lasting =
        largestWeight(p) / (smallest(row.leak(target)) || 1) / (smallest(kappaS) || 1);
      const enough = row.driven?.(target) ?? row.scale(target);
      if (lasting > 0) full = Math.max(full, (INPUT_HEADROOM * enough) / lasting);
    });
    return full > 0 ? 2 ** (Math.ceil(Math.log2(full)) - 15) : 2 ** -8;
  }

  #wanted(p: Population, index: number): number {
    const { bits } = rowOf(p);
    if (bits !== null) return bits.most;
    const scale = this.scale(index);
    const weights = this.onto(index).flatMap((q) => {
      const weight = largestWeight(q) * (this.graded(q.source) ? this.largestValue(q.source) : 1);
      return weight > 0 ? [WEIGHT_BITS - Math.log2(weight)] : [];
    });
    // what may drift gets no bits beyond those that its numbers need: each is half of its headroom
    const drifting = rowOf(p).drifts?.(p, this.#pushedDown(p, index)) === true;
    const needed = drifting ? NEEDED_BITS : THRESHOLD_BITS;
    const parameters = drifting ? [scale, largest(p.constant)] : [scale];
    const wishes = [
      ...weights,
      ...parameters.filter((x) => x > 0).map((x) => needed - Math.log2(x)),
    ];
    const wanted = wishes.length > 0 ? Math.ceil(Math.max(...wishes)) : 16;
    const proven = Math.floor(Math.log2(LIMIT / this.potential(index)));
    const most = scale > 0 ? Math.floor(MOST_BITS - Math.log2(scale)) : wanted;
    return Math.max(wanted, Math.min(proven, most));
  }

  /** Whether a weight, a value or a constant can be negative. */
  #pushedDown(p: Population, index: number): boolean {
    const negative = (values: Values) => firstWhere(values, (x) => x < 0) !== null;
    return (
      [p, ...p.receptors].some(({ constant }) => negative(constant)) ||
      this.onto(index).some((q) => this.graded(q.source) || negative(q.matrix.weight))
    );
  }

  /** The most fraction bits with which every sum fits. */
  #most(p: Population, index: number): number {
    const limits: readonly Limit[] = [
      [largest(p.constant), CONSTANT_LIMIT],
      ...rowOf(p).limits(p),
      ...p.receptors.flatMap((r, k): readonly Limit[] => [
        [largestConstant(r), CONSTANT_LIMIT],
        [largest(r.lateConstant), CONSTANT_LIMIT],
        [this.#arrivingReal(index, k), ARRIVING_LIMIT],
      ]),
    ];
    // without end for what is 0
    const bits = limits.map(([real, limit]) => Math.log2(limit / real));
    return Math.floor(Math.min(...bits));
  }

  #judge(p: Population, index: number, problems: Problem[]): void {
    const bits = this.fractionBits(index);
    if (bits > FINEST_BITS) {
      const got = `numbers so small that a unit would be 2^-${bits}`;
      const remedy = "Look at its time constants, its weights and the time step: one is far off.";
      problems.push(
        problem(
          "MODEL_RANGE",
          `node ${p.name}`,
          got,
          `a unit of 2^-${FINEST_BITS} or more`,
          remedy,
        ),
      );
      return;
    }
    const scale = this.scale(index);
    const enough = scale > 0 ? LEAST_BITS - Math.log2(scale) : LEAST_UNSCALED_BITS;
    if (bits >= (rowOf(p).bits?.least ?? enough)) return;
    const [worst] = this.#sumsOnto(index)
      .map(({ p: q, sums }) => ({ q, sum: largest(sums) * this.largestValue(q.source) }))
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
