/**
 * One lead of an electrocardiogram: five Gaussian waves on the circle of a heartbeat, as McSharry et al. place them
 * (A dynamical model for generating synthetic electrocardiogram signals, IEEE TBME 50(3), 2003, table I), each of its
 * own height here, at 60 to 75 beats a minute that vary from beat to beat, over the baseline's slow wander.
 */
import { cosSinTurns, exp } from "../model/elementary.ts";
import { gaussian, type Random, uniform } from "../model/random.ts";
import type { Simulation } from "./simulated.ts";

const SAMPLE_RATE_HZ = 250;
const WANDER_HZ = 0.25;
const NOISE_MILLIVOLTS = 0.01;

/** P, Q, R, S, T: place in turns of the heartbeat, width in turns, height in millivolts. */
const WAVES = [
  [-1 / 6, 0.04, 0.15],
  [-1 / 24, 0.016, -0.12],
  [0, 0.016, 1.1],
  [1 / 24, 0.016, -0.25],
  [1 / 4, 0.064, 0.3],
] as const;

export const ecg: Simulation = {
  ...{ name: "simulated electrocardiogram, one lead", channel: "lead", unit: "mV" },
  sampleRateHz: SAMPLE_RATE_HZ,
  start(random: Random) {
    let phase = -0.5;
    let beatHz = uniform(random, 1, 1.25);
    let wander = random();
    return () => {
      phase += beatHz / SAMPLE_RATE_HZ;
      if (phase >= 0.5) {
        phase -= 1;
        beatHz = uniform(random, 1, 1.25);
      }
      wander += WANDER_HZ / SAMPLE_RATE_HZ;
      if (wander >= 1) wander -= 1;
      let value = 0.05 * cosSinTurns(wander)[1] + NOISE_MILLIVOLTS * gaussian(random);
      for (const [place, width, height] of WAVES) {
        const distance = (phase - place) / width;
        value += height * exp((-distance * distance) / 2);
      }
      return value;
    };
  },
};
