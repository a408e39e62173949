/**
 * Random convolutions and fully connected layers. Scales are chosen backwards from the multiplier wanted for a channel,
 * so that its corners are met on purpose, and never past what the standard defines: |sum| · 2^max(e, 0) < 2^31.
 */
import type { Activation } from "../../host/model/graph.ts";
import {
  type Append,
  activation,
  addNode,
  anyQuantisation,
  anyZeroPoint,
  constantI8,
  constantI32,
  type Dice,
  type Draft,
  f32,
  quantisationOf,
  shapeOf,
} from "./random-draft.ts";
import { anyWindow } from "./random-window.ts";

export const ACTIVATIONS: readonly Activation[] = ["NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1"];

/** Channel counts around the kernels' block sizes. */
export const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33];

/** Standard weights are −127 … 127; a file may still hold −128. */
function anyWeights({ int, pick, chance }: Dice, length: number): Int8Array {
  const low = chance(0.1) ? -128 : -127;
  const constant = pick([-127, 127, low, 0]);
  const draw = pick([
    () => int(low, 127),
    () => int(low, 127),
    () => int(-20, 20),
    () => (chance(0.8) ? 0 : int(low, 127)),
    () => constant,
    () => (chance(0.5) ? low : 127),
  ]);
  return Int8Array.from({ length }, draw);
}

type Channel = { readonly bias: number; readonly multiplier: number };

const LIMIT = 2 ** 31 - 512;

/** A bias and a real multiplier for a channel whose products sum to at most ± `reach`. */
function anyChannel({ int, pick, real }: Dice, reach: number): Channel {
  const spread = Math.max(1, reach / 8);
  const usual = pick([0, int(-1000, 1000), Math.round(real(-spread, spread))]);
  const huge = pick([-1, 1]) * (2 ** 30 + int(-1000, 1000));
  const bias = reach < 2 ** 29 ? pick([usual, usual, usual, huge]) : 0;
  const most = reach + Math.abs(bias);
  // 2^room · most stays below the limit
  const room = Math.floor(Math.log2(LIMIT / Math.max(1, most)));
  const multiplier = pick([
    // the outputs spread over int8 and a little beyond
    real(20, 400) / Math.max(1, most / 2),
    real(20, 400) / Math.max(1, most / 2),
    real(20, 400) / Math.max(1, most / 2),
    2 ** (int(-31, -1) - real(0, 1)),
    2 ** -int(1, 31),
    2 ** -int(33, 50), // flushed to zero
    2 ** (int(0, Math.max(0, room)) - real(0.01, 1)),
  ]);
  return { bias, multiplier: Math.min(multiplier, 2 ** (room - 1)) };
}

type Weighted = {
  readonly weights: number;
  readonly bias: number;
  readonly output: number;
  readonly activation: Activation;
};

/** Weights, biases and output of any weighted operator. `taps` products are summed for every output value. */
function weighted(
  draft: Draft,
  input: number,
  shape: readonly number[],
  channels: number,
  axis: number,
  taps: number,
  outputShape: readonly number[],
  zeroPoint = 0,
): Weighted {
  const { dice } = draft;
  const values = anyWeights(
    dice,
    shape.reduce((n, d) => n * d, 1),
  );
  const { scale, zeroPoint: inputZero } = quantisationOf(draft, input);
  const largest = Math.max(128 + inputZero, 127 - inputZero);
  const reach = taps * largest * (128 + Math.abs(zeroPoint));
  const output = anyQuantisation(dice);
  const many = zeroPoint === 0 && dice.chance(0.8) ? channels : 1;
  const drawn = Array.from({ length: channels }, () => anyChannel(dice, reach));
  const shared = Math.min(...drawn.map(({ multiplier }) => multiplier));
  const scales = Array.from({ length: many }, (_, c) => {
    const wanted = many === 1 ? shared : (drawn[c]?.multiplier ?? shared);
    return f32((wanted * output.scale) / scale);
  });
  return {
    weights: constantI8(draft, shape, values, scales, zeroPoint, many === 1 ? 0 : axis),
    bias: constantI32(
      draft,
      Int32Array.from(drawn, ({ bias }) => bias),
    ),
    output: activation(draft, outputShape, output),
    activation: dice.pick(ACTIVATIONS),
  };
}

export const conv2d: Append = (draft, input) => {
  const shape = shapeOf(draft, input);
  const [, , , depth = 1] = shape;
  const { window, kernel, output } = anyWindow(draft.dice, shape, true);
  const channels = draft.dice.pick(CHANNELS);
  const taps = kernel[0] * kernel[1] * depth;
  const to = [1, ...output, channels];
  const w = weighted(draft, input, [channels, ...kernel, depth], channels, 0, taps, to);
  const inputs = [input, w.weights, w.bias];
  return addNode(draft, {
    kind: "CONV_2D",
    inputs,
    output: w.output,
    window,
    activation: w.activation,
  });
};

/** The window of a convolution from the output to the input: SAME or VALID. */
export const transposeConv: Append = (draft, input) => {
  const { dice } = draft;
  const [, height = 1, width = 1, depth = 1] = shapeOf(draft, input);
  const channels = dice.pick([1, 2, 3, 4, 8]);
  const same = dice.chance(0.5);
  const axis = (extent: number) => {
    const [filter, stride] = [dice.int(1, 4), dice.int(1, 3)];
    // SAME: any output that ceil(out / stride) leads back from; VALID: what the windows cover, and a rest
    const least = same ? (extent - 1) * stride + 1 : (extent - 1) * stride + filter;
    const size = least + dice.int(0, stride - 1);
    const total = same ? Math.max((extent - 1) * stride + filter - size, 0) : 0;
    const before = Math.floor(total / 2);
    return { filter, stride, size, before, after: total - before };
  };
  const [rows, columns] = [axis(height), axis(width)];
  const kernel = [rows.filter, columns.filter];
  const taps = rows.filter * columns.filter * depth;
  const to = [1, rows.size, columns.size, channels];
  const w = weighted(draft, input, [channels, ...kernel, depth], channels, 0, taps, to);
  return addNode(draft, {
    kind: "TRANSPOSE_CONV",
    inputs: [input, w.weights, w.bias],
    output: w.output,
    window: {
      ...{ strideH: rows.stride, strideW: columns.stride, dilationH: 1, dilationW: 1 },
      padding: {
        ...{ top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
      },
    },
    activation: w.activation,
  });
};

export const depthwiseConv2d: Append = (draft, input) => {
  const shape = shapeOf(draft, input);
  const [, , , depth = 1] = shape;
  const { window, kernel, output } = anyWindow(draft.dice, shape, true);
  const multiplier = draft.dice.pick([1, 1, 1, 1, 2, 3, 4, 8]);
  const channels = depth * multiplier;
  const to = [1, ...output, channels];
  const taps = kernel[0] * kernel[1];
  const w = weighted(draft, input, [1, ...kernel, channels], channels, 3, taps, to);
  const inputs = [input, w.weights, w.bias];
  return addNode(draft, {
    kind: "DEPTHWISE_CONV_2D",
    inputs,
    output: w.output,
    window,
    multiplier,
    activation: w.activation,
  });
};

/** Reads the last axis, row by row. */
export const fullyConnected: Append = (draft, input) => {
  const { dice } = draft;
  const shape = shapeOf(draft, input);
  const depth = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((n, d) => n * d, 1);
  const channels = dice.pick([...CHANNELS, 10, 100]);
  const zeroPoint = dice.chance(0.3) ? anyZeroPoint(dice) : 0;
  const to = [rows, channels];
  const w = weighted(draft, input, [channels, depth], channels, 0, depth, to, zeroPoint);
  const inputs = [input, w.weights, w.bias];
  return addNode(draft, {
    kind: "FULLY_CONNECTED",
    inputs,
    output: w.output,
    activation: w.activation,
  });
};
