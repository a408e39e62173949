/**
 * The front end of MLPerf Tiny's streaming wake word: stereo sound of 16 kHz, the left channel, 40 mel bands every 32 ms
 * as decibels, of which −52 to 12 become 0 to 1. The board of the reference starts with zeros and cuts fractions off.
 */
import type { Front } from "../../model/signal-graph.ts";

export const sww: Front = {
  name: "sww",
  sampleRateHz: 16_000,
  unit: "",
  scale: 2 ** -15,
  channels: 2,
  hop: 512,
  start: 0,
  rounding: "truncate",
  nodes: [
    { kind: "Channel", index: 0 },
    { kind: "Preemphasis", coefficient: 0.96875 },
    { kind: "Window", shape: "hamming", length: 1024 },
    { kind: "Spectrum", size: 1024, divisor: 1024 },
    { kind: "MelLog", bands: 40, lowHz: 0, highHz: 8000, unit: "dB", floor: 1e-30 },
    { kind: "Normalise", mean: "none", shift: 4, offset: 52, factor: 1 / 64, low: 0, high: 1 },
  ],
};
