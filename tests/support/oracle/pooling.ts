/** AVERAGE_POOL_2D, MAX_POOL_2D, MEAN, SUM. Part of the oracle. */
import { activationClamp } from "./activation.ts";
import { requantize, saturateInt8, toMultiplier } from "./fixed-point.ts";
import { at, type Operation } from "./operand.ts";
import { windows } from "./weighted.ts";

export function pool(
  operation: Operation<
    | "AVERAGE_POOL_2D"
    | "AVERAGE_POOL_2D_U8"
    | "AVERAGE_POOL_2D_I16"
    | "MAX_POOL_2D"
    | "MAX_POOL_2D_I16"
  >,
): void {
  const { node, inputs, output } = operation;
  const input = at(inputs, 0);
  const depth = at(input.shape, 3);
  const limit = activationClamp(node.activation, output);
  const filter = [node.filterH, node.filterW] as const;
  for (const { pixel, offsets } of windows(input, output, filter, node.window)) {
    for (let c = 0; c < depth; c++) {
      const seen = offsets.map(([, position]) => at(input.values, position * depth + c));
      const value =
        node.kind === "MAX_POOL_2D" || node.kind === "MAX_POOL_2D_I16"
          ? Math.max(...seen)
          : node.kind === "AVERAGE_POOL_2D_U8"
            ? unsignedMean(seen)
            : roundedMean(seen);
      output.values[pixel * depth + c] = limit(value);
    }
  }
}

/** (sum ± n/2) / n, both divisions truncating. */
function roundedMean(values: readonly number[]): number {
  const half = Math.floor(values.length / 2);
  const sum = values.reduce((n, v) => n + v, 0);
  return Math.trunc((sum > 0 ? sum + half : sum - half) / values.length);
}

/** TFLite's uint8 kernel of these bytes, each 128 more: (sum + n/2) / n of numbers that are never negative. */
const unsignedMean = (values: readonly number[]): number =>
  Math.floor(
    (values.reduce((n, v) => n + v + 128, 0) + Math.floor(values.length / 2)) / values.length,
  ) - 128;

/** Sums over any axes: every element of the input goes to the sum of the indices that are left. */
export function reduction({ node, inputs, output, rounding }: Operation<"MEAN" | "SUM">): void {
  const input = at(inputs, 0);
  const count = node.axes.reduce((n, axis) => n * at(input.shape, axis), 1);
  const whole = toMultiplier(input.scale / output.scale, rounding);
  const shift = Math.min(Math.floor(Math.log2(count)), 32, 31 + whole.exponent);
  const divided = {
    // q · 2^shift < 2^62: only BigInt holds it
    q: Number((BigInt(whole.q) << BigInt(shift)) / BigInt(count)),
    exponent: whole.exponent - shift,
  };
  const sums = Array.from(output.values, () => 0);
  input.values.forEach((value, k) => {
    let [rest, place, stride] = [k, 0, 1];
    for (let axis = input.shape.length - 1; axis >= 0; axis--) {
      const extent = at(input.shape, axis);
      if (!node.axes.includes(axis)) {
        place += (rest % extent) * stride;
        stride *= extent;
      }
      rest = Math.floor(rest / extent);
    }
    sums[place] = at(sums, place) + value;
  });
  sums.forEach((sum, k) => {
    const own = node.kind === "SUM" ? whole : divided;
    const scaled = requantize(sum - input.zeroPoint * count, own, rounding);
    output.values[k] = saturateInt8(scaled + output.zeroPoint);
  });
}
