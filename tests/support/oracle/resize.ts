/** RESIZE_BILINEAR in integers, from TFLite's definition and XNNPACK's, in BigInt. Part of the oracle. */
import { toNearestEven } from "./elementwise.ts";
import { at, type Operation } from "./operand.ts";

/** Two neighbours along one axis and their weights in 1/1024; all divisions are C's. */
function neighbours(k: number, from: number, to: number, corners: boolean, centres: boolean) {
  const [size, count] = corners && to > 1 ? [from - 1, to - 1] : [from, to];
  const scale = (1024n * BigInt(size) + BigInt(count) / 2n) / BigInt(count);
  const place = BigInt(k) * scale + (centres ? scale / 2n - 512n : 0n);
  const low = place / 1024n > 0n ? place / 1024n : 0n;
  const up = (place + 1023n) / 1024n;
  const high = up < BigInt(from - 1) ? up : BigInt(from - 1);
  const weight = place - 1024n * low;
  return [
    { index: Number(low), weight: 1024n - weight },
    { index: Number(high), weight },
  ] as const;
}

/** XNNPACK's: a place in float32, and weights in 1/2048. */
function places(k: number, from: number, to: number, corners: boolean, centres: boolean) {
  const float = Math.fround;
  const scale = corners && to > 1 ? float((from - 1) / (to - 1)) : float(from / to);
  const wanted = centres ? float(float((k + 0.5) * scale) - 0.5) : float(k * scale);
  const place = Math.max(0, Math.min(wanted, from - 1));
  const index = Math.trunc(place);
  const weight = BigInt(toNearestEven(2048 * float(place - index)));
  return [
    { index, weight: 2048n - weight },
    { index: Math.min(index + 1, from - 1), weight },
  ] as const;
}

export function resizeBilinear({
  node,
  inputs,
  output,
  rounding,
}: Operation<"RESIZE_BILINEAR">): void {
  const input = at(inputs, 0);
  const [, height = 0, width = 0, depth = 0] = input.shape;
  const [, outHeight = 0, outWidth = 0] = output.shape;
  const around = rounding === "single" ? places : neighbours;
  const flags = [node.alignCorners === 1, node.halfPixelCenters === 1] as const;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let c = 0; c < depth; c++) {
        let sum = 0n;
        for (const row of around(y, height, outHeight, ...flags)) {
          for (const column of around(x, width, outWidth, ...flags)) {
            if (row.index >= height || column.index >= width) throw new RangeError("outside");
            const pixel = at(input.values, (row.index * width + column.index) * depth + c);
            sum += BigInt(pixel) * row.weight * column.weight;
          }
        }
        const half = 1n << 19n;
        const away = (sum + (sum > 0n ? half : -half)) / (1n << 20n);
        const value = rounding === "single" ? (sum + 4n * half) >> 22n : away;
        output.values[(y * outWidth + x) * depth + c] = Number(value);
      }
    }
  }
}
