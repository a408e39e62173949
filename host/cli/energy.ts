/** --meter: opened before any work, measured around it, and printed with what it leaves out. */
import type {
  EnergyMissing,
  EnergyReport,
  Figure,
  Machine,
  Measured,
  Meter,
  Work,
} from "../power/index.ts";
import type { Target } from "../runtime/index.ts";
import { multiple, quantity, significant } from "../text.ts";
import { secondsToMilliseconds } from "../units.ts";
import { sleep } from "./io.ts";
import { isBoard, machineOf } from "./machine.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";

/** What a document says of energy: a report, or null and why. */
export type Energy =
  | { readonly energy: EnergyReport }
  | { readonly energy: null; readonly energyMissing: EnergyMissing };

/** What --meter asks for, on the machine that does the work. Opened before any work. */
export type Metering = {
  /** null without --meter: no meter is ever chosen silently */
  readonly meter: Meter | null;
  readonly machine: Machine;
};

/** Raises METER_MISSING where the meter is not there, or is another machine's. */
export async function openMetering(
  uri: string | undefined,
  target: Target,
  { io }: Session,
): Promise<Metering> {
  const { openMeter } = await import("../power/index.ts");
  try {
    const machine = await machineOf(target, io);
    const meter = uri === undefined ? null : await openMeter(uri, { clock: io.clock, machine });
    return { meter, machine };
  } catch (error) {
    if (isBoard(target)) await target.close();
    throw error;
  }
}

/** Does the work, inside the windows of the meter where there is one. */
export async function withMeter(
  { meter }: Metering,
  { io }: Session,
  work: () => Promise<void>,
): Promise<Measured | null> {
  if (meter === null) {
    await work();
    return null;
  }
  const { measure } = await import("../power/index.ts");
  if (meter.reads) {
    say(io.stderr, `measuring with ${meter.name}, idle before and after …`);
  }
  return measure(meter, work, (seconds) => sleep(seconds, io.signal));
}

/** Below this, most of the window is the program waking up, whatever it runs. */
const SHORT_SECONDS = 0.5;

export async function energyOf(
  { meter, machine }: Metering,
  measured: Measured | null,
  work: Work,
  { warn }: Session,
): Promise<Energy> {
  const { energyReport, idleChange, noMeter } = await import("../power/index.ts");
  if (meter === null || measured === null) {
    return { energy: null, energyMissing: await noMeter({ machine }) };
  }
  const { seconds } = measured.active;
  // a board's own clock sees its steps and nothing of a start
  if (machine.here && seconds > 0 && seconds < SHORT_SECONDS) {
    const ms = significant(secondsToMilliseconds(seconds));
    warn(
      `the work took ${ms} ms, start included: \`bench --meter\` with --seconds measures for longer`,
    );
  }
  const change = idleChange(measured, meter.reads);
  if (change) {
    const [before, after] = change.map(({ value }) => quantity(value, "W"));
    warn(
      `idle power was ${before} before the work and ${after} after it: something else began or ended, and the difference to idle takes their mean`,
    );
  }
  return { energy: energyReport(meter, measured, work) };
}

/** Every figure with its bounds; the lines a person reads. */
export function energyLines(result: Energy, work: "inference" | "step" = "inference"): string[] {
  if (result.energy === null) {
    const { reason, remedy } = result.energyMissing;
    return [`no figure: ${reason}.`, remedy];
  }
  const { energy } = result;
  const { idleWatts, activeWatts, deltaWatts, joulesPerInference, joulesPerStep } = energy;
  const { joulesPerSpike, joulesPerSynapticEvent } = energy;
  const whole = work === "inference" ? joulesPerInference : joulesPerStep;
  const lines = [
    whole && `${bounds(whole, "J")} per ${work}`,
    joulesPerSpike && `${bounds(joulesPerSpike, "J")} per spike`,
    joulesPerSynapticEvent && `${bounds(joulesPerSynapticEvent, "J")} per synaptic event`,
    timesBrainLine(energy.brain),
    `${energy.quality}: ${energy.instrument}, scope ${energy.scope}`,
    `${energy.method}; ${significant(energy.windowSeconds)} s, ${energy.samples} readings${gaps(energy)}`,
    `not included: ${energy.doesNotInclude.join(", ")}`,
    activeWatts && `active ${bounds(activeWatts, "W")}`,
    idleWatts && `idle ${bounds(idleWatts, "W")}`,
    idleWatts && deltaWatts && `difference ${bounds(deltaWatts, "W")}`,
    energy.brain.shareOf20W && brainLine(energy.brain.shareOf20W, energy),
    energy.energyMissing && `without figures: ${energy.energyMissing.reason}`,
  ];
  return lines.filter((line) => line !== null);
}

/** Where readings are missing, the mean of the others stands in for them. */
const gaps = ({ samples, coverage }: EnergyReport): string =>
  samples === 0 || coverage === 1 ? "" : `, ${significant(100 * coverage)} % of the time covered`;

function timesBrainLine({ timesBrainLow: low, timesBrainHigh: high }: EnergyReport["brain"]) {
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
