/** Post-training quantisation: TFLite's for the demonstration's layers, powers of two for its spiking weights. */
import { at } from "../model/at.ts";
import { roundHalfAway } from "../model/multiplier.ts";
import { FEATURE_SCALE } from "./features.ts";
import type { Int8Layer } from "./int8-network.ts";
import type { LayerShape } from "./layers.ts";
import type { SpikingWeights } from "./spiking-network.ts";
import { type Example, infer, type TrainedLayer } from "./training.ts";

type Range = { low: number; high: number };

/**
 * Weights symmetric in ± 127, per output channel (fully connected: per tensor), zero point 0. Activations over the
 * range that the examples reached, 0 included.
 */
export function quantise(
  layers: readonly TrainedLayer[],
  examples: readonly Example[],
): readonly Int8Layer[] {
  const ranges = activationRanges(layers, examples);
  let inputScale = FEATURE_SCALE;
  return layers.map(({ shape, parameters }, k) => {
    const { low, high } = ranges[k] as Range;
    const outputScale = Math.fround((high - low) / 255);
    const weightScales = scalesOf(shape, parameters.weights);
    const scaleOf = (channel: number) => at(weightScales, weightScales.length === 1 ? 0 : channel);
    const layer = {
      weights: Array.from(parameters.weights, (w, k) =>
        roundHalfAway(w / scaleOf(scaleIndex(shape, k))),
      ),
      weightScales,
      bias: Array.from(parameters.bias, (b, c) => roundHalfAway(b / (scaleOf(c) * inputScale))),
      outputScale,
      outputZeroPoint: -128 - roundHalfAway(low / outputScale),
    };
    inputScale = outputScale;
    return layer;
  });
}

function activationRanges(
  layers: readonly TrainedLayer[],
  examples: readonly Example[],
): readonly Range[] {
  const ranges = layers.map(() => ({ low: 0, high: 0 }));
  for (const { input } of examples) {
    infer(layers, input);
    layers.forEach(({ output }, k) => {
      const range = ranges[k] as Range;
      for (const x of output) {
        range.low = Math.min(range.low, x);
        range.high = Math.max(range.high, x);
      }
    });
  }
  return ranges;
}

/** Which scale the weight at a position belongs to. */
function scaleIndex(shape: LayerShape, at: number): number {
  switch (shape.kind) {
    case "CONV_2D":
      return Math.floor(at / (shape.filter * shape.inChannels));
    case "DEPTHWISE_CONV_2D":
      return at % shape.outChannels;
    case "FULLY_CONNECTED":
      return 0;
  }
}

function scalesOf(shape: LayerShape, weights: Float64Array): readonly number[] {
  const largest = new Array<number>(shape.kind === "FULLY_CONNECTED" ? 1 : shape.outChannels).fill(
    0,
  );
  weights.forEach((w, at) => {
    const k = scaleIndex(shape, at);
    largest[k] = Math.max(largest[k] as number, Math.abs(w));
  });
  return largest.map((x) => Math.fround((x || 1) / 127)); // a channel of zeros takes any scale
}

/** The finest power of two with which every weight fits ± 127: modules with i8 and with i16 weights keep them exactly. */
export function quantiseSpikingWeights(weights: Float64Array): SpikingWeights {
  const largest = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  let fractionBits = 0;
  let scale = 1;
  while (fractionBits < 14 && largest * scale * 2 <= 127) {
    fractionBits += 1;
    scale *= 2;
  }
  return { fractionBits, weights: Array.from(weights, (w) => roundHalfAway(w * scale)) };
}
