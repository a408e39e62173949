/** `--meter auto`: the meter that sees most of what is plugged in here, said with the reason. Never an estimate. */
import { fail, TwentyWattError } from "../errors.ts";
import type { Scope } from "./meter.ts";
import { type MeterHere, type MeterOptions, metersHere, openMeter } from "./open.ts";

/** The fairest figure first: what leaves the least out. */
const FAIREST: readonly Scope[] = ["wall", "usb", "board", "target", "rails", "soc"];

export type Choice = {
  readonly uri: string;
  /** a sentence: what was taken, why, and what else there is */
  readonly why: string;
};

/** @throws METER_MISSING where there is none */
export async function chooseMeter(options: MeterOptions = {}): Promise<Choice> {
  const found = (await metersHere(options)).filter(({ scope }) => FAIREST.includes(scope));
  const [first, ...others] = found.sort((a, b) => rank(a) - rank(b));
  if (!first) {
    const here = await whyNoRapl(options);
    const remedy = `${here} \`twentywatt help meters\` lists the instruments; without one, try --meter sim:steady.`;
    return fail("METER_MISSING", "--meter auto", "no meter that can be read", "one", remedy);
  }
  const rest =
    others.length === 0 ? "" : `; there are also ${others.map(({ uri }) => uri).join(", ")}`;
  const why = `took ${first.uri}: ${first.what}, scope ${first.scope}, leaves the least out${rest}`;
  return { uri: first.uri, why };
}

/** The one meter that needs no instrument on a desk: what is in its way. */
async function whyNoRapl(options: MeterOptions): Promise<string> {
  try {
    await (await openMeter("rapl", options)).close();
    return "";
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ where, got }) => `${where}: ${got}.`).join(" ");
  }
}

const rank = ({ scope }: MeterHere): number => FAIREST.indexOf(scope);
