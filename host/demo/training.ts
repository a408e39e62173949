/** Trains a chain of layers in float64, by the rules of descent.ts. */
import { type Random, uniform } from "../model/random.ts";
import { crossEntropy, descend, type Trainable, trainable } from "./descent.ts";
import { backward, forward, type LayerShape, type Parameters, weightCount } from "./layers.ts";

export type Example = { readonly input: Float64Array; readonly label: number };

/** What training leaves behind; `output` holds the activations of the last example. */
export type TrainedLayer = {
  readonly shape: LayerShape;
  readonly parameters: Parameters;
  readonly output: Float64Array;
};

/** A layer in training. */
type Layer = TrainedLayer & {
  readonly trainables: readonly Trainable[];
  readonly gradient: Parameters;
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
  const parameters = layers.flatMap(({ trainables }) => trainables);
  const model = { parameters, learn: (example: Example) => learn(layers, example) };
  descend(model, examples, epochs, random, onEpoch);
  return layers;
}

function createLayer(shape: LayerShape, random: Random): Layer {
  const fanIn = weightCount(shape) / shape.outChannels;
  const bound = Math.sqrt(6 / fanIn); // He et al. 2015, uniform
  const weights = trainable(
    Float64Array.from({ length: weightCount(shape) }, () => uniform(random, -bound, bound)),
  );
  const bias = trainable(new Float64Array(shape.outChannels));
  const size = shape.outWidth * shape.outChannels;
  return {
    shape,
    trainables: [weights, bias],
    parameters: { weights: weights.values, bias: bias.values },
    gradient: { weights: weights.gradient, bias: bias.gradient },
    output: new Float64Array(size),
    outputGradient: new Float64Array(size),
  };
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
  const last = layers[layers.length - 1] as Layer;
  const loss = crossEntropy(logits, label, last.outputGradient);
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
  return loss;
}
