/** What a command may touch of the process. Passed in, so that tests pass in their own. */
import type { Line } from "../lines/line.ts";
import { pause, type Timers } from "../lines/timers.ts";
import type { Screen } from "../text.ts";
import { type Clock, secondsToMilliseconds } from "../units.ts";

export type Output = Screen & { write(text: string): unknown };

export type Io = {
  readonly stdout: Output;
  readonly stderr: Output;
  /** what `--input -` reads; not touched before */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** waits as that clock goes, or until the signal aborts: by the system's timers unless given */
  readonly pause?: typeof pause;
  /** what this process has worked, all threads: it stands still while they wait */
  readonly processorTime: Clock;
  /** aborted by SIGINT, SIGTERM or SIGHUP, the reason: the command ends with its summary so far */
  readonly signal: AbortSignal;
  /** aborted when nobody reads stdout any more (`| head`) */
  readonly unread: AbortSignal;
  /** how boards are reached, and whose time it is until they answer: serial lines and the system's unless given */
  readonly boards?: { readonly line: (port: string) => Line; readonly timers: Timers };
  /** whether what blocks, and what others wrote, runs in threads of its own, which can be ended */
  readonly threads: boolean;
};

/** Aborted at Ctrl-C, and when nobody reads any more. */
export function either({ signal, unread }: Pick<Io, "signal" | "unread">): AbortSignal {
  const stop = new AbortController();
  for (const one of [signal, unread]) {
    if (one.aborted) stop.abort();
    one.addEventListener("abort", () => stop.abort(), { once: true });
  }
  return stop.signal;
}

/** Resolves after the time, or at once when the signal aborts. */
export const sleep = (
  seconds: number,
  signal: AbortSignal,
  { pause: wait = pause }: Pick<Io, "pause"> = {},
): Promise<void> => wait(secondsToMilliseconds(seconds), signal);
