/**
 * What is true of the meters on one desk, so that it need not be written in every call: a file that the user writes.
 *
 *   ~/.config/twentywatt/meters.json
 *   { "meters": { "ina219:1:0x40": { "shuntOhm": 0.1, "offsetWatts": 0.004 } } }
 *
 * A meter is named as --meter names it, without what stands behind a question mark. What the call itself says holds before
 * what the file says, and whatever of the file is used is said.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import { didYouMean, quantity } from "../text.ts";
import type { Uri } from "../uri.ts";
import { INA_KINDS } from "./ina-chips.ts";
import type { PowerMeter } from "./meter.ts";

export type MeterSetting = {
  /** of the shunt in its line, for meters that have one and cannot know it */
  readonly shuntOhm?: number;
  /** what it shows while nothing flows: taken off every reading */
  readonly offsetWatts?: number;
};

export type MeterSettings = {
  /** where it was read */
  readonly file: string;
  readonly meters: Readonly<Record<string, MeterSetting>>;
};

export const settingsFile = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "twentywatt", "meters.json");

/** @returns null where there is no such file. @throws SETTINGS with everything that is wrong in it */
export function readSettings(file: string, kinds: readonly string[]): MeterSettings | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return { file, meters: parseSettings(text, file, kinds) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Between what a maker prints on the smallest and what a shunt may be at all. */
const OHMS = [1e-5, 100] as const;
const MOST_OFFSET_WATTS = 1000;

/** @param kinds of meters that there are. @throws SETTINGS with everything that is wrong in it */
export function parseSettings(
  text: string,
  file: string,
  kinds: readonly string[],
): Readonly<Record<string, MeterSetting>> {
  const problems: Problem[] = [];
  const wrong = (where: string, got: string, expected: string, remedy?: string): void => {
    problems.push(problem("SETTINGS", where, got, expected, remedy));
  };
  const meters: Record<string, MeterSetting> = {};
  const document = jsonOf(text);
  if (!isObject(document) || !isObject(document.meters)) {
    wrong(file, document === undefined ? "no JSON" : "no such object", '{ "meters": { … } }');
    throw new TwentyWattError(problems);
  }
  for (const key of Object.keys(document)) {
    if (key !== "meters") wrong(`${file}: ${key}`, "a key that means nothing", "meters alone");
  }
  for (const [uri, setting] of Object.entries(document.meters)) {
    const where = `${file}: ${uri}`;
    const [kind = ""] = uri.split(/[:?]/);
    if (!kinds.includes(kind)) {
      const hint = didYouMean(kind, kinds);
      wrong(
        where,
        "no meter",
        "a meter by its name",
        `${hint}\`twentywatt help meters\` lists them.`,
      );
    } else if (uri.includes("?")) {
      wrong(where, "keys behind ?", "the meter's name alone");
    } else if (!isObject(setting)) {
      wrong(where, JSON.stringify(setting).slice(0, 40), "{ shuntOhm, offsetWatts }");
    } else {
      problems.push(...settingProblems(where, kind, setting));
      meters[uri] = setting as MeterSetting;
    }
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
  return meters;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const KEYS = ["shuntOhm", "offsetWatts"];

function settingProblems(
  where: string,
  kind: string,
  setting: Readonly<Record<string, unknown>>,
): Problem[] {
  const problems: Problem[] = [];
  const wrong = (key: string, expected: string, remedy?: string): void => {
    const got = JSON.stringify(setting[key]).slice(0, 40);
    problems.push(problem("SETTINGS", `${where}: ${key}`, got, expected, remedy));
  };
  for (const key of Object.keys(setting)) {
    if (!KEYS.includes(key))
      wrong(key, `one of ${KEYS.join(", ")}`, didYouMean(key, KEYS) || undefined);
  }
  const { shuntOhm, offsetWatts } = setting;
  const [least, most] = OHMS;
  if (shuntOhm !== undefined) {
    const shunted = INA_KINDS.some((one) => one === kind);
    if (!shunted) wrong("shuntOhm", `a meter with a shunt of its own: ${INA_KINDS.join(", ")}`);
    else if (!(typeof shuntOhm === "number" && shuntOhm >= least && shuntOhm <= most)) {
      wrong("shuntOhm", `ohms from ${least} to ${most}`, "R100 on a breakout board is 0.1.");
    }
  }
  if (offsetWatts !== undefined) {
    if (!(typeof offsetWatts === "number" && Math.abs(offsetWatts) <= MOST_OFFSET_WATTS)) {
      wrong("offsetWatts", "watts that it shows while nothing flows");
    }
  }
  return problems;
}

/** Of the meter that is asked for. */
export const settingOf = (uri: Uri, settings: MeterSettings | null | undefined): MeterSetting => {
  const [name = ""] = uri.text.split("?");
  return settings && Object.hasOwn(settings.meters, name) ? (settings.meters[name] ?? {}) : {};
};

/** The call with the shunt of the file, where it says none itself. */
export function withShunt(uri: Uri, { shuntOhm }: MeterSetting): Uri {
  if (shuntOhm === undefined || uri.query.has("shunt")) return uri;
  return { ...uri, query: new Map([...uri.query, ["shunt", String(shuntOhm)]]) };
}

/** The meter as the file corrects it; what was taken from there is said. */
export function corrected(
  power: PowerMeter,
  uri: Uri,
  { shuntOhm, offsetWatts }: MeterSetting,
  { file }: MeterSettings,
): PowerMeter {
  const notes: string[] = [];
  if (shuntOhm !== undefined) {
    notes.push(
      uri.query.has("shunt")
        ? `The shunt is that of this call, and not the ${quantity(shuntOhm, "Ω")} of ${file}.`
        : `The shunt of ${quantity(shuntOhm, "Ω")} is that of ${file}.`,
    );
  }
  const offset = offsetWatts === undefined || offsetWatts === 0 ? null : offsetWatts;
  if (offset !== null) {
    notes.push(`${quantity(offset, "W")} are taken off every reading, as ${file} says.`);
  }
  if (notes.length === 0) return power;
  const facts = { ...power.facts, notes: [...power.facts.notes, ...notes] };
  if (offset === null) return { ...power, facts };
  return {
    ...power,
    facts: { ...facts, method: `${facts.method}; less an offset of ${quantity(offset, "W")}` },
    async *samples() {
      for await (const sample of power.samples()) yield { ...sample, watts: sample.watts - offset };
    },
  };
}
