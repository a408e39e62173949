/** Which meter is meant, and which there are. Nothing is opened that was not named. */
import { fail, TwentyWattError } from "../errors.ts";
import { openEstimate, type Processor } from "./estimate.ts";
import type { Meter } from "./meter.ts";
import { openRapl, type RaplOptions } from "./rapl.ts";

export type MeterOptions = RaplOptions & { readonly processor?: Processor | undefined };

type Row = {
  readonly form: string;
  readonly open: (argument: string | null, options: MeterOptions) => Meter;
};

const METERS: Record<string, Row> = {
  rapl: {
    form: "rapl[:psys]",
    open: (zone, options) => {
      if (zone !== null && zone !== "psys") unknown(`rapl:${zone}`);
      return openRapl(zone ?? "package", options);
    },
  },
  estimate: {
    form: "estimate[:CLASS]",
    open: (name, { clock, processor }) => openEstimate(name, clock, processor),
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

export type EnergyMissing = { readonly reason: string; readonly remedy: string };

/** Why a report without a named meter has no energy, and what would give it one on this computer. */
export function noMeter(options: MeterOptions = {}): EnergyMissing {
  const reason = "no meter was named, and none is ever chosen silently";
  try {
    const { name } = openMeter("rapl", options);
    return { reason, remedy: `Add --meter rapl: ${name} is readable here.` };
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    const found = error.problems.map(({ where, got, remedy }) => `${where}: ${got}. ${remedy}`);
    return { reason, remedy: found.join(" ") };
  }
}
