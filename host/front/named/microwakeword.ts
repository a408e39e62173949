/**
 * TensorFlow's audio front end as microWakeWord trains with it, and ESPHome feeds its models: 40 features of 30 ms of sound
 * every 10 ms, three of them a step. `step=20` and `rows=1` are what its first models and TFLite Micro's micro_speech take,
 * the latter with `variant=tflm`.
 */
import type { Front } from "../../model/signal-graph.ts";

export const MICRO = { step: 10, rows: 3, channels: 1 } as const;
export const VARIANTS = ["microfrontend", "tflm"] as const;

export type Variant = (typeof VARIANTS)[number];

const RATE_KHZ = 16;

export const microwakeword = (
  name: string,
  { step, rows, channels }: { readonly [K in keyof typeof MICRO]: number },
  arithmetic: Variant,
): Front => ({
  name,
  sampleRateHz: 1000 * RATE_KHZ,
  unit: "",
  scale: 2 ** -15,
  channels,
  hop: rows * step * RATE_KHZ,
  start: -128,
  rounding: "nearest",
  nodes: [
    ...(channels > 1 ? [{ kind: "Channel", index: 0 } as const] : []),
    { kind: "MicroWindow", length: 30 * RATE_KHZ, step: step * RATE_KHZ, arithmetic },
    { kind: "MicroSpectrum", size: 512 },
    { kind: "MicroBank", bands: 40, lowHz: 125, highHz: 7500 },
    { kind: "NoiseReduction", even: 0.025, odd: 0.06, least: 0.05 },
    { kind: "GainControl", strength: 0.95, offset: 80, gainBits: 21 },
    { kind: "MicroLog" },
  ],
});
