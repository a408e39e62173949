/** Waiting for a moment of a clock: what paces a simulated or replayed sensor. */
import { setImmediate as otherWork } from "node:timers/promises";
import { pause } from "../lines/index.ts";
import { type Clock, nanosecondsToMilliseconds } from "../units.ts";

/** Resolves when the clock has reached the time, or when the signal aborts. */
export type WaitUntil = (timeNs: bigint, signal: AbortSignal) => Promise<void>;

export const waitInRealTime =
  (clock: Clock): WaitUntil =>
  async (timeNs, signal) => {
    const ms = Math.ceil(nanosecondsToMilliseconds(timeNs - clock.nowNs()));
    // who is behind may not keep signals and timers from their turn
    await (ms > 0 ? pause(ms, signal) : otherWork());
  };
