/** Waiting for a moment of a clock: what paces a simulated or replayed sensor. */
import { pause } from "../lines/index.ts";
import { type Clock, nanosecondsToMilliseconds } from "../units.ts";

/** Resolves when the clock has reached the time, or when the signal aborts. */
export type WaitUntil = (timeNs: bigint, signal: AbortSignal) => Promise<void>;

export const waitInRealTime =
  (clock: Clock): WaitUntil =>
  async (timeNs, signal) => {
    const ms = Math.ceil(nanosecondsToMilliseconds(timeNs - clock.nowNs()));
    if (ms > 0) await pause(ms, signal);
  };
