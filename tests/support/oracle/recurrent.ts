/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF from the rules of TensorFlow Lite Micro, unit by unit; states are written where
 * they are. Part of the oracle.
 */
import {
  type FixedMultiplier,
  requantize,
  roundHalfAwayFromZero,
  toMultiplier,
} from "./fixed-point.ts";
import { at, type Operand, type Operation, size } from "./operand.ts";

const within = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));
const int16 = (x: number): number => within(x, -32768, 32767);

/** What the published table has one more of than the nearest integer. */
const RAISED_AT =
  "4 8 12 14 15 16 17 19 20 21 22 25 27 28 29 30 31 33 34 35 37 39 40 41 43 44 45 46 49 50 54 62 63 64 66 82 86 93 100 " +
  "103 112 116 135 255";

/** TFLite's table of 65536 · sigmoid(k / 24). */
const table = (): readonly number[] => {
  const raised = new Set(RAISED_AT.split(" ").map(Number));
  return Array.from(
    { length: 256 },
    (_, k) => roundHalfAwayFromZero(65536 / (1 + Math.exp(-k / 24))) + (raised.has(k) ? 1 : 0),
  );
};

const SIGMOID = table();

/** On the straight line between two entries, in 2^-bits of the way; flat behind the last. */
export function onTable(distance: number, bits: number, flat: number): number {
  const k = Math.floor(distance / 2 ** bits);
  if (k >= 255) return flat;
  const [low, high] = [at(SIGMOID, k), at(SIGMOID, k + 1)];
  return low * 2 ** bits + (distance - k * 2 ** bits) * (high - low);
}

/** Q4.12 to Q1.15. */
export function sigmoid(x: number): number {
  const y = onTable(Math.abs(3 * x), 9, 32767 * 1024);
  return Math.floor((x >= 0 ? y + 512 : 2 ** 25 - y + 511) / 1024);
}

/** x in 2^power to Q1.15. */
export function tanh(x: number, power: number): number {
  const exact = 3 * x * 2 ** (power + 12);
  const scaled = Math.floor(exact + (power < -12 ? 0.5 : 0));
  const y = onTable(Math.abs(scaled), 8, 65535 * 256);
  return Math.floor((scaled >= 0 ? y - 2 ** 23 + 128 : 2 ** 23 - y + 127) / 256);
}

type Gate = { readonly w: Operand; readonly v: Operand; readonly bias: Operand };

export function lstm({
  node,
  inputs,
  output,
  rounding,
}: Operation<"UNIDIRECTIONAL_SEQUENCE_LSTM">): void {
  const [input, hidden, cell] = [at(inputs, 0), at(inputs, 13), at(inputs, 14)];
  const [units = 0, depth = 0] = at(inputs, 1).shape;
  const multiplier = (m: number) => toMultiplier(m, rounding);
  const gate = (k: number): Gate => ({
    ...{ w: at(inputs, 1 + k), v: at(inputs, 5 + k), bias: at(inputs, 9 + k) },
  });
  const power = Math.log2(cell.scale);
  const sum = (weights: Operand, unit: number, x: Operand, from: number, start: number): number => {
    const m = multiplier(Math.fround(x.scale * weights.scale) * 4096);
    const length = at(weights.shape, 1);
    let acc = start;
    for (let k = 0; k < length; k++) {
      acc += at(weights.values, unit * length + k) * (at(x.values, from + k) - x.zeroPoint);
    }
    return int16(requantize(acc, m, rounding));
  };
  const product = (a: number, b: number, m: FixedMultiplier): number =>
    requantize(a * b, m, rounding);
  const forgetting = multiplier(2 ** -15);
  const adding = multiplier(2 ** -30 / cell.scale);
  const showing = multiplier(2 ** -30 / hidden.scale);
  const clip =
    node.cellClip > 0 ? Math.min(Math.trunc(Math.fround(node.cellClip) / cell.scale), 32767) : 0;
  for (let t = 0; t < size(input.shape) / depth; t++) {
    const before = { ...hidden, values: hidden.values.slice() };
    const of = ({ w, v, bias }: Gate, u: number): number =>
      int16(sum(w, u, input, t * depth, at(bias.values, u)) + sum(v, u, before, 0, 0));
    for (let u = 0; u < units; u++) {
      const [i, f, o] = [gate(0), gate(1), gate(3)].map((one) => sigmoid(of(one, u))) as [
        ...[number, number, number],
      ];
      const g = tanh(of(gate(2), u), -12);
      const kept = int16(product(f, at(cell.values, u), forgetting));
      let state = int16(kept + int16(product(i, g, adding)));
      if (clip > 0) state = within(state, -clip, clip);
      cell.values[u] = state;
      const shown = product(o, tanh(state, power), showing) + hidden.zeroPoint;
      hidden.values[u] = within(shown, -128, 127);
      output.values[t * units + u] = hidden.values[u] as number;
    }
  }
}

export function svdf({ node, inputs, output, rounding }: Operation<"SVDF">): void {
  const [input, features, time, bias, state] = [0, 1, 2, 3, 4].map((k) => at(inputs, k)) as [
    ...[Operand, Operand, Operand, Operand, Operand],
  ];
  const [filters = 0, depth = 0] = features.shape;
  const memory = at(time.shape, 1);
  const toState = Math.fround(Math.fround(input.scale * features.scale) / state.scale);
  const toOutput = Math.fround(Math.fround(state.scale * time.scale) / output.scale);
  const sums = Array.from({ length: filters / node.rank }, (_, u) => BigInt(at(bias.values, u)));
  for (let f = 0; f < filters; f++) {
    let feature = 0;
    for (let k = 0; k < depth; k++) {
      feature += at(features.values, f * depth + k) * (at(input.values, k) - input.zeroPoint);
    }
    const newest = requantize(feature, toMultiplier(toState, rounding), rounding) + state.zeroPoint;
    const own = [
      ...state.values.slice(f * memory + 1, (f + 1) * memory),
      within(newest, state.least, state.most),
    ];
    own.forEach((value, m) => {
      state.values[f * memory + m] = value;
      const u = Math.floor(f / node.rank);
      const weighed = at(time.values, f * memory + m) * (value - state.zeroPoint);
      sums[u] = at(sums, u) + BigInt(weighed);
    });
  }
  sums.forEach((sum, u) => {
    const wrapped = Number(BigInt.asIntN(32, sum)); // as int32 is on every processor
    const scaled = requantize(wrapped, toMultiplier(toOutput, rounding), rounding);
    output.values[u] = within(scaled + output.zeroPoint, -128, 127);
  });
}
