/** --battery and --duty: how long a battery lasts at what was measured, with its bounds, and what that leaves out. */
import { type Command, InvalidArgumentError } from "commander";
import { fail } from "../errors.ts";
import type { Battery, BatteryLife, EnergyReport } from "../power/index.ts";
import { count, significant } from "../text.ts";
import { percent } from "./options.ts";

export type BatteryOptions = {
  readonly battery?: Battery;
  /** percent of the time; absent: all of it */
  readonly duty?: number;
};

export const batteryOptions = (command: Command): Command =>
  command
    .option(
      "--battery <mAh@volts>",
      "say how long a battery would last at what was measured, such as 2000@3.7",
      cell,
    )
    .option(
      "--duty <percent>",
      "set how much of the time it works on that --battery, idle for the rest (default: 100)",
      percent,
    );

function cell(text: string): Battery {
  const [, milliamperes = "", volts = ""] = /^(\d+(?:\.\d+)?)@(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const battery = { milliampereHours: Number(milliamperes), volts: Number(volts) };
  if (milliamperes === "" || !(battery.milliampereHours > 0) || !(battery.volts > 0)) {
    throw new InvalidArgumentError("Expected mAh@volts, both above 0, such as 2000@3.7.");
  }
  return battery;
}

/** @throws USAGE for a duty without a battery, or a battery without a meter. @param meter `power` takes one itself */
export function requireMeter({ battery, duty }: BatteryOptions, meter: string | undefined): void {
  if (duty !== undefined && battery === undefined) {
    fail("USAGE", "--duty", "no --battery", "--battery mAh@volts beside it");
  }
  if (battery !== undefined && meter === undefined) {
    fail("USAGE", "--battery", "no --meter", "--meter URI, whose power it is");
  }
}

/** What of a battery's load this scope does not see; none where it is everything behind the supply. */
const NARROW: readonly string[] = ["core", "soc", "rails"];

export type Life = BatteryLife & Pick<EnergyReport, "meter" | "scope" | "quality">;

/** By each of several meters; none without --battery. */
export async function livesOf(
  { battery, duty = 100 }: BatteryOptions,
  reports: readonly EnergyReport[],
): Promise<readonly Life[]> {
  if (battery === undefined) return [];
  const { batteryLife } = await import("../power/index.ts");
  return reports.map(({ meter, scope, quality, activeWatts, idleWatts }) => ({
    ...{ meter, scope, quality },
    ...batteryLife(battery, duty / 100, activeWatts, idleWatts),
  }));
}

export const livesLines = ([life, ...others]: readonly Life[]): string[] => [
  ...(life ? lifeLines(life) : []),
  ...others.flatMap((other) => [`by ${other.meter}:`, ...lifeLines(other)]),
];

function lifeLines(life: Life): string[] {
  const { milliampereHours, volts, wattHours, duty, hours, missing, scope, quality } = life;
  const what = `${count(milliampereHours)} mAh at ${significant(volts)} V (${significant(wattHours)} Wh)`;
  if (hours === null) return [`${what}: no figure, because ${missing}`];
  const working =
    duty === 1 ? "working all the time" : `working ${significant(100 * duty)} % of the time`;
  const most = hours.high === null ? "without end" : time(hours.high);
  return [
    `${what} last ${time(hours.value)} (${time(hours.low)} … ${most}), ${working}; scope ${scope}, ${quality}`,
    "as rated: losses of its regulator, ageing and self-discharge come off",
    ...(NARROW.includes(scope)
      ? [`and what scope ${scope} leaves out: the battery feeds that too`]
      : []),
  ];
}

const HOURS_A_DAY = 24;
const DAYS_A_YEAR = 365.25;

function time(hours: number): string {
  const days = hours / HOURS_A_DAY;
  if (hours < 1) return `${significant(60 * hours)} min`;
  if (days < 3) return `${significant(hours)} h`;
  return days < DAYS_A_YEAR
    ? `${significant(days)} days`
    : `${significant(days / DAYS_A_YEAR)} years`;
}
