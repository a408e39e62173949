/** The clock, and what happens after a while. Passed in, so that tests bring a time of their own. */
import { type Clock, systemClock } from "../units.ts";

export type Timers = Clock & {
  /** Calls back once. Returns what calls it off. */
  readonly after: (ms: number, call: () => void) => () => void;
};

/** 24.8 days: Node's own timers make a millisecond of anything longer. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  ...systemClock,
  after(ms, call) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const then = leftMs > LONGEST_MS ? () => wait(leftMs - LONGEST_MS) : call;
      timer = setTimeout(then, Math.min(leftMs, LONGEST_MS));
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after the time, or at once when the signal aborts. */
export const pause = (
  ms: number,
  signal: AbortSignal,
  { after }: Pick<Timers, "after"> = systemTimers,
): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      callOff();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const callOff = after(ms, end);
    signal.addEventListener("abort", end, { once: true });
  });
