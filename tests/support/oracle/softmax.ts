/** SOFTMAX int8 → int8 over the last axis. Part of the oracle. */
import {
  divideByPowerOfTwo,
  doublingHighMultiply,
  requantize,
  saturateInt8,
  toMultiplier,
} from "./fixed-point.ts";
import { at, type Operation } from "./operand.ts";
import { expOfNegative, oneOverOnePlus } from "./transcendental.ts";

export function softmax({ node, inputs, output, rounding }: Operation<"SOFTMAX">): void {
  const input = at(inputs, 0);
  const depth = at(input.shape, input.shape.length - 1);
  const most = rounding === "double" ? 2 ** 31 - 1 : 2 ** 30 - 1;
  const real = Math.min(Math.fround(node.beta) * input.scale * 2 ** 26, most);
  const multiplier = toMultiplier(real, rounding);
  const left = 2 ** multiplier.exponent;
  const smallest = -Math.floor((31 * 2 ** 26) / left);
  /** e^(d · beta · scale) in Q0.31, or null where it vanishes */
  const exp = (d: number): number | null => {
    if (d < smallest) return null;
    const y =
      rounding === "double"
        ? doublingHighMultiply(d * left, multiplier.q)
        : requantize(d, multiplier, rounding);
    return expOfNegative(y, 5);
  };
  for (let row = 0; row < input.values.length; row += depth) {
    const values = input.values.subarray(row, row + depth);
    const max = Math.max(...values);
    const powers = Array.from(values, (v) => exp(v - max));
    // Q12.19
    const total = powers.reduce<number>((n, e) => n + divideByPowerOfTwo(e ?? 0, 12), 0);
    const headroom = Math.clz32(total);
    const reciprocal = oneOverOnePlus(total * 2 ** headroom - 2 ** 31);
    powers.forEach((e, k) => {
      const product = doublingHighMultiply(reciprocal, e ?? 0);
      const scaled = divideByPowerOfTwo(product, 12 - headroom + 31 - 8);
      output.values[row + k] = e === null ? -128 : saturateInt8(scaled - 128);
    });
  }
}
