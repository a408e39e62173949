/**
 * Trains a chain of populations of LIF neurons in float64, by the rules of descent.ts: backpropagation through time
 * (the logits of the cross entropy are the spike counts of the last population).
 *
 *     u[t] = (1 − leak) · v[t − 1] + W z_below[t]        z[t] = 1 if u[t] > 1        v[t] = u[t] − z[t]
 *
 * The derivative of a spike is 0 or infinite; a surrogate takes its place (Zenke and Ganguli 2018, SuperSpike: the fast
 * sigmoid's). This is exactly the gradient of the network whose neurons emit that sigmoid: what the tests check.
 */
import { type Random, uniform } from "../model/random.ts";
import { crossEntropy, descend, type Trainable, trainable } from "./descent.ts";

/** What a neuron emits at a potential u, and the slope that training takes for its derivative. */
export type Firing = {
  readonly emits: (u: number) => number;
  readonly slope: (u: number) => number;
};

const STEEPNESS = 2;
const THRESHOLD = 1;

export const SPIKES: Firing = {
  emits: (u) => (u > THRESHOLD ? 1 : 0),
  slope: (u) => {
    const distance = 1 + STEEPNESS * Math.abs(u - THRESHOLD);
    return 1 / (distance * distance);
  },
};

export type PopulationShape = {
  readonly inputs: number;
  readonly neurons: number;
  readonly leak: number;
};

/** Input spikes of step t: sources[start[t]] … sources[start[t + 1] − 1]. */
export type SpikeTrain = { readonly start: Uint32Array; readonly sources: Uint16Array };

export type SpikeExample = { readonly spikes: SpikeTrain; readonly label: number };

/** A population in training, and what it did at every step of the last example, as [step, neuron]. */
export type TrainedPopulation = {
  readonly shape: PopulationShape;
  /** row-major [input, neuron] */
  readonly weights: Trainable;
  readonly potentials: Float64Array;
  readonly emitted: Float64Array;
  /** derivative of the loss by what was emitted, without what the neurons themselves make of it later */
  readonly emittedGradient: Float64Array;
};

/** @param counts u8[steps, inputs], 0 or 1 */
export function spikeTrain(counts: Uint8Array, inputs: number): SpikeTrain {
  const start = new Uint32Array(counts.length / inputs + 1);
  const sources: number[] = [];
  counts.forEach((count, at) => {
    if (count > 0) sources.push(at % inputs);
    start[Math.floor(at / inputs) + 1] = sources.length;
  });
  return { start, sources: Uint16Array.from(sources) };
}

/** @returns the populations after `epochs` passes over the examples, which are shuffled in place */
export function trainSpikes(
  shapes: readonly PopulationShape[],
  steps: number,
  examples: SpikeExample[],
  epochs: number,
  random: Random,
  onEpoch?: (epoch: number, loss: number) => void,
): readonly TrainedPopulation[] {
  const populations = shapes.map((shape) => createPopulation(shape, steps, random));
  const model = {
    parameters: populations.map(({ weights }) => weights),
    learn: (example: SpikeExample) => learnSpikes(populations, example),
  };
  descend(model, examples, epochs, random, onEpoch);
  return populations;
}

export function createPopulation(shape: PopulationShape, steps: number, random: Random) {
  const bound = Math.sqrt(6 / shape.inputs); // He et al. 2015, uniform
  const length = shape.inputs * shape.neurons;
  const size = steps * shape.neurons;
  return {
    shape,
    weights: trainable(Float64Array.from({ length }, () => uniform(random, -bound, bound))),
    potentials: new Float64Array(size),
    emitted: new Float64Array(size),
    emittedGradient: new Float64Array(size),
  };
}

/** Forward through all steps, cross entropy, backward through all steps: adds to the gradients, returns the loss. */
export function learnSpikes(
  populations: readonly TrainedPopulation[],
  { spikes, label }: SpikeExample,
  firing: Firing = SPIKES,
): number {
  const last = populations[populations.length - 1] as TrainedPopulation;
  const { neurons } = last.shape;
  const counts = new Float64Array(neurons);
  populations.forEach((population, k) => {
    forward(population, spikes, populations[k - 1], firing);
  });
  last.emitted.forEach((z, at) => {
    counts[at % neurons] = (counts[at % neurons] as number) + z;
  });
  const countGradient = new Float64Array(neurons);
  const loss = crossEntropy(counts, label, countGradient);
  last.emittedGradient.forEach((_, at) => {
    last.emittedGradient[at] = countGradient[at % neurons] as number;
  });
  for (let k = populations.length - 1; k >= 0; --k) {
    backward(populations[k] as TrainedPopulation, spikes, populations[k - 1], firing);
  }
  return loss;
}

/** All steps of one population: what it reads is the input, or the population below. */
function forward(
  { shape, weights, potentials, emitted }: TrainedPopulation,
  spikes: SpikeTrain,
  below: TrainedPopulation | undefined,
  { emits }: Firing,
) {
  const { neurons, leak } = shape;
  const v = new Float64Array(neurons);
  const add = (source: number, value: number) => {
    for (let j = 0; j < neurons; ++j)
      v[j] = (v[j] as number) + value * (weights.values[source * neurons + j] as number);
  };
  for (let at = 0, t = 0; at < emitted.length; at += neurons, ++t) {
    for (let j = 0; j < neurons; ++j) v[j] = (v[j] as number) * (1 - leak);
    forEachEvent(t, spikes, below, add);
    for (let j = 0; j < neurons; ++j) {
      const u = v[j] as number;
      const z = emits(u);
      potentials[at + j] = u;
      emitted[at + j] = z;
      v[j] = u - z * THRESHOLD;
    }
  }
}

/** The same steps in reverse: adds to the gradient of the weights, and overwrites what the population below emitted. */
function backward(
  { shape, weights, potentials, emittedGradient }: TrainedPopulation,
  spikes: SpikeTrain,
  below: TrainedPopulation | undefined,
  { slope }: Firing,
) {
  const { neurons, leak } = shape;
  /** derivative of the loss by u of the step at hand */
  const du = new Float64Array(neurons);
  const add = (source: number, value: number) => {
    for (let j = 0; j < neurons; ++j) {
      const k = source * neurons + j;
      weights.gradient[k] = (weights.gradient[k] as number) + value * (du[j] as number);
    }
  };
  for (let t = potentials.length / neurons - 1; t >= 0; --t) {
    for (let j = 0; j < neurons; ++j) {
      const at = t * neurons + j;
      const dv = (1 - leak) * (du[j] as number);
      const dz = (emittedGradient[at] as number) - dv * THRESHOLD;
      du[j] = dv + dz * slope(potentials[at] as number);
    }
    forEachEvent(t, spikes, below, add);
    if (!below) continue;
    for (let i = 0; i < shape.inputs; ++i) {
      let sum = 0;
      for (let j = 0; j < neurons; ++j)
        sum += (weights.values[i * neurons + j] as number) * (du[j] as number);
      below.emittedGradient[t * shape.inputs + i] = sum;
    }
  }
}

/** What arrives in step t: input spikes, or whatever the population below emitted that is not 0. */
function forEachEvent(
  t: number,
  { start, sources }: SpikeTrain,
  below: TrainedPopulation | undefined,
  visit: (source: number, value: number) => void,
) {
  if (!below) {
    const end = start[t + 1] as number;
    for (let k = start[t] as number; k < end; ++k) visit(sources[k] as number, 1);
    return;
  }
  const { neurons } = below.shape;
  for (let i = 0; i < neurons; ++i) {
    const z = below.emitted[t * neurons + i] as number;
    if (z !== 0) visit(i, z);
  }
}
