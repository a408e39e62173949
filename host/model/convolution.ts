/** Sizes of torch's convolution and pooling, on two axes. */

export type Pair = readonly [number, number];
export type Padding = "same" | "valid" | Pair;

/** torch pads dilation · (k − 1) in all for 'same'; the odd element goes to the end. Returns the part in front. */
export const samePadding = (kernel: Pair, dilation: Pair): Pair => [
  Math.floor((dilation[0] * (kernel[0] - 1)) / 2),
  Math.floor((dilation[1] * (kernel[1] - 1)) / 2),
];

/** floor((in + 2 · pad − dilation · (k − 1) − 1) / stride + 1); 'same' keeps the size, 'valid' pads nothing. */
export function convOutput(
  input: Pair,
  kernel: Pair,
  stride: Pair,
  dilation: Pair,
  padding: Padding,
): Pair {
  if (padding === "same") return input;
  const pad: Pair = padding === "valid" ? [0, 0] : padding;
  const axis = (k: 0 | 1) =>
    Math.floor((input[k] + 2 * pad[k] - dilation[k] * (kernel[k] - 1) - 1) / stride[k] + 1);
  return [axis(0), axis(1)];
}
