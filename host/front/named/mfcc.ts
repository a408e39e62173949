/** Mel cepstra of sound, as speech recognition has them since Davis and Mermelstein (1980): of powers, with a Hann window. */
import type { Front } from "../../model/signal-graph.ts";

export const MFCC = {
  ...{ rate: 16_000, window: 480, hop: 320, size: 512, bands: 40, low: 20, high: 4000 },
  ...{ coefficients: 10, channels: 1 },
} as const;

export const mfcc = (
  name: string,
  given: { readonly [K in keyof typeof MFCC]: number },
): Front => ({
  name,
  sampleRateHz: given.rate,
  unit: "",
  scale: 2 ** -15,
  channels: given.channels,
  hop: given.hop,
  start: null,
  rounding: "nearest",
  nodes: [
    ...(given.channels > 1 ? [{ kind: "Channel", index: 0 } as const] : []),
    { kind: "Window", shape: "hann", length: given.window },
    { kind: "Spectrum", size: given.size, divisor: 1 },
    {
      kind: "MelLog",
      bands: given.bands,
      lowHz: given.low,
      highHz: given.high,
      unit: "ln",
      floor: 1e-12,
    },
    { kind: "Dct", coefficients: given.coefficients },
  ],
});
