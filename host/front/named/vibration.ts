/**
 * What the demonstration's networks see of an accelerometer: the power of the shaft's lines, 8 … 512 Hz, beside that of the
 * envelope around the housing's resonance, 768 … 1784 Hz, in octaves over their own means, so that the gain drops out.
 * host/demo/features.ts is the same in float64.
 */
import type { Front } from "../../model/signal-graph.ts";

export const vibration: Front = {
  name: "vibration",
  sampleRateHz: 4096,
  unit: "m/s²",
  // ± 32 m/s²
  scale: 2 ** -10,
  channels: 1,
  hop: 512,
  start: null,
  rounding: "nearest",
  nodes: [
    { kind: "Window", shape: "hann", length: 512 },
    { kind: "Spectrum", size: 512, divisor: 1 },
    { kind: "Demodulate", first: 96, lines: 128 },
    { kind: "Log", first: 1, lines: 64, unit: "log2", floor: 1e-30 },
    {
      ...{ kind: "Normalise", mean: "row", shift: 4, offset: 0, factor: 1 },
      ...{ low: -1e9, high: 1e9 },
    },
  ],
};
