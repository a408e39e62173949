/**
 * Gradient descent as both trainings need it: batches in random order, Adam, the cross entropy of a softmax. Only +,
 * −, ×, /, sqrt and elementary.ts in a fixed order: the same seed gives the same bits on every machine.
 */
import { exp, log } from "../model/elementary.ts";
import type { Random } from "../model/random.ts";

const BATCH = 25;
const LEARNING_RATE = 0.004;
/** Adam: Kingma and Ba 2015 */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Numbers in training: their gradient, summed over a batch, and Adam's two moments besides. */
export type Trainable = {
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly mean: Float64Array;
  readonly square: Float64Array;
};

export const trainable = (values: Float64Array): Trainable => ({
  values,
  gradient: new Float64Array(values.length),
  mean: new Float64Array(values.length),
  square: new Float64Array(values.length),
});

export type Model<E> = {
  readonly parameters: readonly Trainable[];
  /** Adds one example's gradients, returns its loss. */
  readonly learn: (example: E) => number;
};

/** `epochs` passes over the examples, which are shuffled in place; the learning rate falls to 0 as a parabola. */
export function descend<E>(
  { parameters, learn }: Model<E>,
  examples: E[],
  epochs: number,
  random: Random,
  onEpoch?: (epoch: number, loss: number) => void,
) {
  for (let epoch = 0, update = 0; epoch < epochs; ++epoch) {
    shuffle(examples, random);
    let loss = 0;
    for (let k = 0; k < examples.length; k += BATCH) {
      const batch = examples.slice(k, k + BATCH);
      for (const example of batch) loss += learn(example);
      const left = 1 - (epoch + k / examples.length) / epochs;
      adam(parameters, batch.length, LEARNING_RATE * left * left, ++update);
    }
    onEpoch?.(epoch + 1, loss / examples.length);
  }
}

/** Returns the loss; overwrites the gradient of the logits. */
export function crossEntropy(logits: Float64Array, label: number, gradient: Float64Array): number {
  const top = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((z) => exp(z - top));
  const sum = powers.reduce((a, b) => a + b);
  powers.forEach((power, k) => {
    gradient[k] = power / sum - (k === label ? 1 : 0);
  });
  return log(sum) - ((logits[label] as number) - top);
}

/** Fisher and Yates. */
function shuffle<T>(items: T[], random: Random) {
  for (let k = items.length - 1; k > 0; --k) {
    const other = Math.floor(random() * (k + 1));
    [items[k], items[other]] = [items[other] as T, items[k] as T];
  }
}

function adam(parameters: readonly Trainable[], batch: number, rate: number, update: number) {
  const correction1 = 1 - power(BETA1, update);
  const correction2 = 1 - power(BETA2, update);
  for (const { values, gradient, mean, square } of parameters) {
    for (let k = 0; k < values.length; ++k) {
      const g = (gradient[k] as number) / batch;
      const m = BETA1 * (mean[k] as number) + (1 - BETA1) * g;
      const v = BETA2 * (square[k] as number) + (1 - BETA2) * g * g;
      mean[k] = m;
      square[k] = v;
      values[k] =
        (values[k] as number) - (rate * (m / correction1)) / (Math.sqrt(v / correction2) + EPSILON);
    }
    gradient.fill(0);
  }
}

/** base^n by repeated squaring: the language does not fix the last bits of `**`. */
function power(base: number, n: number): number {
  let result = 1;
  for (let square = base; n > 0; n >>= 1, square *= square) if (n & 1) result *= square;
  return result;
}
