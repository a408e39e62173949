import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { sigmoid16, tanh16 } from "../fixed/sigmoid-table";

/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM: int8 in and out, gates and cells of int16, as TensorFlow Lite Micro computes it.
 *
 *     gate = f(sat(multiply(b + Σ w·x) + multiply(r + Σ v·h)))        f: sigmoid, of the cell gate tanh; Q4.12 → Q1.15
 *     cell = clip(sat(multiply(forget · cell) + multiply(input · cellGate)))
 *     h = output = sat8(multiply(outputGate · tanh(cell)) + zeroPoint)
 *
 * Each multiply() saturates to int16 by itself. Sums wrap modulo 2^32 on the way; the host knows that they fit.
 *
 * @param input   i8[T][I]
 * @param output  i8[T][S]
 * @param hidden  i8[S]: state, h of the last step
 * @param cell    i16[S]: state
 * @param weights i8[S][I + S][4]: those of a unit for x, then for h; input, forget, cell and output gate side by side
 * @param stage   i32 clip of cells (0: none), multiplier and shift of tanh(cell), zero point of h;
 *                then q and exponent: forget · cell, input · cellGate, outputGate · tanh; per gate those of Σ w·x and Σ v·h;
 *                then i32[S][2][4]: b and r with the zero points of x and h in them
 * @param table   see fixed/sigmoid-table.ts
 * @param scratch i16[S][4]
 */
export function lstm(
  input: usize,
  output: usize,
  hidden: usize,
  cell: usize,
  weights: usize,
  stage: usize,
  table: usize,
  scratch: usize,
  T: i32,
  I: i32,
  S: i32,
  rounding: i32,
): void {
  const multipliers = stage + 16;
  const gates = multipliers + 24;
  const biases = gates + 64;
  for (let t = 0; t < T; ++t) {
    let w = weights;
    let bias = biases;
    let gate = scratch;
    for (let u = 0; u < S; ++u) {
      const next = gate + 8;
      let b = bias;
      let s0 = load<i32>(b);
      let s1 = load<i32>(b, 4);
      let s2 = load<i32>(b, 8);
      let s3 = load<i32>(b, 12);
      for (let x = input, end = input + I; x < end; ++x) {
        const value = i32(load<i8>(x));
        s0 += value * load<i8>(w);
        s1 += value * load<i8>(w, 1);
        s2 += value * load<i8>(w, 2);
        s3 += value * load<i8>(w, 3);
        w += 4;
      }
      const a0 = scaled(s0, gates, rounding);
      const a1 = scaled(s1, gates + 16, rounding);
      const a2 = scaled(s2, gates + 32, rounding);
      const a3 = scaled(s3, gates + 48, rounding);
      b += 16;
      s0 = load<i32>(b);
      s1 = load<i32>(b, 4);
      s2 = load<i32>(b, 8);
      s3 = load<i32>(b, 12);
      for (let h = hidden, end = hidden + S; h < end; ++h) {
        const value = i32(load<i8>(h));
        s0 += value * load<i8>(w);
        s1 += value * load<i8>(w, 1);
        s2 += value * load<i8>(w, 2);
        s3 += value * load<i8>(w, 3);
        w += 4;
      }
      store<i16>(gate, sigmoid16(sat16(a0 + scaled(s0, gates + 8, rounding)), table));
      store<i16>(gate, sigmoid16(sat16(a1 + scaled(s1, gates + 24, rounding)), table), 2);
      store<i16>(gate, tanh16(sat16(a2 + scaled(s2, gates + 40, rounding)), 3, 0, table), 4);
      store<i16>(gate, sigmoid16(sat16(a3 + scaled(s3, gates + 56, rounding)), table), 6);
      gate = next;
      bias += 32;
    }
    const clip = load<i32>(stage);
    gate = scratch;
    let c = cell;
    for (let u = 0; u < S; ++u) {
      const kept = scaled(i32(load<i16>(gate, 2)) * load<i16>(c), multipliers, rounding);
      const added = scaled(i32(load<i16>(gate)) * load<i16>(gate, 4), multipliers + 8, rounding);
      let state = sat16(kept + added);
      if (clip > 0) state = min(max(state, -clip), clip);
      store<i16>(c, state);
      const curve = tanh16(state, load<i32>(stage, 4), load<i32>(stage, 8), table);
      const zeroPoint = load<i32>(stage, 12);
      const h = multiplyByQuantizedMultiplier(
        i32(load<i16>(gate, 6)) * curve,
        load<i32>(multipliers, 16),
        load<i32>(multipliers, 20),
        rounding,
      );
      // clamped before the zero point is added: what was multiplied may be any i32
      const value = min(max(h, -128 - zeroPoint), 127 - zeroPoint) + zeroPoint;
      store<i8>(hidden + u, value);
      store<i8>(output++, value);
      gate += 8;
      c += 2;
    }
    input += I;
  }
}

/** x times the multiplier there, as int16. */
function scaled(x: i32, multiplier: usize, rounding: i32): i32 {
  return sat16(
    multiplyByQuantizedMultiplier(x, load<i32>(multiplier), load<i32>(multiplier, 4), rounding),
  );
}

function sat16(x: i32): i32 {
  return min(max(x, -32768), 32767);
}
