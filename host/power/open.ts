/** Which meter is meant, and which there are. Nothing is opened that was not named. */
import { fail, TwentyWattError } from "../errors.ts";
import { openEstimate } from "./estimate.ts";
import { type Machine, thisComputer } from "./machine.ts";
import type { Meter } from "./meter.ts";
import { openRapl, type RaplOptions } from "./rapl.ts";

export type MeterOptions = RaplOptions & {
  /** what does the work; default: this process */
  readonly machine?: Machine | undefined;
};

type Row = {
  readonly form: string;
  readonly what: string;
  readonly open: (argument: string | null, options: MeterOptions) => Meter;
};

/** The meters of this version, and no others: messages list them from here. */
const METERS: Record<string, Row> = {
  rapl: {
    form: "rapl[:psys]",
    what: "the processor's own counters on x86",
    open: (zone, options) => {
      if (zone !== null && zone !== "psys") unknown(`rapl:${zone}`);
      requireHere(zone === null ? "rapl" : `rapl:${zone}`, options.machine);
      return openRapl(zone ?? "package", options);
    },
  },
  estimate: {
    form: "estimate[:CLASS]",
    what: "time × the watts of one core",
    open: (name, { machine }) => openEstimate(name, machine),
  },
};

/** Opens a meter by URI. Raises METER_MISSING where it is unknown or cannot be read: there is no second choice. */
export function openMeter(uri: string, options: MeterOptions = {}): Meter {
  const [, kind = "", argument] = /^([^:]*)(?::(.*))?$/s.exec(uri) ?? [];
  const row = Object.hasOwn(METERS, kind) ? METERS[kind] : undefined;
  return row ? row.open(argument ?? null, options) : unknown(uri);
}

function unknown(uri: string): never {
  const forms = Object.values(METERS).map(({ form }) => form);
  return fail("METER_MISSING", "--meter", uri, `one of ${forms.join(", ")}`);
}

/** What this computer draws says nothing of a board. */
function requireHere(uri: string, machine: Machine = thisComputer()): void {
  if (machine.here) return;
  const { name, coreClass } = machine;
  const got = `${uri}, which sees this computer, but the work runs on ${name}`;
  if (typeof coreClass !== "string") {
    fail("METER_MISSING", "--meter", got, "a machine with figures", coreClass.remedy);
  }
  const remedy = "Ask for an estimate with --meter estimate.";
  fail("METER_MISSING", "--meter", got, `estimate:${coreClass}`, remedy);
}

export type EnergyMissing = { readonly reason: string; readonly remedy: string };

/** Why a report without a named meter has no energy, and what would give it one on the machine that does the work. */
export function noMeter(options: MeterOptions = {}): EnergyMissing {
  const rows = Object.values(METERS).map(({ form, what }) => `${form} (${what})`);
  const meters = `Meters of this version: ${rows.join(", ")}.`;
  return {
    reason: "no meter was named, and none is ever chosen silently",
    remedy: `${firstChoice(options)} ${meters}`,
  };
}

/** The meter that reads something here, else why there is none. */
function firstChoice(options: MeterOptions): string {
  try {
    const { name } = openMeter("rapl", options);
    return `Add --meter rapl: ${name} is readable here.`;
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ where, got, remedy }) => `${where}: ${got}. ${remedy}`).join(" ");
  }
}
