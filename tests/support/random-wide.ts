/** Random layers of int16 activations, with QUANTIZE from and to int8 around them now and then. */
import type { Tensor } from "../../host/model/graph.ts";
import {
  type Append,
  activation,
  addNode,
  anyQuantisation,
  anyScale,
  constantI8,
  constantI32,
  type Draft,
  f32,
  graphInput,
  quantisationOf,
  shapeOf,
} from "./random-draft.ts";
import { ACTIVATIONS } from "./random-weighted.ts";
import { anyWindow } from "./random-window.ts";

type Contents = Pick<Tensor, "shape" | "dtype" | "data">;

function added({ tensors }: Draft, contents: Contents, scale: number): number {
  const quantization = { scales: [scale], zeroPoints: [0], axis: 0 };
  return tensors.push({ name: `t${tensors.length}`, ...contents, quantization }) - 1;
}

export const wideActivation = (draft: Draft, shape: readonly number[], scale: number): number =>
  added(draft, { shape, dtype: "i16", data: null }, scale);

/** An input of int16, or one of int8 that becomes int16. */
export function wideInput(draft: Draft, shape: readonly number[], scale: number): number {
  const { dice } = draft;
  if (dice.chance(0.3)) {
    const from = graphInput(draft, shape, anyQuantisation(dice));
    const own = quantisationOf(draft, from).scale / 2 ** dice.real(-2, 10);
    return addNode(draft, {
      kind: "QUANTIZE",
      inputs: [from],
      output: wideActivation(draft, shape, f32(own)),
    });
  }
  const input = wideActivation(draft, shape, scale);
  draft.inputs.push(input);
  return input;
}

/** Another scale or another type behind it, now and then. */
export function wideEnd(draft: Draft, output: number): number {
  const { dice } = draft;
  if (dice.chance(0.5)) return output;
  const { scale } = quantisationOf(draft, output);
  const shape = shapeOf(draft, output);
  const to = dice.chance(0.5)
    ? wideActivation(draft, shape, f32(scale * 2 ** dice.real(-6, 6)))
    : activation(draft, shape, {
        scale: f32(scale * 2 ** dice.real(2, 10)),
        zeroPoint: anyQuantisation(dice).zeroPoint,
      });
  return addNode(draft, { kind: "QUANTIZE", inputs: [output], output: to });
}

/**
 * Weights, bias and output.
 *
 * @param either the bias may be int32, where all sums fit it
 */
function weighted(
  draft: Draft,
  input: number,
  shape: readonly number[],
  channels: number,
  axis: number,
  taps: number,
  outputShape: readonly number[],
  either: boolean,
) {
  const { int, pick, chance, real } = draft.dice;
  const extreme = pick([-128, 127, 127]);
  const all = chance(0.2);
  const length = shape.reduce((n, d) => n * d, 1);
  const values = Int8Array.from({ length }, () => (all ? extreme : int(-127, 127)));
  const narrow = either && chance(0.5) && taps * 2 ** 22 < 2 ** 30;
  const biases = Array.from({ length: channels }, () =>
    narrow
      ? pick([0, int(-100_000, 100_000), int(-(2 ** 29), 2 ** 29)])
      : pick([0, int(-100_000, 100_000), int(-(2 ** 40), 2 ** 40), pick([-1, 1]) * 2 ** 46]),
  );
  const bias = narrow
    ? constantI32(draft, Int32Array.from(biases))
    : added(
        draft,
        {
          ...{ shape: [channels], dtype: "i64" },
          data: new Uint8Array(BigInt64Array.from(biases, BigInt).buffer),
        },
        1,
      );
  const { scale } = quantisationOf(draft, input);
  const output = wideActivation(draft, outputShape, anyScale(draft.dice, -14, -6));
  const reach = Math.sqrt(taps) * 2 ** 20;
  // 2^6 is left: the largest that the 64-bit multiplication takes, and none that shifts an int32 out of its range
  const wanted = () =>
    pick([
      2 ** real(13, 16) / reach,
      2 ** real(13, 16) / reach,
      2 ** -int(1, 31),
      2 ** -int(33, 45),
      0.99999 * 2 ** -int(1, 20),
      narrow ? 0.9 : 2 ** real(0, 6.9),
    ]);
  const many = chance(0.7) ? channels : 1;
  const to = quantisationOf(draft, output).scale;
  const scales = Array.from({ length: many }, () => f32((wanted() * to) / scale));
  return {
    weights: constantI8(draft, shape, values, scales, 0, many === 1 ? 0 : axis),
    ...{ bias, output, activation: pick(ACTIVATIONS) },
  };
}

export const wideConv2d: Append = (draft, input) => {
  const shape = shapeOf(draft, input);
  const [, , , depth = 1] = shape;
  const { window, kernel, output } = anyWindow(draft.dice, shape, true);
  const channels = draft.dice.pick([1, 2, 3, 5, 8]);
  const taps = kernel[0] * kernel[1] * depth;
  const to = [1, ...output, channels];
  const w = weighted(draft, input, [channels, ...kernel, depth], channels, 0, taps, to, true);
  addNode(draft, {
    ...{ kind: "CONV_2D_I16", inputs: [input, w.weights, w.bias], output: w.output },
    ...{ window, activation: w.activation },
  });
  return wideEnd(draft, w.output);
};

export const wideDepthwise: Append = (draft, input) => {
  const shape = shapeOf(draft, input);
  const [, , , depth = 1] = shape;
  const { window, kernel, output } = anyWindow(draft.dice, shape, true);
  const multiplier = draft.dice.pick([1, 1, 2, 3]);
  const channels = depth * multiplier;
  const to = [1, ...output, channels];
  const taps = kernel[0] * kernel[1];
  const w = weighted(draft, input, [1, ...kernel, channels], channels, 3, taps, to, false);
  addNode(draft, {
    ...{ kind: "DEPTHWISE_CONV_2D_I16", inputs: [input, w.weights, w.bias], output: w.output },
    ...{ window, multiplier, activation: w.activation },
  });
  return wideEnd(draft, w.output);
};

/** Up to 640 taps: sums beyond 2^31. */
export const wideFullyConnected: Append = (draft, input) => {
  const shape = shapeOf(draft, input);
  const depth = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((n, d) => n * d, 1);
  const channels = draft.dice.pick([1, 2, 5, 10]);
  const w = weighted(draft, input, [channels, depth], channels, 0, depth, [rows, channels], true);
  addNode(draft, {
    ...{ kind: "FULLY_CONNECTED_I16", inputs: [input, w.weights, w.bias], output: w.output },
    activation: w.activation,
  });
  return wideEnd(draft, w.output);
};
