/** `bench --rule mlperf-tiny`: five windows of at least ten seconds, their median, and how they scatter. */
import { type Command, Option } from "commander";
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { EnergyReport, Figure, Measured, Repeats } from "../power/index.ts";
import { plural, quantity, significant } from "../text.ts";
import type { Metering } from "./energy.ts";

export type RuleOptions = {
  readonly rule?: "mlperf-tiny";
  readonly meter?: string;
};

export const ruleOption = (command: Command): Command =>
  command.addOption(
    new Option(
      "--rule <name>",
      "measure energy by this rule: mlperf-tiny, the median of five windows of at least 10 s (default: one window of --seconds)",
    ).choices(["mlperf-tiny"]),
  );

/** How often, and for how long at least. @throws USAGE for a rule without a meter */
export async function windowsOf(
  { rule, meter }: RuleOptions,
  seconds: number,
): Promise<{ readonly windows: number; readonly seconds: number }> {
  if (rule === undefined) return { windows: 1, seconds };
  if (meter === undefined) fail("USAGE", "--rule", "no --meter", "--meter URI, which measures it");
  if (/[?&]marker=/.test(meter)) {
    const remedy =
      "Leave one of the two out: the rule divides a window's energy by its inferences.";
    fail(
      "USAGE",
      "--rule",
      "a marker, which cuts windows of single steps",
      "a meter without",
      remedy,
    );
  }
  const { MLPERF_TINY } = await import("../power/index.ts");
  return { windows: MLPERF_TINY.windows, seconds: Math.max(seconds, MLPERF_TINY.seconds) };
}

export type RepeatsOf = Pick<EnergyReport, "meter" | "scope" | "quality"> & Repeats;

/** What a document says of them: by the first meter, and by those beside it. */
export type Again = {
  readonly repeats?: RepeatsOf;
  readonly otherRepeats?: readonly RepeatsOf[];
};

/** @param counts inferences or steps of each window */
export async function repeats(
  { rule }: RuleOptions,
  { meter, others = [] }: Metering,
  measured: readonly Measured[] | null,
  counts: readonly number[],
): Promise<Again> {
  if (rule === undefined || meter === null) return {};
  const { joulesOf, repeatsOf, systematicShare } = await import("../power/index.ts");
  const [first, ...beside] = [meter, ...others].flatMap(({ uri, scope, quality, reads }, m) => {
    const windows = measured?.[m]?.windows;
    if (windows === undefined) return [];
    const each = windows.map((window, k) => {
      const count = at(counts, k);
      return { seconds: window.seconds, count, joulesEach: joulesOf(window, count, reads) };
    });
    return [{ meter: uri, scope, quality, ...repeatsOf(each, systematicShare(windows)) }];
  });
  return {
    ...(first && { repeats: first }),
    ...(beside.length > 0 && { otherRepeats: beside }),
  };
}

export const repeatLines = (
  { repeats: first, otherRepeats = [] }: Again,
  work: "inference" | "step",
): string[] => [
  ...(first ? linesOf(first, work) : []),
  ...otherRepeats.flatMap((other) => [`by ${other.meter}:`, ...linesOf(other, work)]),
];

function linesOf(found: RepeatsOf, work: "inference" | "step"): string[] {
  const { median, met, spread, windows, scope, quality } = found;
  const lengths = windows.map(({ seconds }) => seconds);
  const length = `${significant(Math.min(...lengths))} … ${significant(Math.max(...lengths))} s`;
  const head = `median of ${plural(windows.length, "window")} of ${length}`;
  return [
    median === null
      ? `${head}: no figure, because readings cover too little of one`
      : `${head}: ${bounds(median)} per ${work}, scope ${scope}, ${quality}`,
    ...(spread === null ? [] : [`they scatter by ${significant(100 * spread)} % of it`]),
    met
      ? "by MLPerf Tiny's rule: five windows of at least 10 s"
      : "not by MLPerf Tiny's rule, which is five windows of at least 10 s",
  ];
}

const bounds = ({ value, low, high }: Figure): string =>
  `${quantity(value, "J")} (${quantity(low, "J")} … ${quantity(high, "J")})`;
