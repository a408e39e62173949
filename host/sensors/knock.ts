/**
 * A piezo disc on a table that somebody knocks on: at random times, 0.4 to 2.5 s apart, a decaying oscillation
 *
 *     u(t) = A · e^(−t/τ) · sin 2π f t,    τ = 12 ms, f = 180 Hz, A = 0.5 … 2 V
 *
 * over white noise of 10 mV. Seeded; the same samples on every machine.
 */
import { cosSinTurns, exp } from "../model/elementary.ts";
import { gaussian, type Random, uniform } from "../model/random.ts";
import type { Simulation } from "./simulated.ts";

const SAMPLE_RATE_HZ = 1000;
const RING_HZ = 180;
const DECAY_SECONDS = 0.012;
const NOISE_VOLTS = 0.01;

export const knock: Simulation = {
  ...{ name: "simulated piezo disc on a table", channel: "piezo", unit: "V" },
  sampleRateHz: SAMPLE_RATE_HZ,
  start(random: Random) {
    const [cos, sin] = cosSinTurns(RING_HZ / SAMPLE_RATE_HZ);
    const decay = exp(-1 / (DECAY_SECONDS * SAMPLE_RATE_HZ));
    const pause = () => Math.round(SAMPLE_RATE_HZ * uniform(random, 0.4, 2.5));
    let untilKnock = pause();
    let re = 0;
    let im = 0;
    return () => {
      if (untilKnock-- === 0) {
        untilKnock = pause();
        re += uniform(random, 0.5, 2);
      }
      const value = im + NOISE_VOLTS * gaussian(random);
      [re, im] = [decay * (re * cos - im * sin), decay * (re * sin + im * cos)];
      return value;
    };
  },
};
