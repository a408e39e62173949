import { bank, features, gained, lessNoise, logarithms, roots } from "./micro-bank";
import { arranged, energies, split, stages } from "./micro-fft";
import { headroom, headroomTflm, windowed16 } from "./micro-window";
import { push } from "./ring";

/** Words of `sizes`, in this order. */
const WINDOW: usize = 0;
const STEP: usize = 4;
const ROWS: usize = 8;
const FIRST: usize = 12;
const LINES: usize = 16;
const CHANNELS: usize = 20;
const EVEN: usize = 24;
const ODD: usize = 28;
const LEAST: usize = 32;
const GAIN_SHIFT: usize = 36;
const CORRECTION: usize = 40;
const MOST: usize = 44;
const TFLM: usize = 48;

/** Where things lie in the work memory: the spectrum; the window and, over it, energies; sums and numbers of channels. */
const LINES_AT: usize = 1024;
const WINDOW_AT: usize = 2056;
const SUMS_AT: usize = 3080;

/**
 * TensorFlow's audio front end: of the samples that are kept, a row of features for every frame of this hop, pushed behind the
 * rows that the network reads. Nothing at all, not even an estimate of noise, before the first frame is whole.
 *
 * @param samples  i16: the first frame of the hop stands at its start, each next one `step` further
 * @param sizes    i32[13]
 * @param window   i16[window], the window in Q4.12
 * @param twiddles complex[192]
 * @param turns    complex[128]
 * @param weights  u16[lines, 2]
 * @param lengths  u8[channels + 1]
 * @param gains    i16[95]
 * @param logs     u16[130]
 * @param noise    u32[channels], kept
 * @param rows     i8[length], what the network reads
 * @param waiting  i32: hops before the first whole frame
 * @param work     3080 bytes and 8 more for each channel, three times
 */
export function frames(
  samples: usize,
  sizes: usize,
  window: usize,
  twiddles: usize,
  turns: usize,
  weights: usize,
  lengths: usize,
  gains: usize,
  logs: usize,
  noise: usize,
  rows: usize,
  length: i32,
  waiting: usize,
  work: usize,
): void {
  const left = load<i32>(waiting);
  if (left > 0) {
    store<i32>(waiting, left - 1);
    return;
  }
  const n = load<i32>(sizes + WINDOW);
  const channels = load<i32>(sizes + CHANNELS);
  const lines = load<i32>(sizes + LINES);
  const spectrum = work + LINES_AT;
  const y = work + WINDOW_AT;
  const sums = work + SUMS_AT;
  const signal = sums + (usize(channels) << 3);
  const better = signal + (usize(channels) << 2);
  for (let row = load<i32>(sizes + ROWS); row > 0; --row) {
    windowed16(samples, window, n, y);
    const shift = load<i32>(sizes + TFLM) ? headroomTflm(y, n) : headroom(y, n);
    arranged(y, n, shift, work);
    stages(work, twiddles);
    split(work, turns, spectrum);
    energies(spectrum + (usize(load<i32>(sizes + FIRST)) << 2), lines, y);
    bank(y, weights, lengths, channels, sums);
    roots(sums, channels, shift, signal);
    const even = load<i32>(sizes + EVEN);
    const odd = load<i32>(sizes + ODD);
    lessNoise(signal, channels, noise, even, odd, load<i32>(sizes + LEAST), better);
    gained(better, channels, noise, gains, load<i32>(sizes + GAIN_SHIFT), signal);
    const correction = load<i32>(sizes + CORRECTION);
    logarithms(signal, channels, correction, logs, load<i32>(sizes + MOST), better);
    features(better, channels, y);
    push(y, channels, rows, length, waiting);
    samples += usize(load<i32>(sizes + STEP)) << 1;
  }
}
