/** Progress of anything that takes more than a second: on stderr, so that stdout stays the result. */

import { clipped, type Screen, takesEscapes, typeset, widthOf } from "../text.ts";
import { type Clock, nanosecondsToSeconds } from "../units.ts";

/** How long work may go on before timers, meters and SIGINT have their turn. */
const BREATH_SECONDS = 0.02;
const FIRST_SECONDS = 1;
/** a terminal shows one line that changes; a log should stay short */
const TERMINAL_SECONDS = 0.2;
const LOG_SECONDS = 10;

export type Pace = {
  /**
   * Call between two pieces of work. Cheap; now and then it returns a promise, which must be awaited: then other work
   * of the process has its turn, and a line of progress may appear.
   */
  readonly next: (status: () => string) => Promise<void> | null;
  /** Ends the line of progress, where there is one. */
  readonly end: () => void;
};

/** What the loops of this room need of the process. */
export type Surroundings = {
  readonly clock: Clock;
  readonly stderr: Screen & { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** aborted: the loop ends with what it has */
  readonly signal: AbortSignal;
};

/** Lets timers, meters and SIGINT have their turn: a local step never yields by itself. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function openPace({ clock, stderr, env }: Omit<Surroundings, "signal">): Pace {
  const seconds = () => nanosecondsToSeconds(clock.nowNs());
  const terminal = takesEscapes(stderr, env);
  let breath = seconds();
  let shown = breath + FIRST_SECONDS - (terminal ? TERMINAL_SECONDS : LOG_SECONDS);
  let open = false;
  return {
    next(status) {
      const now = seconds();
      if (now - breath < BREATH_SECONDS) return null;
      if (now - shown >= (terminal ? TERMINAL_SECONDS : LOG_SECONDS)) {
        // a line that wrapped could not be drawn over
        const drawn = () => `\r\x1b[2K${clipped(status(), widthOf(stderr) - 1)}`;
        stderr.write(terminal ? drawn() : typeset(status(), stderr));
        shown = now;
        open = terminal;
      }
      return breathe().then(() => {
        breath = seconds();
      });
    },
    end() {
      if (open) stderr.write("\r\x1b[2K");
      open = false;
    },
  };
}
