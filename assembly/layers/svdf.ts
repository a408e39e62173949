import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * SVDF: every filter keeps what it made of the last inputs, and weighs them by how long ago they were.
 *
 *     state[f] = (state[f] shifted by one, sat(multiply(Σ_i w[f][i] · (x[i] − z_x)) + z_s))
 *     out[u] = sat8(multiply(bias[u] + Σ_f Σ_m v[f][m] · (state[f][m] − z_s)) + z)        over the `rank` filters of u
 *
 * The sum over time may wrap modulo 2^32, as TensorFlow Lite Micro's does: of int16 weights and states two products fill it.
 *
 * @param input    i8[inputs]
 * @param output   i8[units]
 * @param state    T[units · rank][memory], T: i8 or i16
 * @param features i8[units · rank][inputs]
 * @param time     T[units · rank][memory]
 * @param bias     i32[units]
 */
export function svdf<T>(
  input: usize,
  output: usize,
  state: usize,
  features: usize,
  time: usize,
  bias: usize,
  units: i32,
  rank: i32,
  inputs: i32,
  memory: i32,
  inputZeroPoint: i32,
  stateQ: i32,
  stateExponent: i32,
  stateZeroPoint: i32,
  q: i32,
  exponent: i32,
  zeroPoint: i32,
  rounding: i32,
): void {
  const bytes = memory * sizeof<T>();
  const least = sizeof<T>() === 1 ? -128 : -32768;
  for (let u = 0; u < units; ++u) {
    let sum = load<i32>(bias);
    for (let f = 0; f < rank; ++f) {
      let feature = 0;
      for (let x = input, end = input + inputs; x < end; ++x) {
        feature += i32(load<i8>(features++)) * (i32(load<i8>(x)) - inputZeroPoint);
      }
      const scaled = multiplyByQuantizedMultiplier(feature, stateQ, stateExponent, rounding);
      // clamped before the zero point is added: what was multiplied may be any i32
      const newest =
        min(max(scaled, least - stateZeroPoint), -1 - least - stateZeroPoint) + stateZeroPoint;
      const last = state + bytes - sizeof<T>();
      for (; state < last; state += sizeof<T>()) {
        const kept = i32(load<T>(state, sizeof<T>()));
        put<T>(state, kept);
        sum += i32(load<T>(time)) * (kept - stateZeroPoint);
        time += sizeof<T>();
      }
      put<T>(state, newest);
      sum += i32(load<T>(time)) * (newest - stateZeroPoint);
      state += sizeof<T>();
      time += sizeof<T>();
    }
    bias += 4;
    const scaled = multiplyByQuantizedMultiplier(sum, q, exponent, rounding);
    store<i8>(output++, min(max(scaled, -128 - zeroPoint), 127 - zeroPoint) + zeroPoint);
  }
}

function put<T>(to: usize, value: i32): void {
  if (sizeof<T>() === 1) store<i8>(to, value);
  else store<i16>(to, value);
}
