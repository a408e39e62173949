/** A level that jumps between 0 and 1 at random times, 0.2 to 1 s apart: what a button or a light barrier gives. */
import { type Random, uniform } from "../model/random.ts";
import type { Simulation } from "./simulated.ts";

const SAMPLE_RATE_HZ = 100;

export const steps: Simulation = {
  ...{ name: "simulated level that jumps", channel: "level", unit: "" },
  sampleRateHz: SAMPLE_RATE_HZ,
  start(random: Random) {
    const pause = () => Math.round(SAMPLE_RATE_HZ * uniform(random, 0.2, 1));
    let left = pause();
    let level = 0;
    return () => {
      if (left-- === 0) {
        left = pause();
        level = 1 - level;
      }
      return level;
    };
  },
};
