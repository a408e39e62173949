/** Complex FFT, radix 2, in place, in float64 with own sines: the same bits on every machine. */
import { cosSinTurns } from "../model/elementary.ts";

export type Fft = (re: Float64Array, im: Float64Array) => void;

/** Plans the transform X_k = Σ_n x_n · e^{−2πi·kn/N}, N = 2^log2Size. The inverse is the same with re and im swapped. */
export function planFft(log2Size: number): Fft {
  const size = 1 << log2Size;
  const cos = new Float64Array(size / 2);
  const sin = new Float64Array(size / 2);
  for (let k = 0; k < size / 2; ++k) [cos[k], sin[k]] = cosSinTurns(-k / size);
  const reversed = Uint32Array.from({ length: size }, (_, k) => {
    let r = 0;
    for (let bit = 0; bit < log2Size; ++bit) r = (r << 1) | ((k >> bit) & 1);
    return r;
  });

  return (re, im) => {
    for (let k = 0; k < size; ++k) {
      const r = reversed[k] as number;
      if (r <= k) continue;
      const [x, y] = [re[k] as number, im[k] as number];
      re[k] = re[r] as number;
      im[k] = im[r] as number;
      re[r] = x;
      im[r] = y;
    }
    for (let half = 1; half < size; half <<= 1) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; ++k) {
          const c = cos[k * stride] as number;
          const s = sin[k * stride] as number;
          const a = start + k;
          const b = a + half;
          const x = (re[b] as number) * c - (im[b] as number) * s;
          const y = (re[b] as number) * s + (im[b] as number) * c;
          re[b] = (re[a] as number) - x;
          im[b] = (im[a] as number) - y;
          re[a] = (re[a] as number) + x;
          im[a] = (im[a] as number) + y;
        }
      }
    }
  };
}
