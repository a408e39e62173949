/** Signal processing in float64 with the language's own functions: what the fixed-point kernels are measured against. */

/** Power of bins 0 … size / 2 of the discrete Fourier transform, decimation in time. `x.length` is a power of two. */
export function powerSpectrum(x: ArrayLike<number>): Float64Array {
  const { re, im } = transform(x, new Float64Array(x.length));
  return Float64Array.from({ length: x.length / 2 + 1 }, (_, k) => {
    return (re[k] as number) ** 2 + (im[k] as number) ** 2;
  });
}

export type Complex = { readonly re: Float64Array; readonly im: Float64Array };

export function transform(re: ArrayLike<number>, im: ArrayLike<number>): Complex {
  const n = re.length;
  if (n === 1) return { re: Float64Array.from(re), im: Float64Array.from(im) };
  const half = n / 2;
  const every = (x: ArrayLike<number>, from: number) =>
    Float64Array.from({ length: half }, (_, k) => x[2 * k + from] as number);
  const even = transform(every(re, 0), every(im, 0));
  const odd = transform(every(re, 1), every(im, 1));
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < half; k++) {
    const angle = (-2 * Math.PI * k) / n;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = [odd.re[k] as number, odd.im[k] as number];
    const [er, ei] = [even.re[k] as number, even.im[k] as number];
    out.re[k] = er + a * c - b * s;
    out.im[k] = ei + a * s + b * c;
    out.re[k + half] = er - a * c + b * s;
    out.im[k + half] = ei - a * s - b * c;
  }
  return out;
}

/** Periodic windows of length n. */
export const WINDOWS = {
  hamming: (k: number, n: number) => 0.54 - 0.46 * Math.cos((2 * Math.PI * k) / n),
  hann: (k: number, n: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / n),
  none: () => 1,
} as const;

/** The largest difference in decibels over all cells at most `range` dB below the loudest. */
export function worstDecibels(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  range = 80,
): number {
  const loudest = Math.max(...Array.from(wanted));
  let worst = 0;
  for (let k = 0; k < wanted.length; k++) {
    const right = wanted[k] as number;
    if (right <= 0 || right < loudest * 10 ** (-range / 10)) continue;
    worst = Math.max(worst, Math.abs(10 * Math.log10((got[k] as number) / right)));
  }
  return worst;
}

/** Tables as the compiler makes them, from the language's own sine: within a unit in the last place of these. */
export const sines = (size: number): Int32Array =>
  Int32Array.from({ length: (3 * size) / 4 }, (_, k) =>
    Math.round(Math.sin((2 * Math.PI * k) / size) * 2 ** 30),
  );

export const windowTable = (kind: keyof typeof WINDOWS, length: number): Int32Array =>
  Int32Array.from({ length: (length >> 1) + 1 }, (_, k) =>
    Math.round(WINDOWS[kind](k, length) * 2 ** 30),
  );

export const log2Table = (): Int32Array =>
  Int32Array.from({ length: 129 }, (_, i) => Math.round(Math.log2(1 + i / 128) * 2 ** 24));

/** HTK's mel scale, triangles between equal steps of mel: row-major [bands, bins] as TensorFlow's matrix, transposed. */
export function melMatrix(
  bands: number,
  size: number,
  rate: number,
  low: number,
  high: number,
): Float64Array[] {
  const mel = (f: number) => 1127 * Math.log(1 + f / 700);
  const edge = (k: number) => mel(low) + ((mel(high) - mel(low)) * k) / (bands + 1);
  return Array.from({ length: bands }, (_, b) =>
    Float64Array.from({ length: size / 2 + 1 }, (_, k) => {
      if (k === 0) return 0;
      const m = mel((k * rate) / size);
      const rising = (m - edge(b)) / (edge(b + 1) - edge(b));
      const falling = (edge(b + 2) - m) / (edge(b + 2) - edge(b + 1));
      return Math.max(0, Math.min(rising, falling));
    }),
  );
}

/** i16 samples that are hard on a transform, by name. */
export function extremes(length: number): Readonly<Record<string, Int16Array>> {
  const make = (at: (k: number) => number) => Int16Array.from({ length }, (_, k) => at(k));
  return {
    silence: make(() => 0),
    "the smallest above": make(() => 1),
    "the smallest below": make(() => -1),
    "DC, highest": make(() => 32767),
    "DC, lowest": make(() => -32768),
    "full scale at half the rate": make((k) => (k & 1 ? 32767 : -32768)),
    "full scale at a quarter of the rate": make((k) => (k & 2 ? 32767 : -32768)),
    "full scale at an eighth of the rate": make((k) => (k & 4 ? 32767 : -32768)),
    "sine on a bin": make((k) => Math.round(32767 * Math.sin((2 * Math.PI * 5 * k) / length))),
    "sine between bins": make((k) =>
      Math.round(32767 * Math.sin((2 * Math.PI * 5.5 * k) / length)),
    ),
    "faint sine": make((k) => Math.round(3 * Math.sin((2 * Math.PI * 7.3 * k) / length))),
    "impulse at the start": make((k) => (k === 0 ? 32767 : 0)),
    "impulse after it": make((k) => (k === 1 ? -32768 : 0)),
    "impulse in the middle": make((k) => (k === length >> 1 ? 32767 : 0)),
    "impulse at the end": make((k) => (k === length - 1 ? -32768 : 0)),
    "faint impulse": make((k) => (k === length - 3 ? 1 : 0)),
    "two impulses": make((k) => (k === 3 || k === length >> 1 ? 32767 : 0)),
    step: make((k) => (k < length >> 1 ? -32768 : 32767)),
    ramp: make((k) => Math.round(-32768 + (65535 * k) / (length - 1))),
  };
}
