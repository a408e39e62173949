/** --meter: opened before any work, measured around it, and printed with what it leaves out. */
import type {
  EnergyMissing,
  EnergyReport,
  Figure,
  Machine,
  Measured,
  Meter,
  WindowsReport,
  Work,
} from "../power/index.ts";
import type { BoardTarget, Session as Loaded, Target } from "../runtime/index.ts";
import { labelled, multiple, plural, quantity, significant } from "../text.ts";
import { secondsToMilliseconds } from "../units.ts";
import { allOrNone } from "./all-or-none.ts";
import { type BatteryOptions, type Life, livesLines, livesOf } from "./battery.ts";
import { sleep } from "./io.ts";
import { isBoard, machineOf } from "./machine.ts";
import { metersNamed, settingsOf } from "./power-meters.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";
import { StepMarks } from "./step-marks.ts";

/** What a document says of energy: a report, or null and why. */
export type Energy =
  | {
      readonly energy: EnergyReport;
      readonly otherMeters?: readonly EnergyReport[];
      /** with --battery */
      readonly battery?: Life;
      readonly otherBatteries?: readonly Life[];
    }
  | { readonly energy: null; readonly energyMissing: EnergyMissing };

/** What --meter asks for, on the machine that does the work. Opened before any work. */
export type Metering = {
  /** null without --meter: no meter is ever chosen silently */
  readonly meter: Meter | null;
  /** asked for beside it: the same windows seen by other instruments, never mixed with its figures */
  readonly others?: readonly Meter[];
  readonly machine: Machine;
  /** what times single steps for those meters */
  readonly marks?: StepMarks;
  /** let go of at the end, whether or not a module came to be loaded on it */
  readonly board?: BoardTarget;
};

/** Raises METER_MISSING where the meter is not there, or is another machine's. */
export async function openMetering(
  uri: string | undefined,
  target: Target,
  session: Session,
): Promise<Metering> {
  const { io } = session;
  const { openMeter } = await import("../power/index.ts");
  let open: readonly Meter[] = [];
  const marks = new StepMarks(session, target);
  try {
    const machine = await machineOf(target, io);
    const uris = uri === undefined ? [] : await metersNamed(uri, io, machine);
    const { windows } = marks;
    const settings = uris.length === 0 ? null : await settingsOf(io);
    open = await allOrNone(uris, (one) =>
      openMeter(one, { clock: io.clock, pause: io.pause, machine, settings, windows }),
    );
    for (const { uri: name, notes } of open) {
      await marks.checkPins(name);
      for (const note of notes ?? []) say(io.stderr, `${name}: ${note}`);
    }
    const [meter = null, ...others] = open;
    return { meter, others, machine, marks, ...(isBoard(target) && { board: target }) };
  } catch (error) {
    await Promise.all([marks, ...open].map((one) => one.close()));
    if (isBoard(target)) await target.close();
    throw error;
  }
}

export const closeMetering = ({ meter, others = [], marks, board }: Metering): Promise<unknown> =>
  Promise.all([marks, meter, ...others, board].map((one) => one?.close()));

/** The session with its steps timed one by one, where a marker of --meter asks for it. */
export const watchSteps = async ({ marks }: Metering, loaded: Loaded): Promise<Loaded> =>
  marks ? marks.watch(loaded) : loaded;

/** Whether a meter shall see every step by itself: then steps are not sent several at a time. */
export const seesSteps = ({ meter, others = [] }: Metering): boolean =>
  [meter, ...others].some((one) => one !== null && /[?&]marker=/.test(one.uri));

/** Does the work, so many times, inside the windows of the meter where there is one. */
export async function withMeter(
  { meter, others = [] }: Metering,
  { io }: Session,
  work: () => Promise<void>,
  repeats = 1,
): Promise<readonly Measured[] | null> {
  if (meter === null) {
    await work();
    return null;
  }
  const { measureAll } = await import("../power/index.ts");
  const all = [meter, ...others];
  const reading = all.filter(({ reads }) => reads).map(({ name }) => name);
  if (reading.length > 0) {
    say(io.stderr, `measuring with ${reading.join(" and ")}, idle before and after …`);
  }
  return measureAll(all, work, (seconds) => sleep(seconds, io.signal, io), repeats);
}

/** Below this, most of the window is the program waking up, whatever it runs. */
const SHORT_SECONDS = 0.5;

export async function energyOf(
  { meter, others = [], machine }: Metering,
  all: readonly Measured[] | null,
  work: Work,
  { json, warn }: Session,
  options: BatteryOptions,
): Promise<Energy> {
  const { energyReport, idleChange, NO_METER, noMeter } = await import("../power/index.ts");
  await warnOfLoss([meter, ...others], all ?? [], warn);
  const [measured, ...beside] = all ?? [];
  if (meter === null || measured === undefined) {
    // the text has the reason alone: no instrument is touched to word what nobody sees
    return { energy: null, energyMissing: json ? await noMeter({ machine }) : NO_METER };
  }
  const { seconds } = measured.active;
  // a board's own clock sees its steps and nothing of a start
  if (machine.here && seconds > 0 && seconds < SHORT_SECONDS) {
    const ms = significant(secondsToMilliseconds(seconds));
    warn(
      `the work took ${ms} ms, start included, and less than ${secondsToMilliseconds(SHORT_SECONDS)} says little: \`bench --meter\` with --seconds 2, or more on a busy computer, measures for long enough`,
    );
  }
  const change = idleChange(measured, meter.reads);
  if (change) {
    const [before, after] = change.map(({ value }) => quantity(value, "W"));
    warn(
      `idle power was ${before} before the work and ${after} after it: something else began or ended, and the difference to idle takes their mean`,
    );
  }
  const reports = others.flatMap((other, k) => {
    const seen = beside[k];
    return seen === undefined ? [] : [energyReport(other, seen, work)];
  });
  const energy = energyReport(meter, measured, work);
  const [battery, ...otherBatteries] = await livesOf(options, [energy, ...reports]);
  return {
    energy,
    ...(reports.length > 0 && { otherMeters: reports }),
    ...(battery && { battery }),
    ...(otherBatteries.length > 0 && { otherBatteries }),
  };
}

/** A meter that went away after the work had begun: what was done stays, and its figures are what it read until then. */
export async function warnOfLoss(
  meters: readonly (Meter | null)[],
  all: readonly Measured[],
  warn: Session["warn"],
): Promise<void> {
  const { lossOf } = await import("../power/index.ts");
  for (const [k, measured] of all.entries()) {
    const loss = lossOf(measured);
    if (loss) warn(`--meter ${meters[k]?.uri}: ${loss.reason}. ${loss.remedy}`);
  }
}

/** The same below their labels: what it cost, and how long a battery would last at that. */
export function energyText(
  result: Energy,
  work: "inference" | "step",
  heading: readonly string[] = [],
): string[] {
  const { battery, otherBatteries = [] } = result.energy ? result : {};
  return [
    ...labelled("energy", [...heading, ...energyLines(result, work)]),
    ...labelled("battery", livesLines(battery ? [battery, ...otherBatteries] : [])),
  ];
}

/** Every figure with its bounds; the lines a person reads. */
export function energyLines(result: Energy, work: "inference" | "step" = "inference"): string[] {
  if (result.energy === null) {
    // which meters there are, and why one of them cannot be read, is in the document
    const { reason } = result.energyMissing;
    return [`no figure: ${reason}; \`twentywatt help meters\` lists them`];
  }
  const { energy } = result;
  const { idleWatts, joulesPerInference, joulesPerStep } = energy;
  const { joulesPerSpike, joulesPerSynapticEvent } = energy;
  const whole = work === "inference" ? joulesPerInference : joulesPerStep;
  const isKnown = (figure: Figure | null): figure is Figure =>
    figure !== null && !isUnresolved(figure, energy);
  const line = (figure: Figure | null, words: (figure: Figure) => string | null): string | null =>
    isKnown(figure) ? words(figure) : null;
  const { activeWatts: active } = energy;
  const lines = [
    line(whole, (figure) => `${bounds(figure, "J")} per ${work}`),
    line(joulesPerSpike, (figure) => `${bounds(figure, "J")} per spike`),
    line(joulesPerSynapticEvent, (figure) => `${bounds(figure, "J")} per synaptic event`),
    line(joulesPerSynapticEvent, () => timesBrainLine(energy.brain)),
    ...(energy.windows ? windowLines(energy.windows) : []),
    `${energy.quality}: ${energy.instrument}, scope ${energy.scope}`,
    `${energy.method}; ${significant(energy.windowSeconds)} s, ${energy.samples} readings${gaps(energy)}`,
    `not included: ${energy.doesNotInclude.join(", ")}`,
    line(active, (figure) => `active ${bounds(figure, "W")}`),
    active && !isKnown(active) ? UNRESOLVED : null,
    idleWatts && `idle ${bounds(idleWatts, "W")}`,
    idleWatts && isKnown(active) && energy.deltaWatts
      ? `difference ${bounds(energy.deltaWatts, "W")}`
      : null,
    line(energy.brain.shareOf20W, (figure) => brainLine(figure, energy)),
    energy.energyMissing && `without figures: ${energy.energyMissing.reason}`,
  ];
  const others = result.otherMeters ?? [];
  return [
    ...lines.filter((one) => one !== null),
    ...others.flatMap((other) => [
      `beside it, ${other.meter}:`,
      ...energyLines({ energy: other }, work),
    ]),
  ];
}

/** Fewer readings than that cannot be told from their scatter. */
const FEW_READINGS = 8;

/**
 * A short window, or a few readings, may say of a power no more than that it could be nothing, or twice itself: then its
 * bounds are for the document. Of a long window such bounds are a result, as of a device that sleeps; and so are those of
 * an estimate without a reading, which a longer window would not narrow.
 */
const isUnresolved = ({ value, high }: Figure, { windowSeconds, samples }: EnergyReport): boolean =>
  samples > 0 &&
  (windowSeconds < SHORT_SECONDS || samples < FEW_READINGS) &&
  high - value >= Math.abs(value);

const UNRESOLVED =
  "active power and what follows from it: not resolved, as the window is too short; --json has the numbers";

/** What cut the steps, how they scatter, and what surrounds them. */
function windowLines(windows: WindowsReport): string[] {
  const { method, count: n, secondsEach, spread, input, output, skewPpm } = windows;
  const length = n === 0 ? "" : ` of ${quantity(secondsEach, "s")} on the mean`;
  const lines = [
    `windows cut by ${method}: ${plural(n, "step")}${length}`,
    spread && `10 … 90 % of them ${quantity(spread.p10, "J")} … ${quantity(spread.p90, "J")}`,
    input && `${bounds(input, "J")} to take an input`,
    output && `${bounds(output, "J")} to give an output`,
    skewPpm &&
      `the meter's clock against this computer's: ${significant(skewPpm.low)} … ${significant(skewPpm.high)} ppm`,
  ];
  return lines.filter((line) => line !== null);
}

/** Where readings are missing, the mean of the others stands in for them. */
const gaps = ({ samples, coverage }: EnergyReport): string =>
  samples === 0 || coverage === 1 ? "" : `, ${significant(100 * coverage)} % of the time covered`;

function timesBrainLine({
  timesBrainLow: low,
  timesBrainHigh: high,
}: EnergyReport["brain"]): string | null {
  if (low === null || high === null) return null;
  return `${multiple(low)} … ${multiple(high)} times a synaptic event of the brain (1.25 pJ … 20 fJ, all of its 20 W)`;
}

function brainLine(share: Figure, { scope, brain }: EnergyReport): string {
  const percent = (x: number) => `${significant(100 * x)} %`;
  const range = `${percent(share.low)} … ${percent(share.high)}`;
  return `power of this scope (${scope}) against the brain's ${brain.watts} W: ${range}`;
}

const bounds = ({ value, low, high }: Figure, unit: string): string =>
  `${quantity(value, unit)} (${quantity(low, unit)} … ${quantity(high, unit)})`;
