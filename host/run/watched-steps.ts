/** A session whose steps are timed one by one for a meter: by this computer's clock, and by their own where that is asked. */
import type { StepWindow } from "../power/index.ts";
import type { Session, WorkClock } from "../runtime/index.ts";
import type { Clock } from "../units.ts";
import { isOnBoard } from "./time-on-board.ts";

/**
 * @param ownTime what the steps took where they ran; null: this computer's clock alone
 * @param add     hears of every step that came to its end
 */
export function watchedSteps(
  session: Session,
  clock: Clock,
  ownTime: WorkClock | null,
  add: (window: StepWindow) => void,
): Session {
  const watch = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = ownTime === null ? null : await ownTime();
    const fromNs = clock.nowNs();
    const result = await work();
    // without what counting its own time takes, where the session tells
    const toNs = session.lastStepNs === undefined ? clock.nowNs() : fromNs + session.lastStepNs();
    const after = ownTime === null ? null : await ownTime();
    const own = before === null || after === null ? null : after - before;
    add({ fromNs, toNs, ns: Number(own ?? toNs - fromNs) });
    return result;
  };
  const step: Session["step"] = (input, output) => {
    if (ownTime !== null) return watch(async () => session.step(input, output));
    const fromNs = clock.nowNs();
    const pending = session.step(input, output);
    const ended = (result: number): number => {
      const toNs = clock.nowNs();
      add({ fromNs, toNs, ns: Number(toNs - fromNs) });
      return result;
    };
    return pending instanceof Promise ? pending.then(ended) : ended(pending);
  };
  if (!isOnBoard(session)) return { ...session, step };
  const timed: typeof session.timedStep = (input, steps) =>
    watch(() => session.timedStep(input, steps));
  return { ...session, step, timedStep: timed } as Session;
}
