/**
 * pmic, pmic:fit: the power controller of a Raspberry Pi 5 (and 500, Compute Module 5), which measures twelve of the board's
 * rails. Its answer has all currents first and then all voltages, in another order: they are paired by name.
 *
 *     VDD_CORE_A current(7)=1.42880000A
 *     VDD_CORE_V volt(15)=0.90659250V
 *
 * What hangs on raw 5 V is not among them. A fit to a meter at the plug has been published; it is another meter, an
 * estimate, and never stands in for the sum.
 */
import { fail, TwentyWattError } from "../errors.ts";
import { loadSystemCalls } from "../linux/libc.ts";
import type { SystemCalls } from "../linux/system-calls.ts";
import { openFirmware } from "../linux/vcio.ts";
import { type Clock, secondsToMilliseconds, systemClock } from "../units.ts";
import type { PowerFacts, PowerMeter } from "./meter.ts";
import { type Every, inBackground, polledMeter } from "./polled.ts";
import { VCGENCMD, vcgencmd } from "./vcgencmd.ts";

export type PmicOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  readonly root?: string | undefined;
  readonly calls?: SystemCalls | undefined;
  /** the program that asks where the device cannot be */
  readonly command?: string | undefined;
};

/** Watts at the plug = sum · gain + offset (jfikar/RPi5-power): one board, one meter. */
const FIT = { gain: 1.1451, offsetWatts: 0.5879 };
const COMMAND = "pmic_read_adc";
/** Through the device; a process costs power itself and is started once a second. */
const PERIOD_SECONDS = { device: 0.1, process: 1 };

export type Rail = { readonly volts: number; readonly amps: number };

export type Rails = {
  readonly rails: ReadonlyMap<string, Rail>;
  /** measured without a current: EXT5V, BATT */
  readonly voltageOnly: readonly string[];
};

/** How the firmware is asked. */
type Route = {
  readonly name: string;
  readonly periodSeconds: number;
  readonly ask: (command: string) => string | Promise<string>;
  readonly close: () => void;
};

/** @throws METER_MISSING with its cause: no such device, no permission, no such program, no current sensing */
export async function openPmic(
  kind: "rails" | "fit",
  options: PmicOptions = {},
): Promise<PowerMeter> {
  const { clock = systemClock, every = inBackground } = options;
  const route = await routeTo(options);
  try {
    const first = railsIn(route.name, await route.ask(COMMAND));
    const facts = factsOf(kind, route, first, flagsIn(await route.ask("get_throttled")));
    const wattsOf = (answer: string) => {
      const sum = sumOf(sameRails(route.name, first, railsIn(route.name, answer)));
      return { watts: kind === "fit" ? sum * FIT.gain + FIT.offsetWatts : sum };
    };
    const ask = () => {
      const answer = route.ask(COMMAND);
      return typeof answer === "string" ? wattsOf(answer) : answer.then(wattsOf);
    };
    const periodMs = secondsToMilliseconds(route.periodSeconds);
    return polledMeter(facts, { clock, every, periodMs, ask, close: route.close });
  } catch (error) {
    route.close();
    throw error;
  }
}

async function routeTo({ root = "/", calls, command = VCGENCMD }: PmicOptions): Promise<Route> {
  const firmware = await deviceAt(root, calls);
  if (firmware !== null) return { ...firmware, periodSeconds: PERIOD_SECONDS.device };
  return { ...vcgencmd(command), periodSeconds: PERIOD_SECONDS.process };
}

/** Without koffi the program asks: null, as where there is no device. */
async function deviceAt(root: string, calls: SystemCalls | undefined) {
  try {
    return openFirmware(calls ?? (await loadSystemCalls()), root);
  } catch (error) {
    const without = ["PACKAGE_MISSING", "IO"];
    if (error instanceof TwentyWattError && without.includes(error.code)) return null;
    throw error;
  }
}

const LINE = /^\s*(\S+)_(A|V)\s+(current|volt)\((\d+)\)=(\d+(?:\.\d+)?)(A|V)$/;

/** @throws METER_MISSING for what is no such answer, and for a current without its voltage */
export function railsIn(where: string, answer: string): Rails {
  const lines = answer.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.some((line) => line.startsWith("error="))) noSensing(where, answer.trim());
  const found = { A: new Map<string, number>(), V: new Map<string, number>() };
  for (const line of lines) {
    const [, rail = "", unit, quantity, , value, same] = LINE.exec(line) ?? [];
    if ((unit !== "A" && unit !== "V") || unit !== same || quantity !== QUANTITY[unit]) {
      return notRails(where, JSON.stringify(line));
    }
    if (found[unit].has(rail)) return notRails(where, `${rail}_${unit} twice`);
    found[unit].set(rail, Number(value));
  }
  if (found.A.size === 0) notRails(where, lines.length === 0 ? "no text" : "no current");
  const rails = new Map<string, Rail>();
  for (const [rail, amps] of found.A) {
    const volts = found.V.get(rail);
    if (volts === undefined) return notRails(where, `${rail}_A without ${rail}_V`);
    rails.set(rail, { volts, amps });
  }
  return { rails, voltageOnly: [...found.V.keys()].filter((rail) => !rails.has(rail)) };
}

const QUANTITY = { A: "current", V: "volt" } as const;

function notRails(where: string, got: string): never {
  return fail("METER_MISSING", where, got, `the rails, as ${COMMAND} lists them`);
}

function noSensing(where: string, got: string): never {
  const remedy =
    "Raspberry Pi 4 and older measure no current: take an INA219 in the supply's line or a meter at the plug, or ask for an " +
    "estimate with --meter estimate.";
  return fail("METER_MISSING", where, got, "the rails of a Raspberry Pi 5", remedy);
}

/** An answer that lost a line would be too small a sum. */
function sameRails(where: string, first: Rails, now: Rails): Rails {
  const missing = [...first.rails.keys()].filter((rail) => !now.rails.has(rail));
  if (missing.length === 0 && now.rails.size === first.rails.size) return now;
  return notRails(where, `${now.rails.size} rails${missing.length > 0 ? `, no ${missing}` : ""}`);
}

/** Σ V·I */
export const sumOf = ({ rails }: Rails): number =>
  [...rails.values()].reduce((sum, { volts, amps }) => sum + volts * amps, 0);

/** Bits of get_throttled; the same 16 higher: since the start. */
const FLAGS = ["under-voltage", "the clock is capped", "throttled", "at its temperature limit"];

/** "throttled=0x50005" as sentences. */
function flagsIn(answer: string): string[] {
  const [, digits] = /^throttled=0x([0-9a-f]{1,8})$/i.exec(answer.trim()) ?? [];
  if (digits === undefined) return ["Whether the board is throttled could not be read."];
  const bits = Number.parseInt(digits, 16);
  const at = (shift: number) => FLAGS.filter((_, k) => ((bits >> (k + shift)) & 1) === 1);
  const sentence = (when: string, flags: readonly string[]) =>
    flags.length > 0 ? [`${when}: ${flags.join(", ")}.`] : [];
  return [...sentence("Now", at(0)), ...sentence("Since the start", at(16))];
}

function factsOf(
  kind: "rails" | "fit",
  { name, periodSeconds }: Route,
  { rails, voltageOnly }: Rails,
  flags: readonly string[],
): PowerFacts {
  const fit = kind === "fit";
  const names = [...rails.keys()].join(", ");
  const sum = `sum of V·I of ${rails.size} rails (${names}) from ${name}, every ${periodSeconds} s`;
  const outside = ["USB ports", "HATs", "NVMe", "fan", "all else on raw 5 V", "input losses"];
  return {
    uri: fit ? "pmic:fit" : "pmic",
    name: fit ? "Raspberry Pi 5 PMIC, fitted to a meter at the plug" : "Raspberry Pi 5 PMIC",
    scope: fit ? "board" : "rails",
    quality: fit ? "estimated" : "derived",
    reads: true,
    doesNotInclude: fit ? ["what hangs on the board beyond that of the fit"] : outside,
    method: fit
      ? `${FIT.gain} × the ${sum}, + ${FIT.offsetWatts} W (jfikar/RPi5-power: one board, one meter)`
      : sum,
    // nobody states any: notes say so
    accuracy: { gain: 0, offsetWatts: 0, timeSeconds: periodSeconds / 2, integrates: false },
    sampleRateHz: 1 / periodSeconds,
    gapSeconds: 2.5 * periodSeconds,
    notes: [
      fit
        ? "An estimate: the fit is that of one board and one meter, and its bounds hold the scatter alone. --meter pmic has the sum itself."
        : "No accuracy of these readings is published: bounds hold their scatter alone.",
      ...(voltageOnly.length > 0 ? [`Measured without a current: ${voltageOnly.join(", ")}.`] : []),
      ...flags,
    ],
  };
}
