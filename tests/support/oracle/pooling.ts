/** AVERAGE_POOL_2D, MAX_POOL_2D, MEAN. Part of the oracle. */
import { activationClamp } from "./activation.ts";
import { requantize, saturateInt8, toMultiplier } from "./fixed-point.ts";
import { at, type Operation } from "./operand.ts";
import { windows } from "./weighted.ts";

export function pool(operation: Operation<"AVERAGE_POOL_2D" | "MAX_POOL_2D">): void {
  const { node, inputs, output } = operation;
  const input = at(inputs, 0);
  const depth = at(input.shape, 3);
  const limit = activationClamp(node.activation, output);
  const filter = [node.filterH, node.filterW] as const;
  for (const { pixel, offsets } of windows(input, output, filter, node.window)) {
    for (let c = 0; c < depth; c++) {
      const seen = offsets.map(([, position]) => at(input.values, position * depth + c));
      const value = node.kind === "MAX_POOL_2D" ? Math.max(...seen) : roundedMean(seen);
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

export function mean({ node, inputs, output, rounding }: Operation<"MEAN">): void {
  const input = at(inputs, 0);
  const [, height = 0, width = 0, depth = 0] = input.shape;
  const overH = node.axes.includes(1);
  const overW = node.axes.includes(2);
  const count = (overH ? height : 1) * (overW ? width : 1);
  const { q, exponent } = toMultiplier(input.scale / output.scale, rounding);
  const shift = Math.min(Math.floor(Math.log2(count)), 32, 31 + exponent);
  const divided = {
    // q · 2^shift < 2^62: only BigInt holds it
    q: Number((BigInt(q) << BigInt(shift)) / BigInt(count)),
    exponent: exponent - shift,
  };
  for (let y = 0; y < (overH ? 1 : height); y++) {
    for (let x = 0; x < (overW ? 1 : width); x++) {
      for (let c = 0; c < depth; c++) {
        let sum = 0;
        for (let iy = overH ? 0 : y; iy < (overH ? height : y + 1); iy++) {
          for (let ix = overW ? 0 : x; ix < (overW ? width : x + 1); ix++) {
            sum += at(input.values, (iy * width + ix) * depth + c);
          }
        }
        const scaled = requantize(sum - input.zeroPoint * count, divided, rounding);
        const to = (y * (overW ? 1 : width) + x) * depth + c;
        output.values[to] = saturateInt8(scaled + output.zeroPoint);
      }
    }
  }
}
