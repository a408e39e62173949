/**
 * Biases of linear nodes as constants of the receptors behind them, and from which step on they act.
 *
 * What a loop brings back is 0 in the first step. Where the recurrent connection is a node of its own, as in NIRTorch's
 * graphs, that is all the node gives, its bias included. Frameworks whose recurrent layer multiplies last step's spikes
 * itself add the bias in the first step as well.
 */

import { at } from "../model/at.ts";
import { grouped } from "../model/grouped.ts";
import { type Discretisation, type Values, valueAt } from "../model/spiking-graph.ts";
import type { EventNode } from "./discrete-network.ts";
import type { Bias } from "./linear-chains.ts";
import { plus } from "./values.ts";

/** Whether the bias of a recurrent connection already acts in the first step. */
const AT_ONCE: Readonly<Record<Discretisation, boolean>> = {
  norse: false,
  sinabs: false,
  exact: false,
  snntorch: true, // RSynaptic: recurrent(spk) of spk = 0 is the bias
  spyx: true, // RCuBaLIF: feedback = spikes @ w + b
  nengo: true, // an Affine is a node of the simulation: w @ x + b in every step
  lava: true, // slayer's recurrent blocks: synapse(0) is the bias
};

/** Biases on their way to a receptor of an event node. */
export type BiasTerm = {
  readonly target: number;
  readonly receptor: number;
  /** factor from a weight to the receptor's variable */
  readonly gain: Values;
  readonly biases: readonly Bias[];
};

/**
 * @param position place of every event node in the order of execution: a target that acts no later than a source gets
 *                 its events one step later
 */
export function addBiases(
  events: readonly EventNode[],
  terms: readonly BiasTerm[],
  discretisation: Discretisation,
  position: ArrayLike<number>,
): EventNode[] {
  const termsOnto = grouped(terms, ({ target }) => target);
  return events.map((event, index) => {
    if (event.kind !== "population") return event;
    const mine = termsOnto(index);
    const late = ({ sources }: Bias) =>
      !AT_ONCE[discretisation] &&
      sources.every((source) => at(position, index) <= at(position, source));
    const sum = (receptor: number, of: (bias: Bias) => boolean): Values =>
      mine
        .filter((term) => term.receptor === receptor)
        .flatMap(({ gain, biases }) => biases.filter(of).map(({ values }) => scaled(values, gain)))
        .reduce<Values>(plus, 0);
    const receptors = event.population.receptors.map((r, k) => ({
      ...r,
      constant: plus(
        r.constant,
        sum(k, () => true),
      ),
      lateConstant: sum(k, late),
    }));
    return { ...event, population: { ...event.population, receptors } };
  });
}

const scaled = (bias: Float64Array, gain: Values): Float64Array =>
  bias.map((b, k) => b * valueAt(gain, k));
