/** Samples as they arrive, i16: one channel of them, fewer of them, how strong they are, and the last of them kept. */

/** i16[n, channels] → i16[n]: the samples of one channel. */
export function channel(from: usize, channels: i32, index: i32, n: i32, to: usize): void {
  from += usize(index) << 1;
  const step = usize(channels) << 1;
  for (const end = to + (usize(n) << 1); to < end; to += 2) {
    store<i16>(to, load<i16>(from));
    from += step;
  }
}

/**
 * i16[n · factor] → i16[n]: the mean of every `factor` samples, rounded half up. A mean is within the range of what it is
 * made of; it damps what lies above the new band, as much as a mean does.
 *
 * @param factor 1 … 65536: the sum stays within 2^31
 */
export function decimate(from: usize, n: i32, factor: i32, to: usize): void {
  for (const end = to + (usize(n) << 1); to < end; to += 2) {
    let sum = factor >> 1;
    for (const last = from + (usize(factor) << 1); from < last; from += 2) sum += load<i16>(from);
    // half up: the quotient of wasm goes towards zero
    let mean = sum / factor;
    if (sum < 0 && mean * factor !== sum) mean -= 1;
    store<i16>(to, mean);
  }
}

/**
 * i16[n] → i16[n]: e ← e + (|x| − e) · 2^−shift, an exponential mean of the magnitude; may work in place.
 *
 * @param state i32, e in Q16.16 · 2^−1: 0 … 2^15 − 1 in Q16, hence below 2^31
 * @param shift 1 … 15
 */
export function envelope(from: usize, n: i32, shift: i32, state: usize, to: usize): void {
  let level = load<i32>(state);
  for (const end = from + (usize(n) << 1); from < end; from += 2) {
    const x = i32(load<i16>(from));
    const magnitude = min(x < 0 ? -x : x, 32767);
    // both below 2^31, so their difference fits
    level += ((magnitude << 16) - level) >> shift;
    store<i16>(to, level >> 16);
    to += 2;
  }
  store<i32>(state, level);
}

/**
 * Keeps the last samples: i16 history[length] moves down by n, and the n new ones follow.
 *
 * @param history a multiple of four; the bytes up to the next multiple of four are its own
 * @param n       1 … length
 */
export function keep(from: usize, n: i32, history: usize, length: i32): void {
  const moved = usize(n) << 1;
  let to = history;
  const rest = history + (usize(length - n) << 1);
  if (n & 1) {
    for (; to < rest; to += 2) store<i16>(to, load<i16>(to + moved));
  } else {
    for (; to < rest; to += 4) store<i32>(to, load<i32>(to + moved));
  }
  to = rest;
  for (const end = rest + moved; to < end; to += 2) {
    store<i16>(to, load<i16>(from));
    from += 2;
  }
}
