/**
 * Between the public energy runner and any meter: two pseudo-terminals that speak its interface board and its power
 * monitor, byte for byte, so that the unmodified runner scores a twentywatt board behind a meter that it does not know.
 *
 *   runner ─┬─ interface ──► the board (MLPerf Tiny's device protocol)      its answers come back line by line
 *           └─ monitor   ◄── the meter, a sample a millisecond, with the edges of the timestamp pin between them
 *
 * The runner takes what the monitor has said when a board's answer ends: that end is held back until all is said.
 */
import { problem, TwentyWattError } from "../../errors.ts";
import { FrameReceiver } from "../../lines/frame.ts";
import type { Channel, Line } from "../../lines/line.ts";
import { openPseudoTerminal } from "../../linux/pty.ts";
import type { SystemCalls } from "../../linux/system-calls.ts";
import { type Clock, nanosecondsToMilliseconds } from "../../units.ts";
import type { PowerMeter } from "../meter.ts";
import type { Every } from "../polled.ts";
import { Acquisition, type Window } from "./acquisition.ts";
import { FileEdges, type Pin } from "./edges.ts";
import { type BoardLine, InterfaceBoard } from "./interface.ts";
import { Monitor } from "./monitor.ts";
import { Terminal } from "./terminal.ts";

export type { Window } from "./acquisition.ts";
export type { Pin } from "./edges.ts";

export type StandInOptions = {
  readonly power: PowerMeter;
  readonly board: Line;
  readonly pin: Pin;
  readonly calls: SystemCalls;
  readonly clock: Clock;
  readonly every: Every;
  /** a sentence for whoever watches */
  readonly note: (text: string) => void;
  readonly window: (window: Window) => void;
};

export type StandIn = {
  readonly interfacePath: string;
  readonly monitorPath: string;
  /** Ends with the problem of what was lost: board or meter. */
  readonly ended: Promise<never>;
  readonly close: () => Promise<void>;
};

const TURN_MS = 2;
/** The runner reads byte by byte, in threads of Python: what was written is not yet what it has. */
const SETTLE_MS = 250;
/** The runner waits 30 s for a line of the board. */
const PATIENCE_MS = 25_000;
/** A board that says nothing for so long has no answer. */
const SILENT_MS = 60_000;

export async function openStandIn(options: StandInOptions): Promise<StandIn> {
  const { power, pin, clock, every, note } = options;
  let failed: (error: unknown) => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    failed = reject;
  });
  ended.catch(() => {}); // whoever waits for it hears of it
  const edges = typeof pin === "object" && "file" in pin ? new FileEdges(pin.file) : null;
  const acquisition = new Acquisition(power, pin, clock, options.board.bytesPerSecond ?? 0);
  const [front, back] = terminals(options.calls, clock);
  const monitor = new Monitor({
    say: (text) => back.say(text),
    start: () => acquisition.start(),
    stop: () => acquisition.stop(),
    volts: (millivolts) =>
      note(
        `the runner asks for ${millivolts} mV and will report that: the supply stays what it is`,
      ),
  });

  /** An answer that ends a measurement waits until the monitor has said all of it. */
  const wait = async (fromNs: bigint): Promise<void> => {
    const waited = () => nanosecondsToMilliseconds(clock.nowNs() - fromNs);
    while (acquisition.running && !(acquisition.said(fromNs) && back.idle)) {
      if (waited() > PATIENCE_MS) {
        note("the meter is too slow: the runner gets no timestamps of this run");
        return;
      }
      await turn(every);
    }
    const saidNs = clock.nowNs();
    while (acquisition.running && nanosecondsToMilliseconds(clock.nowNs() - saidNs) < SETTLE_MS) {
      await turn(every);
    }
  };
  let heardNs = clock.nowNs();
  const line = async (said: BoardLine, command: string): Promise<void> => {
    acquisition.line(said, command);
    if (said.text !== "m-ready" || !/^(infer|timestamp)\b/.test(command)) return;
    await wait(said.endedNs);
    const window = acquisition.window();
    if (window) options.window(window);
  };
  let channel: Channel | null = null;
  const board = new InterfaceBoard({
    say: (text) => front.say(text),
    pass(command) {
      heardNs = clock.nowNs();
      acquisition.begin(command);
      channel?.write(Buffer.from(`${command}%`, "latin1"));
    },
    line,
    unknown: (command) => note(`the runner asks the interface board for ${command}: it has none`),
  });
  const text = new FrameReceiver(clock, {
    frame: () => {},
    text(bytes) {
      heardNs = clock.nowNs();
      board.answered(Buffer.from(bytes).toString("latin1"), heardNs);
    },
  });
  const stop = every(TURN_MS, () => {
    try {
      for (const ns of edges?.news() ?? []) acquisition.edge(ns);
      const asked = front.turn();
      if (asked.left) board.forget();
      board.heard(asked.text);
      back.say(acquisition.turn());
      const told = back.turn();
      if (told.left) {
        monitor.forget();
        acquisition.stop();
      }
      monitor.heard(told.text);
      if (nanosecondsToMilliseconds(clock.nowNs() - heardNs) < SILENT_MS) return;
      const unanswered = board.giveUp();
      if (unanswered !== null) note(`the board does not answer to ${unanswered.slice(0, 40)}`);
    } catch (error) {
      failed(error);
    }
  });
  const close = async (): Promise<void> => {
    stop();
    for (const terminal of [front, back]) terminal.close();
    edges?.close();
    await channel?.close();
    await power.close();
  };
  const { name } = options.board;
  try {
    channel = await options.board.open({
      bytes: (bytes) => text.push(bytes),
      closed: (why) => failed(boardLost(name, why)),
    });
    acquisition.read(failed);
    await acquisition.firstReading(() => turn(every));
  } catch (error) {
    await close();
    throw error;
  }
  return { interfacePath: front.path, monitorPath: back.path, ended, close };
}

function terminals(calls: SystemCalls, clock: Clock): readonly [Terminal, Terminal] {
  const front = openPseudoTerminal(calls);
  try {
    return [new Terminal(front, clock), new Terminal(openPseudoTerminal(calls), clock)];
  } catch (error) {
    front.close();
    throw error;
  }
}

/** Resolves when something may have changed. */
const turn = (every: Every): Promise<void> =>
  new Promise((resolve) => {
    const stop = every(TURN_MS, () => {
      stop();
      resolve();
    });
  });

function boardLost(name: string, why: string): TwentyWattError {
  const remedy = "Plug it in again, and start the stand-in and the runner once more.";
  return new TwentyWattError(
    problem("DEVICE_TIMEOUT", name, `a line that is gone: ${why}`, "a board that stays", remedy),
  );
}
