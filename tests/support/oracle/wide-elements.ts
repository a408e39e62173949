/** ADD, SUB, MUL, LOGISTIC, TANH, RELU and RELU6 of int16, from TensorFlow Lite Micro's rules. TensorFlow Lite's are
 * the same and round twice as well. Part of the oracle. */
import { activationClamp, quantised } from "./activation.ts";
import { broadcastIndices } from "./elementwise.ts";
import { clamp, requantize, toMultiplier } from "./fixed-point.ts";
import { at, type Operation } from "./operand.ts";
import { onTable } from "./recurrent.ts";

type Binary = Operation<"ADD_I16" | "SUB_I16" | "MUL_I16">;

export function wideBinary({ node, inputs, output }: Binary) {
  const [a, b] = [at(inputs, 0), at(inputs, 1)];
  const limit = activationClamp(node.activation, output);
  const scaled = (x: number, real: number) => requantize(x, toMultiplier(real, "double"), "double");
  const twice = 2 * Math.max(a.scale, b.scale);
  const combine = (x: number, y: number): number => {
    if (node.kind === "MUL_I16") return scaled(x * y, (a.scale * b.scale) / output.scale);
    const [left, right] = [scaled(x * 32768, a.scale / twice), scaled(y * 32768, b.scale / twice)];
    const sum = node.kind === "SUB_I16" ? left - right : left + right;
    return scaled(sum, twice / (32768 * output.scale));
  };
  const fromA = broadcastIndices(a.shape, output.shape);
  const fromB = broadcastIndices(b.shape, output.shape);
  for (let k = 0; k < output.values.length; k++) {
    const [x, y] = [at(a.values, at(fromA, k)), at(b.values, at(fromB, k))];
    output.values[k] = limit(combine(x, y));
  }
}

export function wideRelu(operation: Operation<"RELU_I16" | "RELU6_I16">) {
  const { node, inputs, output, rounding } = operation;
  const input = at(inputs, 0);
  const six = Math.min(32767, quantised(6, input));
  const multiplier = toMultiplier(
    (rounding === "single" ? Math.fround : Number)(input.scale / output.scale),
    "double",
  );
  for (let k = 0; k < output.values.length; k++) {
    const x = at(input.values, k);
    output.values[k] =
      node.kind === "RELU6_I16"
        ? clamp(x, 0, six)
        : clamp(requantize(x, multiplier, "double"), 0, 32767);
  }
}

/** The published table's steps are 1 / 12288: a scale becomes 15 bits of them, but for the powers of two that fit. */
export function wideCurve({ node, inputs, output }: Operation<"LOGISTIC_I16" | "TANH_I16">) {
  const input = at(inputs, 0);
  const tangent = node.kind === "TANH_I16";
  const exact = new Map([[2 ** -12, 3], ...(tangent ? [[2 ** -11, 6] as const] : [])]);
  const power = [...exact.keys()].find(
    (one) => Math.abs(Math.log2(input.scale) - Math.log2(one)) < 0.001,
  );
  let [factor, bits] = [input.scale * 12288, 0];
  while (factor * 2 <= 32767 && bits < 31) {
    factor *= 2;
    bits += 1;
  }
  if (power !== undefined) [factor, bits] = [exact.get(power) ?? 0, 0];
  for (let k = 0; k < output.values.length; k++) {
    const product = at(input.values, k) * Math.floor(factor);
    const scaled = bits === 0 ? product : Math.floor(product / 2 ** bits + 0.5);
    const positive = scaled >= 0;
    if (tangent) {
      const y = onTable(Math.abs(scaled), 8, 65535 * 256);
      output.values[k] = Math.floor((positive ? y - 2 ** 23 + 128 : 2 ** 23 - y + 127) / 256);
    } else {
      const y = onTable(Math.abs(scaled), 9, 32767 * 1024);
      output.values[k] = Math.floor((positive ? y + 512 : 2 ** 25 - y + 511) / 1024);
    }
  }
}
