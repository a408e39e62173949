/** `power stand-in`: the public energy runner on one side, a board and any meter on the other. Ends at Ctrl-C. */
import { existsSync } from "node:fs";
import { fail } from "../errors.ts";
import type { EnergyReading, Figure, PowerFacts } from "../power/index.ts";
import type { Pin, Window } from "../power/stand-in/index.ts";
import { labelled, plural, quantity, significant } from "../text.ts";
import { machineOf } from "./machine.ts";
import { metersNamed, openAll, type PowerOptions } from "./power-meters.ts";
import { DOCUMENT_SCHEMA, type Result, type Session, Unfinished } from "./result.ts";
import { say, sayDocument } from "./say.ts";
import { openBoardLink, openTarget } from "./targets.ts";

const UNOFFICIAL =
  "unofficial: the runner takes this program for its interface board and its power monitor, and its scores are of this meter";

type Measured = { readonly inferences: number; readonly seconds: number } & {
  readonly coverage: number;
  readonly joulesPerInference: Figure | null;
};

export async function standIn(session: Session, options: PowerOptions): Promise<Result> {
  const { io, json } = session;
  const { board, meter, pin } = options;
  if (board === undefined) {
    return fail(
      "USAGE",
      "power stand-in",
      "no --board",
      "--board PORT, the board that is measured",
    );
  }
  const given = { "--export": options.export, "--seconds": options.seconds };
  for (const [flag, value] of Object.entries(given)) {
    if (value !== undefined) fail("USAGE", "power stand-in", flag, "a call without it");
  }
  if (meter === undefined) {
    return fail("USAGE", "power stand-in", "no --meter", "--meter URI, the meter that measures it");
  }
  const edges = pinOf(pin);
  const target = board.startsWith("board:") ? board : `board:${board}`;
  const name = await ready(target, session);
  const [uri = "", ...more] = await metersNamed(meter, io);
  if (more.length > 0) fail("USAGE", "--meter", meter, "one meter");
  const { openStandIn } = await import("../power/stand-in/index.ts");
  const { loadSystemCalls } = await import("../linux/libc.ts");
  const { serialLine } = await import("../lines/index.ts");
  const machine = await machineBehind(target, session);
  const calls = await loadSystemCalls();
  const [power] = await openAll(session, [uri], machine);
  if (power === undefined) return fail("USAGE", "--meter", meter, "one meter");
  const { facts } = power;
  const windows: Measured[] = [];
  const head = { schema: DOCUMENT_SCHEMA, verb: "power", ok: true, warnings: [] };
  const opened = await openStandIn({
    ...{ power, pin: edges, calls, clock: io.clock },
    board: serialLine(target.slice("board:".length)),
    every(ms, tick) {
      const timer = setInterval(tick, ms);
      return () => clearInterval(timer);
    },
    note: (text) => say(io.stderr, text),
    window(seen) {
      const window = measuredOf(seen);
      windows.push(window);
      if (json) sayDocument(io.stdout, { ...head, window: { ...factsOf(facts), ...window } });
      else say(io.stdout, `window ${windows.length}: ${windowText(window, facts)}`);
    },
  });
  const { interfacePath, monitorPath } = opened;
  const paths = { interface: interfacePath, monitor: monitorPath };
  if (json) {
    const said = { ...paths, unofficial: true, board: name, ...factsOf(facts) };
    sayDocument(io.stdout, { ...head, standIn: said });
  } else {
    for (const line of openingLines(paths, { name, target }, facts, edges)) say(io.stdout, line);
  }
  let lost: unknown = null;
  try {
    await Promise.race([opened.ended, interrupted(io.signal)]);
  } catch (error) {
    lost = error;
  } finally {
    await opened.close();
  }
  const result = summary(paths, name, facts, windows);
  if (lost !== null) throw new Unfinished(result, lost);
  return result;
}

const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

function pinOf(text: string | undefined): Pin {
  if (text === undefined) return "lines";
  const [, mark] = /^[dD]([0-7])$/.exec(text) ?? [];
  if (mark !== undefined) return { mark: Number(mark) };
  if (existsSync(text)) return { file: text };
  return fail("USAGE", "--pin", text, "D0 to D7 of the meter, or the posix port's --pin FILE");
}

/** @returns the board's name, where it can be measured: it answers, holds a model of a task, and stamps by its pin */
async function ready(target: string, session: Session): Promise<string> {
  const { loadedModel } = await import("../runtime/index.ts");
  const link = await openBoardLink(target, session, { lostMs: 0 });
  try {
    const { board } = await link.hello();
    const model = await loadedModel(link);
    const remedy = `Deploy one: \`twentywatt deploy MODEL ${target} --mode energy\`.`;
    if (model === null || model.task === "none") {
      const got = model === null ? "no model" : "a model of no task of MLPerf Tiny";
      fail("TARGET_MISSING", target, got, "a model of MLPerf Tiny in energy mode", remedy);
    }
    if (!model.energy) {
      fail("TARGET_MISSING", target, "a model in performance mode", "energy mode", remedy);
    }
    return board;
  } finally {
    await link.close();
  }
}

async function machineBehind(name: string, session: Session) {
  const target = await openTarget(name, session);
  try {
    return await machineOf(target, session.io);
  } finally {
    if ("close" in target && typeof target.close === "function") await target.close();
  }
}

const factsOf = ({ uri, name, scope, quality, doesNotInclude }: PowerFacts) => ({
  ...{ meter: uri, instrument: name, scope, quality, doesNotInclude },
});

function openingLines(
  paths: { readonly interface: string; readonly monitor: string },
  { name, target }: { readonly name: string; readonly target: string },
  { name: instrument, scope, quality, doesNotInclude, uri }: PowerFacts,
  pin: Pin,
): string[] {
  const seen =
    pin === "lines"
      ? "by the lines that the board prints around its runs, on this computer's clock"
      : "mark" in pin
        ? `by D${pin.mark} of the meter`
        : `by ${pin.file}`;
  return [
    ...labelled("interface", [`${paths.interface}   (the runner's stm32h573i-dk, 0483:374E)`]),
    ...labelled("monitor", [`${paths.monitor}   (the runner's lpm01a, 0483:5740)`]),
    ...labelled("board", [`${name}, ${target}`]),
    ...labelled("meter", [
      `${uri}: ${instrument}, scope ${scope}, ${quality}`,
      `not included: ${doesNotInclude.join(", ")}`,
    ]),
    ...labelled("pin", [`timestamps ${seen}`]),
    UNOFFICIAL,
  ];
}

const measuredOf = ({ inferences, reading }: Window): Measured => ({
  ...{ inferences, seconds: reading.seconds, coverage: reading.coverage },
  joulesPerInference: each(reading, inferences),
});

/** Half of a window without readings could be anything. */
function each({ joules, coverage }: EnergyReading, by: number): Figure | null {
  if (coverage < 0.5) return null;
  const share = (value: number): number => value / coverage / by;
  return { value: share(joules.value), low: share(joules.low), high: share(joules.high) };
}

function windowText(
  { inferences, seconds, coverage, joulesPerInference }: Measured,
  { scope, quality }: PowerFacts,
): string {
  const figure =
    joulesPerInference === null
      ? `no figure: readings cover ${significant(100 * coverage)} % of it`
      : `${bounds(joulesPerInference)} per inference`;
  return `${plural(inferences, "inference")} in ${significant(seconds)} s, ${figure}, scope ${scope}, ${quality}`;
}

const bounds = ({ value, low, high }: Figure): string =>
  `${quantity(value, "J")} (${quantity(low, "J")} … ${quantity(high, "J")})`;

function summary(
  paths: { readonly interface: string; readonly monitor: string },
  board: string,
  facts: PowerFacts,
  windows: readonly Measured[],
): Result {
  return {
    json: { ...paths, unofficial: true, board, ...factsOf(facts), windows },
    text: labelled("stand-in", [
      `${plural(windows.length, "window")} between timestamps; ${UNOFFICIAL}`,
    ]),
  };
}
