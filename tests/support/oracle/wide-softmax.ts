/**
 * SOFTMAX of int16: TensorFlow Lite Micro's tables of exp and of 1 / (1 + x), entry by entry from their definition, and its
 * integers between them, as BigInt. Part of the oracle.
 */
import { clamp, requantize, roundHalfAwayFromZero, toMultiplier } from "./fixed-point.ts";
import { at, type Operation } from "./operand.ts";

type Float = (x: number) => number;

/** LUTPopulateInt16: 512 lines over the whole width of int16, every operation rounded to its type of float. */
function table(f: Float, scale: number, zeroPoint: number, float: Float): readonly number[] {
  const [first, last] = [-32768, 32767].map((q) => float(float(scale) * (q - zeroPoint)));
  const step = float(float((last as number) - (first as number)) / 512);
  const factor = float(
    65536 / float(float(float(2 / 65535) * 32767) + float(float(2 / 65535) * 32768)),
  );
  const value = (x: number) => float(float(f(x)) * factor);
  const place = (k: number) => float((first as number) + float(k * step));
  const entries = Array.from({ length: 512 }, (_, k) => {
    const sample = roundHalfAwayFromZero(value(place(k)));
    const line = roundHalfAwayFromZero(float(float(value(place(k + 1)) + sample) / 2));
    const middle = roundHalfAwayFromZero(value(float(place(k) + float(step / 2))));
    return sample - roundHalfAwayFromZero(float(float(line - middle) / 2));
  });
  return [...entries, roundHalfAwayFromZero(value(last as number))].map((entry) =>
    clamp(entry, -32768, 32767),
  );
}

/** Between entries that are 128 apart; x from −32768 to 32767. */
function interpolated(x: number, entries: readonly number[]): number {
  const k = Math.floor((x + 32768) / 128);
  const part = x + 32768 - 128 * k;
  const [low, next] = [at(entries, k), at(entries, k + 1)];
  return low + Math.floor(((next - low) * part + 64) / 128);
}

export function wideSoftmax({ node, inputs, output, rounding }: Operation<"SOFTMAX_I16">): void {
  const input = at(inputs, 0);
  // TensorFlow Lite Micro's tables are of float32 and its product of double; of TensorFlow Lite the other way round
  const micro = rounding === "double";
  const exact = (x: number) => x;
  const float = micro ? Math.fround : exact;
  const exp = table(Math.exp, 10 / 65535, 32767, float);
  const reciprocals = table((x) => 1 / float(1 + x), 1 / 65535, -32768, float);
  const product = (micro ? exact : Math.fround)(input.scale * Math.fround(node.beta));
  const multiplier = toMultiplier(product / (10 / 65535), "double");
  const depth = input.shape.at(-1) ?? 1;
  for (let row = 0; row < input.values.length; row += depth) {
    const values = Array.from(input.values.subarray(row, row + depth));
    const largest = values.reduce((most, x) => Math.max(most, x));
    const powers = values.map((x) => {
      const steps = requantize(x - largest, multiplier, "double");
      return interpolated(clamp(steps + 32767, -32768, 32767), exp);
    });
    const sum = powers.reduce((n, e) => n + BigInt(e), 0n);
    const bits = sum.toString(2).length;
    // the sum with 31 bits, of which 17 are kept
    const shifted = Number((sum * 2n ** BigInt(31 - bits) + 2n ** 13n) / 2n ** 14n);
    const reciprocal = BigInt(interpolated(clamp(shifted - 98304, -32768, 32767), reciprocals));
    powers.forEach((e, k) => {
      const unit = 2n ** BigInt(bits - 1);
      const quotient = (BigInt(e) * reciprocal + unit / 2n) / unit;
      output.values[row + k] = clamp(Number(quotient), 0, 32767);
    });
  }
}
