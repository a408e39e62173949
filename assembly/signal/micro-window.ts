/**
 * Windows of TensorFlow's audio front end in 16 bits, as microWakeWord trains with it (tensorflow/tflite-micro,
 * lite/experimental/microfrontend/lib/window_util.c and fft_util.cc), and as TFLite Micro's own operators differ
 * (signal/src/window.cc, max_abs.cc).
 */

/** y[n] = (x[n] · w[n]) >> 12, i16: w is at most 4096, so that nothing leaves 16 bits. */
export function windowed16(x: usize, weights: usize, n: i32, y: usize): void {
  for (const end = y + (usize(n) << 1); y < end; y += 2) {
    store<i16>(y, (i32(load<i16>(x)) * i32(load<i16>(weights))) >> 12);
    x += 2;
    weights += 2;
  }
}

/**
 * How far the window may be moved left: 15 less the bits of its largest magnitude, 15 where all is silent. −32768 is its
 * own negative in 16 bits, and counts as nothing.
 */
export function headroom(y: usize, n: i32): i32 {
  let any = 0;
  for (const end = y + (usize(n) << 1); y < end; y += 2) {
    const value = i32(load<i16>(y));
    const magnitude = value < 0 ? -value : value;
    // the bits of the largest are the bits of all
    if (magnitude !== 32768) any |= magnitude;
  }
  return 15 - (32 - clz(any));
}

/**
 * The same by TFLite Micro's operators: −32768 becomes the largest so far, as −32768, after which any value is larger; where
 * the largest is 0 or negative at the end, nothing is moved.
 */
export function headroomTflm(y: usize, n: i32): i32 {
  let largest = 0;
  for (const end = y + (usize(n) << 1); y < end; y += 2) {
    const value = i32(load<i16>(y));
    if (value > largest) largest = value;
    else if (-value > largest) largest = i32(i16(-value));
  }
  return largest > 0 ? 15 - (32 - clz(largest)) : 0;
}
