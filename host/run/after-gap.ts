/**
 * A module with a front end keeps samples from step to step: what windows overlap, features of past hops, running means.
 * Where samples are missing, these are of another moment, and a window over both would be of a signal that never was.
 * So the module goes back to the state that it had when it was loaded. Its counters go on. Only for layered networks, which
 * keep nothing themselves: all of the state is the front end's.
 */
import type { Session } from "../runtime/index.ts";

/** What a loop needs of a session. */
export type Stepped = Pick<Session, "inputBytes" | "outputBytes" | "step" | "lastStepNs">;

/**
 * @param session just loaded: its state now is where it begins
 * @param afterGap whether samples are missing before the input that is stepped next
 */
export async function forgettingAcrossGaps(
  session: Session,
  afterGap: () => boolean,
): Promise<Stepped> {
  const { inputBytes, outputBytes } = session;
  const start = await session.readState();
  return {
    ...{ inputBytes, outputBytes },
    ...(session.lastStepNs ? { lastStepNs: () => session.lastStepNs?.() ?? 0n } : {}),
    step(input, output) {
      const forgotten = afterGap() ? session.writeState(start) : undefined;
      return forgotten instanceof Promise
        ? forgotten.then(() => session.step(input, output))
        : session.step(input, output);
    },
  };
}
