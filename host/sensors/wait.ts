/** Waiting for a moment of a clock: what paces a simulated or replayed sensor. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, nanosecondsToSeconds } from "../units.ts";

/** Resolves when the clock has reached the time, or when the signal aborts. */
export type WaitUntil = (timeNs: bigint, signal: AbortSignal) => Promise<void>;

export const waitInRealTime =
  (clock: Clock): WaitUntil =>
  async (timeNs, signal) => {
    const ms = Math.ceil(nanosecondsToSeconds(timeNs - clock.nowNs()) * 1000);
    if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {}); // aborted: the caller looks
  };
