/**
 * Kiss FFT in 16 bits (mborgerding/kissfft v1.3.0, FIXED_POINT=16): the transform of 512 real values as one of 256 complex
 * ones, in four stages of radix 4, every value divided before each. What rounds there rounds here, and what wraps wraps.
 *
 * A complex value is two i16, real and imaginary.
 */

/** (x + 2^14) >> 15 in 16 bits */
function q15(x: i32): i32 {
  return i32(i16((x + 0x4000) >> 15));
}

/** Digits of base 4 of k, 0 … 255, backwards. */
function reversed(k: i32): i32 {
  return ((k & 3) << 6) | ((k & 12) << 2) | ((k >> 2) & 12) | (k >> 6);
}

/**
 * The window, moved left by `shift`, in the order in which the stages take it; zeros behind its end.
 *
 * @param y i16[n], n even
 * @param z complex[256]
 */
export function arranged(y: usize, n: i32, shift: i32, z: usize): void {
  for (let k = 0; k < 256; ++k) {
    const to = z + (usize(reversed(k)) << 2);
    const from = y + (usize(k) << 2);
    const inside = 2 * k < n;
    store<i16>(to, inside ? i32(load<i16>(from)) << shift : 0);
    store<i16>(to, inside ? i32(load<i16>(from, 2)) << shift : 0, 2);
  }
}

/**
 * Four stages over the arranged values, in place.
 *
 * @param twiddles complex[192]: (⌊½ + 32767 · cos φ⌋, ⌊½ + 32767 · sin φ⌋) of φ = −2π · i / 256
 */
export function stages(z: usize, twiddles: usize): void {
  for (let m = 1, stride = 64; m < 256; m <<= 2, stride >>= 2) {
    const quarter = usize(m) << 2;
    for (let j = 0; j < m; ++j) {
      const turn = usize(j * stride) << 2;
      const br = i32(load<i16>(twiddles + turn));
      const bi = i32(load<i16>(twiddles + turn, 2));
      const cr = i32(load<i16>(twiddles + 2 * turn));
      const ci = i32(load<i16>(twiddles + 2 * turn, 2));
      const dr = i32(load<i16>(twiddles + 3 * turn));
      const di = i32(load<i16>(twiddles + 3 * turn, 2));
      for (let k = j; k < 256; k += m << 2) {
        const p0 = z + (usize(k) << 2);
        const p1 = p0 + quarter;
        const p2 = p1 + quarter;
        const p3 = p2 + quarter;
        const ar = divided(p0);
        const ai = divided(p0 + 2);
        let xr = divided(p1);
        let xi = divided(p1 + 2);
        const b1 = q15(xr * br - xi * bi);
        const b2 = q15(xr * bi + xi * br);
        xr = divided(p2);
        xi = divided(p2 + 2);
        const c1 = q15(xr * cr - xi * ci);
        const c2 = q15(xr * ci + xi * cr);
        xr = divided(p3);
        xi = divided(p3 + 2);
        const d1 = q15(xr * dr - xi * di);
        const d2 = q15(xr * di + xi * dr);
        const sumR = ar + c1;
        const sumI = ai + c2;
        const restR = ar - c1;
        const restI = ai - c2;
        const evenR = b1 + d1;
        const evenI = b2 + d2;
        const oddR = b1 - d1;
        const oddI = b2 - d2;
        store<i16>(p0, sumR + evenR);
        store<i16>(p0, sumI + evenI, 2);
        store<i16>(p1, restR + oddI);
        store<i16>(p1, restI - oddR, 2);
        store<i16>(p2, sumR - evenR);
        store<i16>(p2, sumI - evenI, 2);
        store<i16>(p3, restR - oddI);
        store<i16>(p3, restI + oddR, 2);
      }
    }
  }
}

/** A quarter, rounded: 8191 stands for it. */
function divided(at: usize): i32 {
  return q15(i32(load<i16>(at)) * 8191);
}

/**
 * From the transform of the pairs to that of the 512 values.
 *
 * @param z     complex[256]
 * @param turns complex[128]: as above, of φ = −π · ((i + 1) / 256 + ½)
 * @param out   complex[257]
 */
export function split(z: usize, turns: usize, out: usize): void {
  const first = halved(z);
  const second = halved(z + 2);
  store<i16>(out, first + second);
  store<i16>(out, 0, 2);
  store<i16>(out + 1024, first - second);
  store<i16>(out + 1024, 0, 2);
  for (let k = 1; k <= 128; ++k) {
    const here = z + (usize(k) << 2);
    const there = z + (usize(256 - k) << 2);
    const ar = halved(here);
    const ai = halved(here + 2);
    const br = halved(there);
    const bi = q15(i32(i16(-i32(load<i16>(there, 2)))) * 16383);
    const sumR = i32(i16(ar + br));
    const sumI = i32(i16(ai + bi));
    const restR = i32(i16(ar - br));
    const restI = i32(i16(ai - bi));
    const turn = turns + (usize(k - 1) << 2);
    const tr = i32(load<i16>(turn));
    const ti = i32(load<i16>(turn, 2));
    const gr = q15(restR * tr - restI * ti);
    const gi = q15(restR * ti + restI * tr);
    const low = out + (usize(k) << 2);
    const high = out + (usize(256 - k) << 2);
    store<i16>(low, (sumR + gr) >> 1);
    store<i16>(low, (sumI + gi) >> 1, 2);
    // in the middle both are the same place: this one stays
    store<i16>(high, (sumR - gr) >> 1);
    store<i16>(high, (gi - sumI) >> 1, 2);
  }
}

function halved(at: usize): i32 {
  return q15(i32(load<i16>(at)) * 16383);
}

/** |X|² of n lines, u32: at most 2^31. */
export function energies(lines: usize, n: i32, out: usize): void {
  for (const end = out + (usize(n) << 2); out < end; out += 4) {
    const re = i32(load<i16>(lines));
    const im = i32(load<i16>(lines, 2));
    store<u32>(out, u32(re * re) + u32(im * im));
    lines += 4;
  }
}
