/**
 * Trains a chain of layers in float64: Adam on the cross entropy of a softmax. Only +, −, ×, /, sqrt and elementary.ts
 * in a fixed order: the same seed gives the same bits on every machine.
 */
import { exp, log } from "../model/elementary.ts";
import { type Random, uniform } from "../model/random.ts";
import { backward, forward, type LayerShape, type Parameters, weightCount } from "./layers.ts";

const BATCH = 25;
const LEARNING_RATE = 0.004;
/** Adam: Kingma and Ba 2015 */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export type Example = { readonly input: Float64Array; readonly label: number };

/** What training leaves behind; `output` holds the activations of the last example. */
export type TrainedLayer = {
  readonly shape: LayerShape;
  readonly parameters: Parameters;
  readonly output: Float64Array;
};

/** A layer in training: the gradient of its parameters and Adam's two moments besides. */
type Layer = TrainedLayer & {
  readonly gradient: Parameters;
  readonly mean: Parameters;
  readonly square: Parameters;
  readonly outputGradient: Float64Array;
};

/** @returns the layers after `epochs` passes over the examples, which are shuffled in place */
export function train(
  architecture: readonly LayerShape[],
  examples: Example[],
  epochs: number,
  random: Random,
  onEpoch?: (epoch: number, loss: number) => void,
): readonly TrainedLayer[] {
  const layers = architecture.map((shape) => createLayer(shape, random));
  for (let epoch = 0, update = 0; epoch < epochs; ++epoch) {
    shuffle(examples, random);
    let loss = 0;
    for (let k = 0; k < examples.length; k += BATCH) {
      const batch = examples.slice(k, k + BATCH);
      for (const example of batch) loss += learn(layers, example);
      const left = 1 - (epoch + k / examples.length) / epochs;
      adam(layers, batch.length, LEARNING_RATE * left * left, ++update);
    }
    onEpoch?.(epoch + 1, loss / examples.length);
  }
  return layers;
}

const like = (p: Parameters): Parameters => ({
  weights: new Float64Array(p.weights.length),
  bias: new Float64Array(p.bias.length),
});

function createLayer(shape: LayerShape, random: Random): Layer {
  const fanIn = weightCount(shape) / shape.outChannels;
  const bound = Math.sqrt(6 / fanIn); // He et al. 2015, uniform
  const parameters = {
    weights: Float64Array.from({ length: weightCount(shape) }, () =>
      uniform(random, -bound, bound),
    ),
    bias: new Float64Array(shape.outChannels),
  };
  const size = shape.outWidth * shape.outChannels;
  return {
    shape,
    parameters,
    gradient: like(parameters),
    mean: like(parameters),
    square: like(parameters),
    output: new Float64Array(size),
    outputGradient: new Float64Array(size),
  };
}

/** Fisher and Yates. */
function shuffle<T>(items: T[], random: Random) {
  for (let k = items.length - 1; k > 0; --k) {
    const other = Math.floor(random() * (k + 1));
    [items[k], items[other]] = [items[other] as T, items[k] as T];
  }
}

/** Forward through all layers; returns the last one's output. */
export function infer(layers: readonly TrainedLayer[], input: Float64Array): Float64Array {
  let current = input;
  for (const layer of layers) {
    forward(layer.shape, layer.parameters, current, layer.output);
    current = layer.output;
  }
  return current;
}

/** Forward, cross entropy of the softmax, backward: adds to the gradients, returns the loss. */
function learn(layers: readonly Layer[], { input, label }: Example): number {
  const logits = infer(layers, input);
  const top = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((z) => exp(z - top));
  const sum = powers.reduce((a, b) => a + b);
  const last = layers[layers.length - 1] as Layer;
  powers.forEach((power, k) => {
    last.outputGradient[k] = power / sum - (k === label ? 1 : 0);
  });
  for (let k = layers.length - 1; k >= 0; --k) {
    const layer = layers[k] as Layer;
    const below = layers[k - 1];
    backward(
      layer.shape,
      layer.parameters,
      below?.output ?? input,
      layer.output,
      layer.outputGradient,
      layer.gradient,
      below?.outputGradient ?? null,
    );
  }
  return log(sum) - ((logits[label] as number) - top);
}

function adam(layers: readonly Layer[], batch: number, rate: number, update: number) {
  const correction1 = 1 - power(BETA1, update);
  const correction2 = 1 - power(BETA2, update);
  for (const layer of layers) {
    for (const part of ["weights", "bias"] as const) {
      const p = layer.parameters[part];
      const [gradient, mean, square] = [layer.gradient[part], layer.mean[part], layer.square[part]];
      for (let k = 0; k < p.length; ++k) {
        const g = (gradient[k] as number) / batch;
        const m = BETA1 * (mean[k] as number) + (1 - BETA1) * g;
        const v = BETA2 * (square[k] as number) + (1 - BETA2) * g * g;
        mean[k] = m;
        square[k] = v;
        p[k] =
          (p[k] as number) - (rate * (m / correction1)) / (Math.sqrt(v / correction2) + EPSILON);
      }
      gradient.fill(0);
    }
  }
}

/** base^n by repeated squaring: the language does not fix the last bits of `**`. */
function power(base: number, n: number): number {
  let result = 1;
  for (let square = base; n > 0; n >>= 1, square *= square) if (n & 1) result *= square;
  return result;
}
