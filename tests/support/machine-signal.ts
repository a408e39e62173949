/** The vibration of a machine that changes its state every two seconds, as text: the same on every call. */
import { at } from "../../host/model/at.ts";
import { mulberry32 } from "../../host/model/random.ts";
import {
  drawCondition,
  MACHINE_STATES,
  SAMPLE_RATE_HZ,
  vibration,
} from "../../host/sensors/vibration.ts";

/** @returns the next sample, m/s² with four decimals */
export function machineSignal(): () => string {
  const random = mulberry32(11);
  let next = () => 0;
  let made = 0;
  return () => {
    if (made % (2 * SAMPLE_RATE_HZ) === 0) {
      const state = at(MACHINE_STATES, (made / (2 * SAMPLE_RATE_HZ)) % MACHINE_STATES.length);
      next = vibration(drawCondition(state, random), random);
    }
    made += 1;
    return next().toFixed(4);
  };
}
