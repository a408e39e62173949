/**
 * From energies to one number a channel, as TensorFlow's audio front end has it (microfrontend/lib: filterbank.c, log_scale.c,
 * noise_reduction.c, pcan_gain_control.c): sums over a filter bank, roots, an estimate of the noise, gain control, logarithm.
 */

/**
 * Sums over the bank: each line adds to its channel with one weight and to the next with the other. The first of the
 * channels + 1 sums and what the last passes on are nobody's.
 *
 * @param energies u32, one a line
 * @param weights  u16[lines, 2], at most 4096: sums of 2^9 lines stay below 2^53
 * @param lengths  u8[channels + 1]: how many lines each has
 * @param sums     u64[channels]
 */
export function bank(
  energies: usize,
  weights: usize,
  lengths: usize,
  channels: i32,
  sums: usize,
): void {
  let passed: u64 = 0;
  for (let c = 0; c <= channels; ++c) {
    let own = passed;
    passed = 0;
    for (let left = i32(load<u8>(lengths + c)); left > 0; --left) {
      const energy = u64(load<u32>(energies));
      own += energy * u64(load<u16>(weights));
      passed += energy * u64(load<u16>(weights, 2));
      energies += 4;
      weights += 4;
    }
    if (c > 0) {
      store<u64>(sums, own);
      sums += 8;
    }
  }
}

/** √x to the nearest; of what fits 32 bits no more than 65535. */
function root(x: u64): u32 {
  let rest = x;
  let result: u64 = 0;
  // the digits of the root, from the highest pair of bits of x down
  for (let bit = u64(1) << ((63 - u64(clz(x | 1))) & 62); bit !== 0; bit >>= 2) {
    if (rest >= result + bit) {
      rest -= result + bit;
      result = (result >> 1) + bit;
    } else {
      result >>= 1;
    }
  }
  const most: u64 = x >> 32 === 0 ? 0xffff : 0xffffffff;
  if (rest > result && result !== most) result += 1;
  return u32(result);
}

/** Roots of the sums, back to the scale before the window was moved. @param out u32[n] */
export function roots(sums: usize, n: i32, shift: i32, out: usize): void {
  for (const end = out + (usize(n) << 2); out < end; out += 4) {
    store<u32>(out, root(load<u64>(sums)) >> shift);
    sums += 8;
  }
}

/**
 * Less an estimate of the noise, which follows first:
 *
 *   noise ← (S · α + noise · (2^14 − α)) >> 14, S = signal · 2^10
 *   out = max((S − min(noise, S)) >> 10, (signal · least) >> 14)
 *
 * S and what is stored are of 32 bits and wrap, as there.
 *
 * @param noise u32[n], kept
 * @param even  α of the channels 0, 2, … in 2^−14
 * @param odd   α of the others
 */
export function lessNoise(
  signal: usize,
  n: i32,
  noise: usize,
  even: i32,
  odd: i32,
  least: i32,
  out: usize,
): void {
  for (let k = 0; k < n; ++k) {
    const at = usize(k) << 2;
    const value = load<u32>(signal + at);
    const scaled = value << 10;
    const alpha = u64(k & 1 ? odd : even);
    const before = u64(load<u32>(noise + at));
    const now = u32((u64(scaled) * alpha + before * (16384 - alpha)) >> 14);
    store<u32>(noise + at, now);
    const rest = (scaled - min(now, scaled)) >> 10;
    const floor = u32((u64(value) * u64(least)) >> 14);
    store<u32>(out + at, max(rest, floor));
  }
}

/**
 * The gain of a level of noise: (x / 2^bits + offset)^−strength as the host has tabled it, a parabola for every octave.
 *
 * @param table i16[2 + 3 · 31]: gains of 0 and 1, then y0, a1, a2 for 2 … 32 bits
 */
function gain(x: u32, table: usize): i32 {
  if (x < 2) return i32(load<i16>(table + (usize(x) << 1)));
  const bits = 32 - i32(clz(x));
  const row = table + 4 + usize(6 * (bits - 2));
  const y0 = i32(load<i16>(row));
  if (x === 2) return y0;
  const f = i32(bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 1023;
  const slope = ((i32(load<i16>(row, 4)) * f) >> 5) + (i32(load<i16>(row, 2)) << 5);
  return i32(i16(((slope * f + 0x4000) >> 15) + y0));
}

/** Per-channel gain: the signal times the gain of its noise, squared below 8192 and straight above. @param out u32[n] */
export function gained(
  signal: usize,
  n: i32,
  noise: usize,
  table: usize,
  shift: i32,
  out: usize,
): void {
  for (let k = 0; k < n; ++k) {
    const at = usize(k) << 2;
    const times = i64(gain(load<u32>(noise + at), table));
    const snr = u32((u64(load<u32>(signal + at)) * u64(times)) >> shift);
    store<u32>(out + at, snr < 8192 ? (snr * snr) >> 20 : (snr >> 6) - 64);
  }
}

/**
 * 64 · ln(x · 2^correction), u16; 0 where that product is 0 or 1. The product is of 32 bits and wraps, as there.
 *
 * @param table u16[130]: 65536 · (log2(1 + i / 128) − i / 128), then 0
 */
export function logarithms(
  x: usize,
  n: i32,
  correction: i32,
  table: usize,
  most: i32,
  out: usize,
): void {
  for (const end = out + (usize(n) << 1); out < end; out += 2) {
    const value = load<u32>(x) << correction;
    store<u16>(out, value <= 1 ? 0 : min(logarithm(value, table), u32(most)));
    x += 4;
  }
}

/** x ≥ 2: at most 64 · 32 · ln 2, 1420, in steps of 2^−16 before the last shift: below 2^27 */
function logarithm(x: u32, table: usize): u32 {
  const whole = 31 - i32(clz(x));
  const rest = x - (u32(1) << whole);
  const f = i32(whole < 16 ? rest << (16 - whole) : rest >> (whole - 16));
  const step = f >> 9;
  const at = table + (usize(step) << 1);
  const low = i32(load<u16>(at));
  const between = ((i32(load<u16>(at, 2)) - low) * (f - (step << 9))) >> 16;
  const log2 = (whole << 16) + f + low + between;
  const ln = u32((u64(45426) * u64(log2) + 32768) >> 16);
  return ((ln << 6) + 32768) >> 16;
}

/** What every model of this front end takes, whatever its scale: (256 · v + 333) / 666 − 128, held in int8. */
export function features(logarithms: usize, n: i32, out: usize): void {
  for (const end = out + n; out < end; ++out) {
    const q = (u32(load<u16>(logarithms)) * 256 + 333) / 666;
    store<i8>(out, i32(min(q, 255)) - 128);
    logarithms += 2;
  }
}
