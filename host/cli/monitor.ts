/** `monitor [board:PORT]`: what a board does, live: status, its log, what it prints; until Ctrl-C, then a summary. */

import type { Command } from "commander";
import { fail, TwentyWattError } from "../errors.ts";
import type { BoardStatus, Hello, Link } from "../runtime/index.ts";
import { count, labelled, plural, quantity, significant, widthOf, wrapped } from "../text.ts";
import { microsecondsToSeconds, nanosecondsToSeconds } from "../units.ts";
import { GROUP, withExamples } from "./help.ts";
import { either, sleep } from "./io.ts";
import { BOARD, positive, wholeFromOne } from "./options.ts";
import { DOCUMENT_SCHEMA, type Result, type Session } from "./result.ts";
import { say, sayDocument } from "./say.ts";
import { openBoardLink } from "./targets.ts";

type Options = { readonly interval: number; readonly samples?: number };

/** A board keeps a few kB of them: more than so many requests bring is no log, and the sample must not wait for it. */
const MOST_LOG_REQUESTS = 16;

export const define = (command: Command): Command =>
  withExamples(
    command
      .description("watch a board: its status, its log and what it prints, until Ctrl-C")
      .argument("[board]", `${BOARD} (default: the environment's TW_BOARD)`)
      .optionsGroup(GROUP.where)
      .option("--interval <seconds>", "wait so long between two samples", positive, 1)
      .option("--samples <n>", "end after so many samples (default: at Ctrl-C)", wholeFromOne),
    [
      { what: "once a second", line: "twentywatt monitor board:/dev/ttyACM0" },
      {
        what: "one sample, for a script",
        line: "twentywatt monitor board:2e8a:000a --samples 1 --json",
      },
    ],
  );

export async function run(
  session: Session,
  named: string | undefined,
  options: Options,
): Promise<Result> {
  const board = named ?? boardOf(session.io.env.TW_BOARD);
  if (board === undefined) {
    const remedy = "Name a board, or set TW_BOARD; `twentywatt devices` lists them.";
    return fail("USAGE", "monitor", "no board", "board:PORT", remedy);
  }
  const watch = new Watch(board, session, options);
  try {
    await watch.all();
    return watch.summary();
  } finally {
    await watch.close();
  }
}

/** TW_BOARD may be the port alone. */
const boardOf = (port: string | undefined): string | undefined =>
  port ? `board:${port.replace(/^board:/, "")}` : undefined;

/** One run of the verb. */
class Watch {
  private readonly board: string;
  private readonly session: Session;
  private readonly options: Options;
  private link: Link | null = null;
  private hello: Hello | null = null;
  private logPosition = 0;
  private last: { readonly status: BoardStatus; readonly seconds: number } | null = null;
  private samples = 0;
  private steps = 0;
  private restarts = 0;
  private silences = 0;
  private seconds = 0;
  private readonly startNs: bigint;

  constructor(board: string, session: Session, options: Options) {
    this.board = board;
    this.session = session;
    this.options = options;
    this.startNs = session.io.clock.nowNs();
  }

  async all(): Promise<void> {
    const over = either(this.session.io);
    this.link = await openBoardLink(this.board, this.session, {
      lostMs: Number.POSITIVE_INFINITY,
      onText: (text) => this.print("text", text),
    });
    const { link } = this;
    over.addEventListener("abort", () => void link.close(), { once: true });
    for (let goOn = true; goOn; ) {
      try {
        this.hello = await link.hello();
        await this.sample(link);
      } catch (error) {
        if (over.aborted) return;
        this.mishap(error);
      }
      goOn = !over.aborted && this.samples !== this.options.samples;
      if (goOn) await sleep(this.options.interval, over);
      goOn &&= !over.aborted;
    }
  }

  private async sample(link: Link): Promise<void> {
    const { parseStatus, parseLogs, payloadOf } = await import("../runtime/requests.ts");
    const status = parseStatus(await link.request("STATUS"));
    const seconds = nanosecondsToSeconds(this.session.io.clock.nowNs() - this.startNs);
    for (let more = MOST_LOG_REQUESTS; more > 0; more--) {
      const logs = parseLogs(await link.request("LOGS", payloadOf([[4, this.logPosition]])));
      if (logs.text !== "") this.print("log", logs.text);
      this.logPosition = logs.from + logs.text.length;
      if (logs.text === "" || this.logPosition >= logs.end) break;
    }
    const { last } = this;
    const gone = last === null ? 0 : status.steps - last.status.steps;
    // fewer than before: another module, or the board began anew
    const steps = gone >= 0 ? gone : status.steps;
    const stepsPerSecond = last === null ? null : steps / (seconds - last.seconds);
    this.steps += steps;
    this.samples += 1;
    this.seconds = seconds;
    this.last = { status, seconds };
    this.show(status, seconds, stepsPerSecond);
  }

  /** A restart and a silence are news, not the end. */
  private mishap(error: unknown): void {
    const code = error instanceof TwentyWattError ? error.code : null;
    // nobody has answered yet: there is nothing to watch
    if (this.hello === null) throw error;
    if (code === "DEVICE_RESTARTED") {
      this.restarts += 1;
      this.logPosition = 0;
      this.last = null;
    } else if (code === "DEVICE_TIMEOUT") this.silences += 1;
    else throw error;
    const said = error instanceof TwentyWattError ? error.problems[0]?.got : "";
    this.session.warn(`${this.board}: ${said}`);
  }

  private show(status: BoardStatus, seconds: number, stepsPerSecond: number | null): void {
    const { json, io } = this.session;
    if (json) {
      const { uptimeUs, ...rest } = status;
      const uptimeSeconds = microsecondsToSeconds(uptimeUs);
      this.line({ sample: { seconds, uptimeSeconds, stepsPerSecond, ...rest } });
      return;
    }
    const rate = stepsPerSecond === null ? "" : `, ${quantity(stepsPerSecond, "steps/s")}`;
    const cycles = status.cycles > 0 ? `, ${count(status.cycles)} cycles` : "";
    const parts = [
      `up ${quantity(microsecondsToSeconds(status.uptimeUs), "s")}`,
      `${plural(status.steps, "step")}${rate}`,
      `last ${count(status.stepUs)} µs${cycles}`,
      `arena ${count(status.arenaUsed)} of ${count(status.arenaBytes)}`,
      `stack ${count(status.stackUsed)} of ${count(status.stackBytes)}`,
      `frames ${count(status.goodFrames)}, ${count(status.badFrames)} bad`,
      ...(status.stage === "none" ? [] : [`deployment: ${status.stage}`]),
    ];
    for (const line of wrapped(parts.join("  "), widthOf(io.stdout), 2)) say(io.stdout, line);
  }

  private print(kind: "text" | "log", text: string): void {
    if (this.session.json) {
      this.line({ [kind]: text });
      return;
    }
    for (const one of text.split(/\r?\n/).filter((part) => part !== "")) {
      say(this.session.io.stdout, `${kind === "log" ? "log" : "says"}: ${one}`);
    }
  }

  private line(content: Readonly<Record<string, unknown>>): void {
    const head = { schema: DOCUMENT_SCHEMA, verb: "monitor", ok: true, warnings: [] };
    sayDocument(this.session.io.stdout, { ...head, ...content });
  }

  summary(): Result {
    const { samples, seconds, steps, restarts, silences, hello } = this;
    const { resends, reconnects, badFrames } = this.link?.counts() ?? {
      ...{ resends: 0, reconnects: 0, badFrames: 0 },
    };
    const board = hello && {
      name: hello.board,
      serial: hello.serial,
      firmware: hello.firmware,
    };
    return {
      json: {
        target: this.board,
        board,
        ...{ samples, seconds, steps, restarts, reconnects, silences, resends, badFrames },
      },
      text: [
        ...labelled(
          "board",
          board ? [`${board.name} (serial ${board.serial}), firmware ${board.firmware}`] : [],
        ),
        ...labelled("watched", [
          `${significant(seconds)} s, ${plural(samples, "sample")}, ${plural(steps, "step")}`,
        ]),
        ...labelled("line", [
          `${plural(restarts, "restart")}, found again ${count(reconnects)} times, ${plural(silences, "silence")}`,
          `${plural(resends, "request")} sent again, ${plural(badFrames, "damaged frame")} heard`,
        ]),
      ],
    };
  }

  async close(): Promise<void> {
    await this.link?.close();
  }
}
