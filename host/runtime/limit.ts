/** Work elsewhere that may never come back: a limit, and an end where the user has had enough. */
import { problem, TwentyWattError } from "../errors.ts";
import { systemTimers, type Timers } from "../lines/index.ts";
import { secondsToMilliseconds } from "../units.ts";

export type StepLimit = {
  /** of one step, and of init() */
  readonly stepLimitSeconds: number;
  /** aborted: what is under way has a moment to end by itself */
  readonly signal: AbortSignal;
  readonly timers?: Timers;
};

/** For a step that is under way when the user interrupts. */
const GRACE_MS = 300;

/**
 * Waits for `work`. Where it fails, is late or is interrupted, `end` is called once, and it is gone for good.
 *
 * @param what the call that is waited for, for messages: "step"
 * @throws what `work` throws, STEP_LIMIT, INTERRUPTED
 */
export async function withinLimit<T>(
  work: Promise<T>,
  what: string,
  { stepLimitSeconds, signal, timers = systemTimers }: StepLimit,
  end: () => Promise<unknown>,
): Promise<T> {
  let giveUp: (error: TwentyWattError) => void = () => {};
  const given = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const cancelLimit = timers.after(secondsToMilliseconds(stepLimitSeconds), () =>
    giveUp(tooLong(what, stepLimitSeconds)),
  );
  let cancelGrace = () => {};
  const interrupted = () => {
    cancelGrace = timers.after(GRACE_MS, () => giveUp(interruptedIn(what)));
  };
  if (signal.aborted) interrupted();
  else signal.addEventListener("abort", interrupted, { once: true });
  try {
    return await Promise.race([work, given]);
  } catch (error) {
    work.catch(() => {}); // it fails once more when it is ended
    await end();
    throw error;
  } finally {
    cancelLimit();
    cancelGrace();
    signal.removeEventListener("abort", interrupted);
  }
}

const tooLong = (what: string, limitSeconds: number): TwentyWattError =>
  new TwentyWattError(
    problem("STEP_LIMIT", `${what}()`, `no end after ${limitSeconds} s`, "an end within the limit"),
  );

const interruptedIn = (what: string): TwentyWattError =>
  new TwentyWattError(
    problem("INTERRUPTED", `${what}()`, "a signal while it was under way", "an end of its own"),
  );
