import { describe, expect, test } from "vitest";
import { BINS, FEATURES, features, WINDOW_LENGTH } from "../../../host/demo/features.ts";
import { planFft } from "../../../host/demo/fft.ts";
import { mulberry32, uniform } from "../../../host/model/random.ts";
import { SAMPLE_RATE_HZ } from "../../../host/sensors/vibration.ts";

const tone = (hz: number, amplitude = 1) =>
  Float64Array.from(
    { length: WINDOW_LENGTH },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / SAMPLE_RATE_HZ),
  );
const spectrum = (q: Int8Array) => Array.from({ length: BINS }, (_, k) => q[2 * k] as number);
const envelope = (q: Int8Array) => Array.from({ length: BINS }, (_, k) => q[2 * k + 1] as number);
const top = (values: number[]) => values.indexOf(Math.max(...values));
/** White noise that keeps a pure tone below saturation, as in every real signal. */
const noise = (() => {
  const random = mulberry32(8);
  return Float64Array.from({ length: WINDOW_LENGTH }, () => uniform(random, -0.1, 0.1));
})();
const add = (a: Float64Array, b: Float64Array) => a.map((v, n) => v + (b[n] as number));

describe("fft", () => {
  test.each([0, 1, 2, 5, 9])("2^%i points equal the sum that defines them", (log2Size) => {
    const size = 2 ** log2Size;
    const random = mulberry32(log2Size);
    const x = Float64Array.from({ length: size }, () => uniform(random, -1, 1));
    const y = Float64Array.from({ length: size }, () => uniform(random, -1, 1));
    const [re, im] = [x.slice(), y.slice()];
    planFft(log2Size)(re, im);
    for (let k = 0; k < size; ++k) {
      let [sumRe, sumIm] = [0, 0];
      for (let n = 0; n < size; ++n) {
        const angle = (-2 * Math.PI * ((k * n) % size)) / size;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        sumRe += (x[n] as number) * c - (y[n] as number) * s;
        sumIm += (x[n] as number) * s + (y[n] as number) * c;
      }
      expect(re[k]).toBeCloseTo(sumRe, 11);
      expect(im[k]).toBeCloseTo(sumIm, 11);
    }
  });
});

describe("features", () => {
  test("a tone peaks in its bin of the spectrum", () => {
    for (let k = 1; k <= BINS; k += 7) {
      expect(top(spectrum(features(add(noise, tone(8 * k)))))).toBe(k - 1);
    }
  });

  test("a resonance struck periodically peaks at the rate of its strikes", () => {
    const rateHz = 176; // bin 22
    const struck = Float64Array.from({ length: WINDOW_LENGTH }, (_, n) => {
      const t = (n / SAMPLE_RATE_HZ) % (1 / rateHz);
      return Math.exp(-600 * t) * Math.sin(2 * Math.PI * 1280 * t);
    });
    const bins = envelope(features(add(add(struck, tone(50)), noise)));
    expect(top(bins.slice(5)) + 5).toBe(21); // below bin 5 stands the window itself
  });

  test("the gain drops out, up to rounding", () => {
    const x = add(tone(50), noise);
    const plain = features(x);
    for (const gain of [1 / 1000, 0.3, 3, 1000]) {
      const scaled = features(x.map((v) => gain * v));
      expect(scaled.every((q, k) => Math.abs(q - (plain[k] as number)) <= 1)).toBe(true);
    }
  });

  test("silence is all zeros; huge and tiny signals saturate, and nothing is NaN", () => {
    expect(features(new Float64Array(WINDOW_LENGTH))).toEqual(new Int8Array(FEATURES));
    expect(Math.max(...spectrum(features(tone(8 * BINS, 1e100))))).toBe(127);
    expect(features(tone(48, 1e-100))).toEqual(new Int8Array(FEATURES));
  });
});
