/**
 * From a window of vibration to what the network sees: two spectra of 64 bins, 8 Hz apart.
 *
 *     spectrum   P_k = |FFT(hann · x)|²_k             the shaft and its harmonics, 8 … 512 Hz
 *     envelope   E_k = |FFT(|z|²)|²_k                 how often the housing is struck
 *
 * z is the complex envelope of the band around the housing's resonance (768 … 1784 Hz), cut out of the same spectrum
 * and brought to zero frequency by an inverse FFT of its 128 bins: demodulation as in Randall and Antoni, "Rolling
 * element bearing diagnostics", MSSP 25 (2011). Both become log2 relative to their own mean, so the gain drops out.
 */
import { log } from "../model/elementary.ts";
import { planFft } from "./fft.ts";

export const WINDOW_LENGTH = 512;
export const BINS = 64;
/** int8 values per window: [1, 1, BINS, 2], spectrum and envelope interleaved */
export const FEATURES = BINS * 2;
/** one step of the int8 features is an eighth of an octave of power; real = scale · q */
export const FEATURE_SCALE = 1 / 8;

const BAND_FIRST = 96;
const BAND_BINS = 128;
/** far below any signal: keeps the logarithm of silence finite */
const SILENCE = 1e-30;

const fftWindow = planFft(9);
const fftBand = planFft(7);
const hann = (() => {
  // 0.5 − 0.5·cos, from the FFT's own sines: the transform of a single spectral line
  const re = new Float64Array(WINDOW_LENGTH);
  const im = new Float64Array(WINDOW_LENGTH);
  re[0] = 0.5;
  re[1] = -0.25;
  re[WINDOW_LENGTH - 1] = -0.25;
  fftWindow(re, im);
  return re;
})();

const re = new Float64Array(WINDOW_LENGTH);
const im = new Float64Array(WINDOW_LENGTH);
const bandRe = new Float64Array(BAND_BINS);
const bandIm = new Float64Array(BAND_BINS);

/** The int8 features of one window. Not reentrant, like every synchronous function: the work arrays are shared. */
export function features(window: Float64Array): Int8Array {
  for (let n = 0; n < WINDOW_LENGTH; ++n) {
    re[n] = (window[n] as number) * (hann[n] as number);
    im[n] = 0;
  }
  fftWindow(re, im);

  for (let k = 0; k < BAND_BINS; ++k) {
    // swapped: the inverse transform
    bandRe[k] = im[BAND_FIRST + k] as number;
    bandIm[k] = re[BAND_FIRST + k] as number;
  }
  fftBand(bandRe, bandIm);
  let mean = 0;
  for (let n = 0; n < BAND_BINS; ++n) {
    const energy = squaredMagnitude(bandRe, bandIm, n);
    bandRe[n] = energy;
    bandIm[n] = 0;
    mean += energy / BAND_BINS;
  }
  for (let n = 0; n < BAND_BINS; ++n) bandRe[n] = (bandRe[n] as number) - mean;
  fftBand(bandRe, bandIm);

  const out = new Int8Array(FEATURES);
  quantiseSpectrum(re, im, out, 0);
  quantiseSpectrum(bandRe, bandIm, out, 1);
  return out;
}

/** Not `** 2`: the language leaves the last bits of a power to the engine. */
function squaredMagnitude(re: Float64Array, im: Float64Array, k: number): number {
  const x = re[k] as number;
  const y = im[k] as number;
  return x * x + y * y;
}

/** Bins 1 … 64 as log2 of their power relative to the mean of these logarithms, into every second byte. */
function quantiseSpectrum(re: Float64Array, im: Float64Array, out: Int8Array, channel: 0 | 1) {
  const octaves = new Float64Array(BINS);
  let mean = 0;
  for (let k = 0; k < BINS; ++k) {
    const octave = log(squaredMagnitude(re, im, k + 1) + SILENCE) * Math.LOG2E;
    octaves[k] = octave;
    mean += octave / BINS;
  }
  for (let k = 0; k < BINS; ++k) {
    const q = Math.floor(((octaves[k] as number) - mean) / FEATURE_SCALE + 0.5);
    out[2 * k + channel] = Math.max(-128, Math.min(127, q));
  }
}
