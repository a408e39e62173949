/** `power -- COMMAND`: what running a command costs, several times, between two windows of doing nothing. */
import { spawn } from "node:child_process";
import { fail, problem, TwentyWattError } from "../errors.ts";
import {
  type EnergyReading,
  type Figure,
  halfWidth95,
  isCovered,
  type Measured,
  type Meter,
  sumOf,
  together,
} from "../power/index.ts";
import { labelled, plural, quantity, significant, table } from "../text.ts";
import { livesLines, livesOf } from "./battery.ts";
import { energyLines, warnOfLoss } from "./energy.ts";
import { sleep } from "./io.ts";
import { metersNamed, openAll, type PowerOptions } from "./power-meters.ts";
import { type Result, type Session, SIGNALS, Unfinished } from "./result.ts";
import { say } from "./say.ts";

const IDLE_SECONDS = 1;
/** Student's t for 95 %: 12.7 of two runs, 4.3 of three, 2.8 of five. */
const ENOUGH_RUNS = 5;

type Run = { readonly exitCode: number; readonly readings: readonly EnergyReading[] };

export async function measureCommand(
  session: Session,
  command: readonly string[],
  options: PowerOptions,
): Promise<Result> {
  const live = [options.export && "--export", options.seconds !== undefined && "--seconds"];
  const given = live.filter((one) => typeof one === "string");
  if (given.length > 0) {
    fail("USAGE", "power", `${given.join(" and ")} with a command`, "these without one");
  }
  const { io } = session;
  const power = await import("../power/index.ts");
  const opened = await openAll(session, await metersNamed(options.meter ?? "auto", io));
  const meters = opened.map((one) => power.meterOf(one, io.clock));
  /** The same window on all of them. */
  const window = async (body: () => Promise<void>): Promise<EnergyReading[]> => {
    await Promise.all(meters.map((meter) => meter.start()));
    await body();
    return Promise.all(meters.map((meter) => meter.stop()));
  };
  const rest = () => window(() => sleep(IDLE_SECONDS, io.signal, io));
  const runs: Run[] = [];
  try {
    const before = await rest();
    power.requirePresent(before);
    while (runs.length < options.repeat && !io.signal.aborted) {
      let exitCode = 0;
      const readings = await window(async () => {
        exitCode = await execute(session, command);
      });
      if (io.signal.aborted) break;
      runs.push({ exitCode, readings });
      if (!session.json) say(io.stderr, `run ${runs.length} of ${options.repeat}`);
      if (exitCode !== 0 || readings.every(({ loss }) => loss !== undefined)) break;
    }
    const after = await rest();
    if (runs.length > 1 && runs.length < ENOUGH_RUNS) {
      session.warn(
        `${plural(runs.length, "run")} say little of how runs scatter: give --repeat ${ENOUGH_RUNS} or more`,
      );
    }
    return await ending(command, runs, meters, [before, after], session, options);
  } finally {
    await Promise.all(meters.map((meter) => meter.close()));
  }
}

/**
 * Its input and output are ours; with --json its output goes to stderr, so that stdout stays one document. It gets our
 * signals, and does not outlive us.
 */
function execute({ json, io }: Session, [name = "", ...rest]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, rest, { stdio: ["inherit", json ? 2 : "inherit", "inherit"] });
    const pass = (): void => {
      const name = SIGNALS.find((signal) => signal === io.signal.reason) ?? "SIGTERM";
      // a terminal sends Ctrl-C to both, and twice means something else to many programs
      if (name !== "SIGINT" || io.stderr.isTTY !== true) child.kill(name);
    };
    const end = (): void => void child.kill("SIGKILL");
    if (io.signal.aborted) pass();
    io.signal.addEventListener("abort", pass, { once: true });
    process.once("exit", end);
    const over = (): void => {
      io.signal.removeEventListener("abort", pass);
      process.off("exit", end);
    };
    child.once("error", over).once("exit", over);
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const remedy = "Give a program and its arguments behind --, as in `twentywatt power -- ls`.";
      const got = cause.code === "ENOENT" ? "no such program" : String(cause.code ?? cause.message);
      const why = problem("COMMAND_FAILED", name, got, "a program that starts", remedy);
      reject(new TwentyWattError(why, { cause }));
    });
    child.once("exit", (code, signal) => resolve(code ?? (signal ? FROM_SIGNAL : 1)));
  });
}

/** As shells have it for what a signal ended; which one is not told here. */
const FROM_SIGNAL = 128;

async function ending(
  command: readonly string[],
  runs: readonly Run[],
  meters: readonly Meter[],
  idle: readonly (readonly EnergyReading[])[],
  { warn }: Session,
  options: PowerOptions,
): Promise<Result> {
  const { energyReport } = await import("../power/index.ts");
  const perMeter = meters.map((meter, k) => {
    const readings = runs.map((run) => run.readings[k] as EnergyReading);
    const windows = idle.map((window) => window[k] as EnergyReading);
    const measured: Measured = { idle: windows, active: sumOf(readings) };
    const energy = energyReport(meter, measured, null);
    return { measured, energy, readings, joulesPerRun: perRun(readings) };
  });
  await warnOfLoss(
    meters,
    perMeter.map(({ measured }) => measured),
    warn,
  );
  const reports = perMeter.map(({ energy }) => energy);
  const lives = await livesOf(options, reports);
  const [first] = perMeter;
  const exitCode = runs.at(-1)?.exitCode ?? null;
  const json = {
    command,
    exitCode,
    runs: (first?.readings ?? []).map((run) => ({
      seconds: run.seconds,
      joules: isCovered(run) ? run.joules.value : null,
    })),
    idle: { watts: first?.energy.idleWatts?.value ?? null },
    joulesPerRun: first?.joulesPerRun ?? null,
    energy: first?.energy ?? null,
    ...(lives[0] && { battery: lives[0] }),
    meters: perMeter.map(({ energy, joulesPerRun }, k) => ({
      ...{ ...energy, joulesPerRun },
      ...(lives[k] && { battery: lives[k] }),
    })),
  };
  const text = [
    ...labelled("command", [
      command.join(" "),
      ...(exitCode === null ? [] : [`ended with exit code ${exitCode}`]),
    ]),
    ...perMeter.flatMap(({ energy, readings, joulesPerRun }, k) => [
      ...labelled("meter", [
        `${energy.meter}: ${energy.instrument}, scope ${energy.scope}, ${energy.quality}`,
      ]),
      ...labelled(
        "runs",
        table(
          readings.map((run, k) => [
            ...[`${k + 1}`, `${significant(run.seconds)} s`],
            isCovered(run) ? quantity(run.joules.value, "J") : "no figure",
          ]),
          ["right", "right", "right"],
        ),
      ),
      ...labelled(
        "each",
        joulesPerRun ? [`${bounds(joulesPerRun)}, ${plural(readings.length, "run")}`] : [],
      ),
      ...labelled("energy", energyLines({ energy })),
      ...labelled("battery", livesLines(lives.slice(k, k + 1))),
    ]),
  ];
  const result = { json, text };
  if (exitCode === 0 || exitCode === null) return result;
  const [name = ""] = command;
  const failed = problem("COMMAND_FAILED", name, `exit code ${exitCode}`, "exit code 0");
  throw new Unfinished(result, new TwentyWattError(failed));
}

/** The mean of the runs: how they scatter, and what each of them is known within. None where one was hardly read. */
export function perRun(readings: readonly EnergyReading[]): Figure | null {
  if (readings.length === 0 || !readings.every(isCovered)) return null;
  const total = sumOf(readings).joules;
  const n = readings.length;
  const value = total.value / n;
  // a single run says nothing of how runs scatter
  const scatter = halfWidth95(readings.map(({ joules }) => joules.value)) ?? 0;
  const low = value - together(scatter, (total.value - total.low) / n);
  // two runs scatter so little known that the bound may lie below nothing, which no run that took energy can have cost
  const positive = readings.every(({ joules }) => joules.value > 0);
  return {
    value,
    low: positive ? Math.max(0, low) : low,
    high: value + together(scatter, (total.high - total.value) / n),
  };
}

const bounds = ({ value, low, high }: Figure): string =>
  `${quantity(value, "J")} (${quantity(low, "J")} … ${quantity(high, "J")})`;
