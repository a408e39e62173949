/**
 * Between numbers and spikes: how a window of vibration becomes input spikes, and output spikes a decision.
 *
 * A feature fires at 8 Hz for each octave of power above the third over the mean, one spike per octave and window. What
 * is 9 dB or less above the mean is silent, and so is most of the spectrum of a machine: its lines are few.
 */
import { rateEncoder, spikeCounter } from "../network/index.ts";
import { MACHINE_STATES, SAMPLE_RATE_HZ } from "../sensors/vibration.ts";
import { FEATURE_SCALE, FEATURES, features, WINDOW_LENGTH } from "./features.ts";

/** Time steps per window. */
export const STEPS = 16;
const WINDOW_SECONDS = WINDOW_LENGTH / SAMPLE_RATE_HZ;
/** 2^−7: sums of steps are exact */
export const STEP_SECONDS = WINDOW_SECONDS / STEPS;

/** The largest feature lies below 16 octaves: at most 12 spikes in 16 steps, never two in one. */
const SILENT_OCTAVES = 3;
const HZ_PER_OCTAVE = 1 / WINDOW_SECONDS;

const encoder = rateEncoder(FEATURES, STEP_SECONDS);

/** u8[STEPS, FEATURES], 0 or 1. Not reentrant, as features() is not. */
export function encodeSpikes(window: Float64Array): Uint8Array {
  const rates = Float64Array.from(
    features(window),
    (q) => (q * FEATURE_SCALE - SILENT_OCTAVES) * HZ_PER_OCTAVE,
  );
  const spikes = new Uint8Array(STEPS * FEATURES);
  encoder.reset();
  for (let t = 0; t < STEPS; ++t) {
    encoder.step(rates, spikes.subarray(t * FEATURES, (t + 1) * FEATURES));
  }
  return spikes;
}

/** The share of each machine state in all output spikes of a window, u8[STEPS, states]; all 0 where none fired. */
export function decodeSpikes(outputs: Uint8Array): readonly number[] {
  const states = MACHINE_STATES.length;
  const counter = spikeCounter(states);
  for (let at = 0; at < outputs.length; at += states) {
    counter.step(outputs.subarray(at, at + states));
  }
  const counts = Array.from(counter.counts());
  const all = counts.reduce((a, b) => a + b);
  return counts.map((n) => n / Math.max(1, all));
}
