/** The clock, and what happens after a while. Passed in, so that tests bring a time of their own. */
import { type Clock, systemClock } from "../units.ts";

export type Timers = Clock & {
  /** Calls back once. Returns what calls it off. */
  readonly after: (ms: number, call: () => void) => () => void;
};

export const systemTimers: Timers = {
  ...systemClock,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
