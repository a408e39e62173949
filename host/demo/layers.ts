/**
 * A convolution along one axis, forward and backward, in float64: all that the demonstration's training needs. A
 * depthwise layer has one filter per channel; a fully connected one is a window as wide as its input. Only +, −, ×
 * and /, in a fixed order: the results have the same bits on every machine.
 */

/** Shapes as in TFLite: input [1,1,width,channels], weights OHWI (depthwise 1HWC), padding SAME or VALID resolved. */
export type LayerShape = {
  readonly kind: "CONV_2D" | "DEPTHWISE_CONV_2D" | "FULLY_CONNECTED";
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filter: number;
  readonly stride: number;
  readonly padLeft: number;
  readonly relu: boolean;
};

export type Parameters = { readonly weights: Float64Array; readonly bias: Float64Array };

export const weightCount = (s: LayerShape): number =>
  s.kind === "DEPTHWISE_CONV_2D"
    ? s.filter * s.outChannels
    : s.outChannels * s.filter * s.inChannels;

export const layerMacs = (s: LayerShape): number => s.outWidth * weightCount(s);

/** The taps of output position x that lie inside the input: [first, end). */
const taps = (s: LayerShape, x: number): readonly [number, number] => {
  const left = x * s.stride - s.padLeft;
  return [Math.max(0, -left), Math.min(s.filter, s.inWidth - left)];
};

export function forward(s: LayerShape, p: Parameters, input: Float64Array, output: Float64Array) {
  const { inChannels, outChannels, filter } = s;
  const depthwise = s.kind === "DEPTHWISE_CONV_2D";
  for (let x = 0; x < s.outWidth; ++x) {
    const [first, end] = taps(s, x);
    const base = (x * s.stride - s.padLeft) * inChannels;
    for (let o = 0; o < outChannels; ++o) {
      let sum = p.bias[o] as number;
      if (depthwise) {
        for (let t = first; t < end; ++t)
          sum +=
            (p.weights[t * outChannels + o] as number) *
            (input[base + t * inChannels + o] as number);
      } else {
        const row = o * filter * inChannels;
        for (let i = first * inChannels; i < end * inChannels; ++i)
          sum += (p.weights[row + i] as number) * (input[base + i] as number);
      }
      output[x * outChannels + o] = s.relu && sum < 0 ? 0 : sum;
    }
  }
}

/** Adds the gradients of weights and bias, and overwrites the gradient of the input, where one is wanted. */
export function backward(
  s: LayerShape,
  p: Parameters,
  input: Float64Array,
  output: Float64Array,
  outputGradient: Float64Array,
  gradient: Parameters,
  inputGradient: Float64Array | null,
) {
  const { inChannels, outChannels, filter } = s;
  const depthwise = s.kind === "DEPTHWISE_CONV_2D";
  inputGradient?.fill(0);
  for (let x = 0; x < s.outWidth; ++x) {
    const [first, end] = taps(s, x);
    const base = (x * s.stride - s.padLeft) * inChannels;
    for (let o = 0; o < outChannels; ++o) {
      const at = x * outChannels + o;
      const g = outputGradient[at] as number;
      if (g === 0 || (s.relu && output[at] === 0)) continue;
      gradient.bias[o] = (gradient.bias[o] as number) + g;
      const [from, to, step] = depthwise
        ? [first * inChannels + o, end * inChannels + o, inChannels]
        : [first * inChannels, end * inChannels, 1];
      const row = depthwise ? 0 : o * filter * inChannels;
      for (let i = from; i < to; i += step) {
        gradient.weights[row + i] =
          (gradient.weights[row + i] as number) + g * (input[base + i] as number);
        if (inputGradient !== null)
          inputGradient[base + i] =
            (inputGradient[base + i] as number) + g * (p.weights[row + i] as number);
      }
    }
  }
}
