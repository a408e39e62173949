/**
 * A line of text as named numbers with their units, in any of the forms that people print:
 *
 *   Bus Voltage:   4.98 V          one quantity a line, the unit behind the number
 *   V:5.01,mA:612.3                Arduino's plotter: the name is the unit
 *   5.01 V  612.3 mA               numbers with units and no names
 *   {"bus_V":5.01,"mA":612.3}      JSON, one flat object a line: the unit ends the name
 *
 * A number without a unit stays without one: whether a "current" is in A or in mA nobody can guess from its size.
 */

import { clockUnitNs } from "../lines/index.ts";

export type Quantity = "volts" | "amps" | "watts";
export type Unit = { readonly quantity: Quantity; readonly factor: number };
export type Field = {
  readonly name: string;
  /** as it was printed, without the unit's factor; NaN where it is no finite number */
  readonly value: number;
  /** null: none, or of something else */
  readonly unit: Unit | null;
  /** nanoseconds of a unit, where it is the other board's time; null: it is something else */
  readonly clockNs: number | null;
};

const PREFIXES = { "": 1, m: 1e-3, u: 1e-6, µ: 1e-6, μ: 1e-6, n: 1e-9 } as const;
const WORDS = { "": 1, milli: 1e-3, micro: 1e-6 } as const;

/** V, mV, uV …, and the words that variables are called by. mw is read as mW; MW would be a power station. */
const UNITS: ReadonlyMap<string, Unit> = new Map(
  (["volts", "amps", "watts"] as const).flatMap((quantity) => {
    const letter = quantity.slice(0, 1);
    const short = Object.entries(PREFIXES).flatMap(([prefix, factor]) =>
      [letter.toUpperCase(), letter].map((unit): [string, Unit] => [
        prefix + unit,
        { quantity, factor },
      ]),
    );
    const long = Object.entries(WORDS).flatMap(([prefix, factor]) =>
      [quantity, quantity.slice(0, -1)].map((unit): [string, Unit] => [
        prefix + unit,
        { quantity, factor },
      ]),
    );
    return [...short, ...long];
  }),
);

/** What a name ends with: "current_mA", "Current (mA)", "mA"; of A0, which is a pin, nothing. */
const LAST_WORD = /(?:^|[^A-Za-zµμ\d])([A-Za-zµμ]+)[)\]\s]*$/;

/** The unit that a name is or ends with. "a_x" and "x_v" are axes, "bus_v" is a voltage. */
export function unitOfName(name: string): Unit | null {
  const last = LAST_WORD.exec(name)?.[1] ?? "";
  const axis = /^[vaw]$/.test(last) && last !== name && !/volt|bus|load|curr|pow/i.test(name);
  if (axis) return null;
  const word = last.length > 2 ? last.toLowerCase() : last;
  return UNITS.get(last) ?? UNITS.get(word) ?? null;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
/** What printf makes of a division by zero: a reading that is none. */
const NO_NUMBER = "[+-]?(?:nan|inf|infinity|ovf)";
const NAME = String.raw`(?:([\p{L}_][^:=,;\t]*?)\s*[:=]\s*)?`;
/** Not the name of the next field, which has a colon behind it. */
const SUFFIX = String.raw`(?:\s*([\p{L}%°Ω][\p{L}/²]*)(?![\p{L}\p{N}_]*\s*[:=]))?`;
const FIELD = new RegExp(
  `\\s*${NAME}(${NUMBER}|${NO_NUMBER})${SUFFIX}\\s*(?:[,;|\\t]\\s*|(?<=\\s)|$)`,
  "uyi",
);
const VALUE = new RegExp(`^\\s*(${NUMBER})\\s*(\\p{L}*)\\s*$`, "u");
/** A time is told by its name, which ends with its unit or has the unit behind the number: "t_ms:12", "Time: 12 ms". */
const clockOf = (name: string, suffix: string): number | null =>
  clockUnitNs(suffix === "" ? name : `${name.trim()} (${suffix})`);

/** What Arduino's monitor puts in front of a line. */
const STAMP = /^\s*\d\d:\d\d:\d\d(?:\.\d+)?\s*->\s*/;

/** @returns null where the line as a whole is something else */
export function readFields(line: string): readonly Field[] | null {
  const plain = line.replace(STAMP, "").trim();
  return plain.startsWith("{") ? fromJson(plain) : fromPairs(plain);
}

function fromPairs(line: string): readonly Field[] | null {
  const fields: Field[] = [];
  let named = 0;
  for (let end = 0; end < line.length; ) {
    FIELD.lastIndex = end;
    const [whole, name = "", digits = "", suffix = ""] = FIELD.exec(line) ?? [];
    if (whole === undefined || whole === "") return null;
    end += whole.length;
    const unit = suffix === "" ? unitOfName(name) : (UNITS.get(suffix) ?? null);
    if (name !== "") named += 1;
    // "4,98 V" is not 4 and 98 V: numbers without a name need a unit, and stand among their like
    else if (suffix === "") return null;
    fields.push({ name, value: numberOf(digits), unit, clockNs: clockOf(name, suffix) });
  }
  return fields.length > 0 && (named === 0 || named === fields.length) ? fields : null;
}

function fromJson(line: string): readonly Field[] | null {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof read !== "object" || read === null) return null;
  return Object.entries(read).flatMap(([name, value]): Field[] => {
    const unit = unitOfName(name);
    const clockNs = clockOf(name, "");
    if (typeof value === "number") return [{ name, value: finite(value), unit, clockNs }];
    // Arduino's JSON libraries write null for NaN
    if (value === null) return [{ name, value: Number.NaN, unit, clockNs }];
    const [, digits, suffix = ""] = (typeof value === "string" && VALUE.exec(value)) || [];
    if (digits === undefined) return [];
    const own = suffix === "" ? unit : (UNITS.get(suffix) ?? null);
    return [{ name, value: numberOf(digits), unit: own, clockNs: clockOf(name, suffix) }];
  });
}

/** Whether a cell holds a number, or what stands for one that is none. */
export const isNumeric = (text: string): boolean => NUMERIC.test(text);
const NUMERIC = new RegExp(`^\\s*(?:${NUMBER}|${NO_NUMBER})?\\s*$`, "i");

/** @returns NaN for what is no finite number */
export const numberOf = (text: string): number =>
  text.trim() === "" ? Number.NaN : finite(Number(text));

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);
