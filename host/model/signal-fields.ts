/** The fields of a front end and of each of its nodes: what they may hold, and what stands where they are left out. */
import type { SignalKind } from "./signal-graph.ts";

export type Field =
  | { readonly type: "number"; readonly byDefault?: number | null }
  | { readonly type: "text"; readonly byDefault?: string }
  | { readonly type: readonly string[]; readonly byDefault?: string };

export type SignalFields = Readonly<Record<string, Field>>;

const number: Field = { type: "number" };
const orElse = (byDefault: number | null): Field => ({ type: "number", byDefault });
const UNIT: Field = { type: ["dB", "ln", "log2"] };

export const FRONT_FIELDS: SignalFields = {
  ...{ sampleRateHz: number, unit: { type: "text", byDefault: "" }, scale: number },
  ...{ channels: orElse(1), hop: number, start: orElse(null) },
  rounding: { type: ["nearest", "truncate"], byDefault: "nearest" },
};

export const SIGNAL_FIELDS: Readonly<Record<SignalKind, SignalFields>> = {
  Channel: { index: number },
  Decimate: { factor: number },
  Envelope: { shift: number },
  Preemphasis: { coefficient: number },
  Window: { shape: { type: ["hamming", "hann", "none"] }, length: number },
  Spectrum: { size: number, divisor: orElse(1) },
  Demodulate: { first: number, lines: number },
  MelLog: { bands: number, lowHz: number, highHz: number, unit: UNIT, floor: orElse(1e-30) },
  Log: { first: number, lines: number, unit: UNIT, floor: orElse(1e-30) },
  Dct: { coefficients: number },
  Normalise: {
    mean: { type: ["none", "row", "time"], byDefault: "none" },
    ...{ shift: orElse(4), offset: orElse(0), factor: orElse(1) },
    ...{ low: orElse(-1e9), high: orElse(1e9) },
  },
  MicroWindow: {
    ...{ length: orElse(480), step: orElse(160) },
    arithmetic: { type: ["microfrontend", "tflm"], byDefault: "microfrontend" },
  },
  MicroSpectrum: { size: orElse(512) },
  MicroBank: { bands: orElse(40), lowHz: orElse(125), highHz: orElse(7500) },
  NoiseReduction: { even: orElse(0.025), odd: orElse(0.06), least: orElse(0.05) },
  GainControl: { strength: orElse(0.95), offset: orElse(80), gainBits: orElse(21) },
  MicroLog: {},
  Encode: {
    code: { type: ["rate", "crossing", "delta"] },
    ...{ scale: number, threshold: orElse(0), gain: orElse(0) },
    memory: { type: ["kept", "cleared"], byDefault: "kept" },
  },
};
