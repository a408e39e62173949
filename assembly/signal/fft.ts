/**
 * The spectrum of size = 64 … 1024 real numbers, in place, as a complex transform of half the length and a split:
 *
 *     Z_k = Σ_n z_n · e^−2πi·kn/M,  z_n = x_2n + i · x_2n+1,  M = size / 2
 *     X_k = (Z_k + Z*_M−k) / 2 − i/2 · e^−2πi·k/size · (Z_k − Z*_M−k),  0 ≤ k ≤ M
 *
 * Decimation in time, two levels at once. Before each pass the numbers are shifted to less than 2^28 where they are not
 * already, all by the same shift, rounded half up: a sum of four rotated numbers is below 4 · √2 · 2^28 and fits. Products
 * with the sines, Q2.30 and at most 2^30, are sums of two below 2^61.
 */

/** Bits that a pass leaves room for. */
const BITS = 28;
const HALF: i64 = 1 << 29;

/**
 * i32[size] → complex i32[size / 2 + 1], twice the spectrum: value · 2^(exponent + 1) before, · 2^exponent after.
 *
 * @param log2     of size, 6 … 10
 * @param sines    i32[3 · turn / 4], sin(2π·k / turn) in Q2.30
 * @param turn     a power of two, at least size
 * @param exponent i32, of the block
 */
export function realFft(x: usize, log2: i32, sines: usize, turn: i32, exponent: usize): void {
  const any = complexFft(x, log2 - 1, sines, turn, exponent);
  const shift = excess(any);
  split(x, x + (usize(4) << log2), sines, usize(4 * (turn >> log2)), usize(turn), shift);
  store<i32>(exponent, load<i32>(exponent) + shift - 1);
}

/**
 * Complex i32[2^log2] in place, Z_k = Σ_n z_n · e^−2πi·kn/M: value · 2^exponent before and after.
 *
 * @param log2 5 … 9
 * @param turn at least twice 2^log2
 * @returns the bits of all results, for their largest
 */
export function complexFft(x: usize, log2: i32, sines: usize, turn: i32, exponent: usize): i32 {
  const half = 1 << log2;
  const quarter = usize(turn); // bytes from a sine to its cosine: a quarter of the entries, four bytes each
  const end = x + (usize(half) << 3);
  let any = reverse(x, half);
  let scale = load<i32>(exponent);
  let h = 1;
  if (log2 & 1) {
    const shift = excess(any);
    scale += shift;
    any = pairs(x, end, shift);
    h = 2;
  }
  for (; h < half; h <<= 2) {
    const shift = excess(any);
    scale += shift;
    // from one sine to the next: turn / 4h entries
    any = quads(x, end, usize(h) << 3, quarter / h, sines, quarter, shift);
  }
  store<i32>(exponent, scale);
  return any;
}

function excess(any: i32): i32 {
  return max(0, 32 - BITS - clz(any));
}

/** Elements change places with those of the reversed index. @returns the bits of all of them */
function reverse(x: usize, half: i32): i32 {
  let any = 0;
  let r = 0;
  for (let k = 0; k < half; ++k) {
    const at = x + (usize(k) << 3);
    if (k < r) {
      const other = x + (usize(r) << 3);
      const there = load<i64>(other);
      store<i64>(other, load<i64>(at));
      store<i64>(at, there);
    }
    const re = load<i32>(at);
    const im = load<i32>(at, 4);
    any |= (re ^ (re >> 31)) | (im ^ (im >> 31));
    // add one at the top and carry downwards
    let bit = half >> 1;
    while (r & bit) {
      r ^= bit;
      bit >>= 1;
    }
    r |= bit;
  }
  return any;
}

function rotatedRe(re: i32, im: i32, c: i64, s: i64): i32 {
  return i32((i64(re) * c + i64(im) * s + HALF) >> 30);
}

function rotatedIm(re: i32, im: i32, c: i64, s: i64): i32 {
  return i32((i64(im) * c - i64(re) * s + HALF) >> 30);
}

/** Transforms of two: neighbours. */
function pairs(x: usize, end: usize, shift: i32): i32 {
  const round = (1 << shift) >> 1;
  let any = 0;
  for (; x < end; x += 16) {
    const ar = (load<i32>(x) + round) >> shift;
    const ai = (load<i32>(x, 4) + round) >> shift;
    const br = (load<i32>(x, 8) + round) >> shift;
    const bi = (load<i32>(x, 12) + round) >> shift;
    any |= put(x, ar + br, ai + bi);
    any |= put(x + 8, ar - br, ai - bi);
  }
  return any;
}

function put(at: usize, re: i32, im: i32): i32 {
  store<i32>(at, re);
  store<i32>(at, im, 4);
  return (re ^ (re >> 31)) | (im ^ (im >> 31));
}

/**
 * From transforms of h to transforms of 4h, over those of 2h.
 *
 * @param apart bytes between the four elements of a butterfly, 8h
 * @param step  bytes from the sine of one rotation by e^−2πi·k/4h to the next
 */
function quads(
  x: usize,
  end: usize,
  apart: usize,
  step: usize,
  sines: usize,
  quarter: usize,
  shift: i32,
): i32 {
  const round = (1 << shift) >> 1;
  let any = 0;
  let once = sines;
  let twice = sines;
  for (const last = x + apart; x < last; x += 8) {
    const s1 = i64(load<i32>(once));
    const c1 = i64(load<i32>(once + quarter));
    const s2 = i64(load<i32>(twice));
    const c2 = i64(load<i32>(twice + quarter));
    once += step;
    twice += step << 1;
    for (let a = x; a < end; a += apart << 2) {
      const b = a + apart;
      const c = b + apart;
      const d = c + apart;
      let re = (load<i32>(b) + round) >> shift;
      let im = (load<i32>(b, 4) + round) >> shift;
      const br = rotatedRe(re, im, c2, s2);
      const bi = rotatedIm(re, im, c2, s2);
      re = (load<i32>(d) + round) >> shift;
      im = (load<i32>(d, 4) + round) >> shift;
      const dr = rotatedRe(re, im, c2, s2);
      const di = rotatedIm(re, im, c2, s2);
      const cr = (load<i32>(c) + round) >> shift;
      const ci = (load<i32>(c, 4) + round) >> shift;
      const ar = (load<i32>(a) + round) >> shift;
      const ai = (load<i32>(a, 4) + round) >> shift;
      const er = rotatedRe(cr + dr, ci + di, c1, s1);
      const ei = rotatedIm(cr + dr, ci + di, c1, s1);
      const fr = rotatedRe(cr - dr, ci - di, c1, s1);
      const fi = rotatedIm(cr - dr, ci - di, c1, s1);
      any |= put(a, ar + br + er, ai + bi + ei);
      any |= put(c, ar + br - er, ai + bi - ei);
      // a quarter turn further: times −i
      any |= put(b, ar - br + fi, ai - bi - fr);
      any |= put(d, ar - br - fi, ai - bi + fr);
    }
  }
  return any;
}

/** From Z to 2X: bins k and M − k from each other. */
function split(x: usize, end: usize, sines: usize, step: usize, quarter: usize, shift: i32): void {
  const round = (1 << shift) >> 1;
  const re = (load<i32>(x) + round) >> shift;
  const im = (load<i32>(x, 4) + round) >> shift;
  put(x, (re + im) << 1, 0);
  put(end, (re - im) << 1, 0);
  for (let a = x + 8, b = end - 8; a <= b; a += 8, b -= 8) {
    const ar = (load<i32>(a) + round) >> shift;
    const ai = (load<i32>(a, 4) + round) >> shift;
    const br = (load<i32>(b) + round) >> shift;
    const bi = (load<i32>(b, 4) + round) >> shift;
    sines += step;
    const s = i64(load<i32>(sines));
    const c = i64(load<i32>(sines + quarter));
    const or = rotatedRe(ai + bi, br - ar, c, s);
    const oi = rotatedIm(ai + bi, br - ar, c, s);
    put(a, ar + br + or, ai - bi + oi);
    put(b, ar + br - or, oi - ai + bi);
  }
}
