/** --meter: opened before any work, measured around it, and printed with what it leaves out. */
import type { EnergyMissing, EnergyReport, Figure, Measured, Meter, Work } from "../power/index.ts";
import { quantity, significant } from "../text.ts";
import { secondsToMilliseconds } from "../units.ts";
import { sleep } from "./io.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";

/** What a document says of energy: a report, or null and why. */
export type Energy =
  | { readonly energy: EnergyReport }
  | { readonly energy: null; readonly energyMissing: EnergyMissing };

/** null without --meter: no meter is ever chosen silently. Raises METER_MISSING. */
export async function openNamedMeter(
  uri: string | undefined,
  { io }: Session,
): Promise<Meter | null> {
  if (uri === undefined) return null;
  const { openMeter } = await import("../power/index.ts");
  return openMeter(uri, { clock: io.clock });
}

/** Does the work, inside the windows of the meter where there is one. */
export async function withMeter(
  meter: Meter | null,
  { io }: Session,
  work: () => Promise<void>,
): Promise<Measured | null> {
  if (meter === null) {
    await work();
    return null;
  }
  const { measure } = await import("../power/index.ts");
  if (meter.quality !== "estimated") {
    say(io.stderr, `measuring with ${meter.name}, idle before and after …`);
  }
  return measure(meter, work, (seconds) => sleep(seconds, io.signal));
}

/** Below this, most of the window is the program waking up, whatever it runs. */
const SHORT_SECONDS = 0.5;

export async function energyOf(
  meter: Meter | null,
  measured: Measured | null,
  work: Work,
  { warn }: Session,
): Promise<Energy> {
  const { energyReport, noMeter } = await import("../power/index.ts");
  if (meter === null || measured === null) return { energy: null, energyMissing: noMeter() };
  const { seconds } = measured.active;
  if (seconds < SHORT_SECONDS) {
    const ms = significant(secondsToMilliseconds(seconds));
    warn(`the work lasted ${ms} ms, start included: \`bench --meter\` measures for longer`);
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
const gaps = ({ quality, coverage }: EnergyReport): string =>
  quality === "estimated" || coverage === 1
    ? ""
    : `, ${significant(100 * coverage)} % of the time covered`;

function timesBrainLine({ timesBrainLow: low, timesBrainHigh: high }: EnergyReport["brain"]) {
  if (low === null || high === null) return null;
  const power = (x: number) => (x >= 1e4 ? x.toExponential(1).replace("e+", "e") : significant(x));
  return `${power(low)} … ${power(high)} times a synaptic event of the brain (1.25 pJ … 20 fJ, all of its 20 W)`;
}

function brainLine(share: Figure, { scope, brain }: EnergyReport): string {
  const percent = (x: number) => `${significant(100 * x)} %`;
  const range = `${percent(share.low)} … ${percent(share.high)}`;
  return `power of this scope (${scope}) against the brain's ${brain.watts} W: ${range}`;
}

const bounds = ({ value, low, high }: Figure, unit: string): string =>
  `${quantity(value, unit)} (${quantity(low, unit)} … ${quantity(high, unit)})`;
