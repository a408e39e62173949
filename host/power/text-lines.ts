/**
 * Lines of text as readings of power: `power` where it is printed, else V·I. A line is a whole reading, a row below a
 * header, or one quantity of a block that ends with an empty line or where a name comes again. What is no reading is
 * skipped and counted; what should have been one is lost.
 */
import { clockUnitNs } from "../lines/index.ts";
import { at } from "../model/at.ts";
import {
  type Field,
  isNumeric,
  numberOf,
  readFields,
  type Unit,
  unitOfName,
} from "./text-fields.ts";

/** A number of the other board's own clock. */
export type Stamp = {
  /** of the column or the key */
  readonly name: string;
  readonly count: number;
  /** nanoseconds of one */
  readonly unitNs: number;
};

export type TextReading = {
  /** when its last line came */
  readonly atNs: bigint;
  /** when the other board says that it was */
  readonly stamp: Stamp | null;
  readonly watts: number;
  readonly volts: number | null;
  readonly amps: number | null;
  /** readings that could not be read since the one before */
  readonly lost: number;
};

type Header = { readonly separator: string; readonly columns: readonly string[] };

const SEPARATORS = [",", ";", "\t"] as const;

export class PowerLines {
  /** lines that were no readings, damaged ones included */
  skipped = 0;
  /** the last of them, and what was wrong with it */
  why = "";
  #lost = 0;
  #header: Header | null = null;
  #block: Field[] = [];
  #blockNs = 0n;

  /** @param line without its end; null: one that was no text, or too long */
  push(line: string | null, atNs: bigint): TextReading | null {
    if (line === null) return this.#damaged("a line that is no text");
    if (line.trim() === "") return this.#endOfBlock();
    const header = headerIn(line);
    if (header) {
      this.#header = header;
      return this.#skip("a header");
    }
    const row = this.#header && rowOf(line, this.#header);
    if (row) return this.#read(row, atNs);
    const fields = readFields(line);
    if (fields === null) {
      // a row that lost a part on its way, in the middle of others
      if (this.#header && /^\s*[-+\d.]/.test(line)) return this.#damaged("a torn row");
      return this.#skip(JSON.stringify(line.slice(0, 60)));
    }
    const [only] = fields;
    if (fields.length !== 1 || !only || line.trim().startsWith("{")) {
      this.#block = [];
      return this.#read(fields, atNs);
    }
    return this.#quantity(only, atNs);
  }

  /** One of a block. The block before ends where its names begin again. */
  #quantity(field: Field, atNs: bigint): TextReading | null {
    const again = this.#block.some(({ name }) => name === field.name);
    const reading = again ? this.#endOfBlock() : null;
    this.#block.push(field);
    this.#blockNs = atNs;
    return reading;
  }

  #endOfBlock(): TextReading | null {
    if (this.#block.length === 0) return null;
    const block = this.#block;
    this.#block = [];
    return this.#read(block, this.#blockNs);
  }

  #read(fields: readonly Field[], atNs: bigint): TextReading | null {
    const volts = supplyVolts(fields);
    const amps = only(fields, "amps");
    const watts = only(fields, "watts");
    const several = volts === "several" || amps === "several" || watts === "several";
    if (several) return this.#skip("several of one quantity, and nothing says which is meant");
    const power = watts ?? (volts !== null && amps !== null ? volts * amps : null);
    if (power === null) return this.#skip(whatIsMissing(fields));
    if (![power, volts ?? 0, amps ?? 0].every(Number.isFinite)) return this.#damaged("no number");
    const lost = this.#lost;
    this.#lost = 0;
    return { atNs, stamp: stampIn(fields), watts: power, volts, amps, lost };
  }

  #skip(why: string): null {
    this.skipped += 1;
    this.why = why;
    return null;
  }

  #damaged(why: string): null {
    this.#lost += 1;
    return this.#skip(why);
  }
}

function stampIn(fields: readonly Field[]): Stamp | null {
  for (const { name, value, clockNs } of fields) {
    if (clockNs !== null && Number.isFinite(value)) return { name, count: value, unitNs: clockNs };
  }
  return null;
}

const ofQuantity = (fields: readonly Field[], quantity: Unit["quantity"]): readonly Field[] =>
  fields.filter(({ unit }) => unit?.quantity === quantity);

const inUnits = ({ value, unit }: Field): number => value * (unit?.factor ?? Number.NaN);

function only(fields: readonly Field[], quantity: Unit["quantity"]): number | "several" | null {
  const [first, ...others] = ofQuantity(fields, quantity);
  if (others.length > 0) return "several";
  return first ? inUnits(first) : null;
}

/**
 * The voltage that feeds the load. An INA219 measures its bus voltage there; what Adafruit's example calls the load's is that
 * plus the drop of the shunt. That drop itself is no supply.
 */
function supplyVolts(fields: readonly Field[]): number | "several" | null {
  const supplies = ofQuantity(fields, "volts").filter(({ name }) => !/shunt|drop/i.test(name));
  const bus = supplies.filter(({ name }) => /bus/i.test(name));
  const others = supplies.filter(({ name }) => !/load/i.test(name));
  return only(bus.length > 0 ? bus : others.length > 0 ? others : supplies, "volts");
}

function whatIsMissing(fields: readonly Field[]): string {
  const bare = fields.find(({ name, unit }) => !unit && /volt|curr|amp|pow|watt/i.test(name));
  if (bare) return `${bare.name} without a unit`;
  return "neither a power nor a voltage and a current";
}

/** Names between separators, at least one of them with a unit of ours. */
function headerIn(line: string): Header | null {
  for (const separator of SEPARATORS) {
    const columns = line.replace(/^\s*#/, "").split(separator).map(unquoted);
    if (columns.length < 2 || !columns.every((name) => /^[\p{L}_][^:={}]*$/u.test(name))) continue;
    if (columns.some((name) => unitOfName(name) !== null)) return { separator, columns };
  }
  return null;
}

/** @returns null where the line has other columns, or words where a quantity should stand */
function rowOf(line: string, { separator, columns }: Header): readonly Field[] | null {
  const cells = line.split(separator).map(unquoted);
  if (cells.length !== columns.length) return null;
  const fields = columns.map((name, k) => {
    const cell = at(cells, k);
    const plain = separator === "," ? cell : cell.replace(",", ".");
    const value = numberOf(plain);
    return { name, plain, value, unit: unitOfName(name), clockNs: clockUnitNs(name) };
  });
  const numeric = ({ plain, unit, clockNs }: (typeof fields)[number]): boolean =>
    (unit === null && clockNs === null) || isNumeric(plain);
  return fields.every(numeric) ? fields : null;
}

const unquoted = (cell: string): string => cell.trim().replace(/^"(.*)"$/, "$1");
