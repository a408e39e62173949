/** What GPIO needs of the computer, and how a way to reach a line says no. */
import { type Problem, problem } from "../errors.ts";
import { loadSystemCalls } from "../linux/libc.ts";
import type { SystemCalls } from "../linux/system-calls.ts";
import type { Clock } from "../units.ts";
import type { GpioPlace, InputUse, OutputUse } from "./gpio-uri.ts";
import type { EventBlock } from "./sensor.ts";
import type { WaitUntil } from "./wait.ts";

export type GpioHost = {
  /** where /sys, /proc, /dev and /etc stand */
  readonly root: string;
  readonly systemCalls: () => Promise<SystemCalls>;
  readonly importOnoff: () => Promise<typeof import("onoff")>;
};

export const thisComputer: GpioHost = {
  root: "/",
  systemCalls: () => loadSystemCalls(),
  importOnoff: () => import("onoff"),
};

/** What the events of a line are timed and waited with. */
export type Waiting = {
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
  readonly closed: AbortSignal;
};

export type InputLine = {
  /** for people: where it is, how it is reached, whose times its events carry */
  readonly found: string;
  /** 1 where it is active */
  readonly level: 0 | 1;
  /** Endless until closed. @throws SENSOR_LOST where the chip goes */
  readonly events: (waiting: Waiting) => AsyncGenerator<EventBlock>;
  /** Gives the line back; harmless when called twice. */
  readonly close: () => void;
};

export type OutputLine = {
  readonly found: string;
  /** @param level 1 is active */
  readonly write: (level: 0 | 1) => void;
  readonly close: () => void;
};

/** A line, or why this way does not lead to it: the next one is tried. What no other way can mend is raised. */
export type Answer<Line> = { readonly line: Line } | { readonly refused: Problem };

/** A way to reach lines. */
export type GpioBackend = {
  readonly name: string;
  readonly openInput: (
    place: GpioPlace,
    use: InputUse,
    host: GpioHost,
  ) => Promise<Answer<InputLine>>;
  readonly openOutput: (
    place: GpioPlace,
    use: OutputUse,
    host: GpioHost,
  ) => Promise<Answer<OutputLine>>;
  /** @returns null where it works, for doctor */
  readonly probe: (host: GpioHost) => Promise<Problem | null>;
};

export const refused = (
  backend: string,
  got: string,
  expected: string,
  remedy: string,
): { readonly refused: Problem } => ({
  refused: problem("SENSOR_MISSING", backend, got, expected, remedy),
});

/** The name under which others see that we have a line. */
export const CONSUMER = "twentywatt";
