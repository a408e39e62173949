/**
 * Rows of text as samples: which columns are channels, which one is the device's clock or a sequence number, and what is
 * missing. A row that cannot be read is a lost sample; where rows have numbers, so is every number that is left out.
 */
import { fail } from "../errors.ts";
import { clockUnitNs, DeviceClock } from "../lines/index.ts";
import { at } from "../model/at.ts";
import { nanosecondsToSeconds, unitOf } from "../units.ts";
import { unitOfEach } from "./channel-units.ts";
import { type Block, lostAt, type SensorChannel } from "./sensor.ts";
import type { Layout } from "./text-detection.ts";
import { readHeader, readRow } from "./text-formats.ts";

const SEQUENCE = /^(seq|sequence|counter)$/i;
/** A larger step of the sequence number is a device that started anew, not a loss. */
const MOST_MISSING = 100_000;

/** After so many steps up in a row a number is the row's own, and the same row again is a repeated one. */
const STEPS_TO_TRUST = 8;

/** "ax [m/s²]" or "ax (m/s²)" */
export function channelOf(name: string, unit: string): SensorChannel {
  const [, own, given] = /^(.*?)\s*[[(]([^\])]{1,16})[\])]$/u.exec(name) ?? [];
  return own && given !== undefined
    ? { name: own, unit: unitOf(given) }
    : { name, unit: unitOf(unit) };
}

type Columns = {
  readonly values: readonly number[];
  readonly clock: number | null;
  readonly sequence: number | null;
};

export class TextRows {
  readonly channels: readonly SensorChannel[];
  readonly #uri: string;
  readonly #layout: Layout;
  readonly #columns: Columns;
  readonly #clock: DeviceClock | null;
  readonly #clockSeconds: number;
  #sequence: number | null = null;
  /** steps up of the sequence; below 0 once a number stood in two rows that differ: it counts something else */
  #steps = 0;
  #row: readonly number[] = [];
  /** lost since the last sample */
  #lost = 0;
  /** the present block, and what is missing before it */
  #before = 0;
  #values: number[] = [];
  #times: bigint[] = [];

  /** @param unit of channels that do not name one: of all, or of each between commas */
  constructor(uri: string, layout: Layout, unit: string) {
    this.#uri = uri;
    this.#layout = layout;
    const { names } = layout;
    const clock = names.findIndex((name) => clockUnitNs(name) !== null);
    const sequence = names.findIndex((name) => SEQUENCE.test(name));
    const values = names.flatMap((_, k) => (k === clock || k === sequence ? [] : [k]));
    if (values.length === 0) fail("INPUT_FORMAT", uri, names.join(", "), "a column with values");
    this.#columns = {
      values,
      clock: clock < 0 ? null : clock,
      sequence: sequence < 0 ? null : sequence,
    };
    const units = unitOfEach(uri, unit, values.length);
    this.channels = values.map((k, j) => channelOf(at(names, k), at(units, j)));
    const unitNs = clock < 0 ? null : clockUnitNs(at(names, clock));
    this.#clock = unitNs === null ? null : new DeviceClock(unitNs);
    this.#clockSeconds = nanosecondsToSeconds(unitNs ?? 0);
  }

  /** What tells time and losses, for one line of text. */
  get timing(): string {
    const { clock, sequence } = this.#columns;
    const { names } = this.#layout;
    return [
      clock === null ? "times of arrival" : `times of the device (${at(names, clock)})`,
      ...(sequence === null ? [] : [`losses by ${at(names, sequence)}`]),
    ].join(", ");
  }

  /** What the device's clock says in a row, seconds; null where no column is one. */
  secondsIn(values: readonly number[]): number | null {
    const { clock } = this.#columns;
    return clock === null ? null : at(values, clock) * this.#clockSeconds;
  }

  /** Samples that are known to be missing before the next one. */
  lose(samples: number): void {
    this.#lost += samples;
  }

  /**
   * @param line null for one that was dropped
   * @returns the block that ends here, where something is missing between it and this line
   * @throws SENSOR_LOST where the columns change
   */
  add(line: string | null, arrivalNs: bigint): Block | null {
    if (line !== null && line.trim() === "") return null;
    const row = line === null ? null : readRow(line, this.#layout.dialect);
    if (row?.values.length === this.#layout.names.length) {
      return this.addValues(row.values, arrivalNs);
    }
    if (line !== null && this.#isHeader(line)) return null;
    if (line !== null) this.#refuseOtherHeader(line);
    return this.addValues(null, arrivalNs);
  }

  /** The same for a row that is numbers already, one for each column; null for one that could not be read. */
  addValues(values: readonly number[] | null, arrivalNs: bigint): Block | null {
    if (values === null) {
      this.#lost += 1;
      return null;
    }
    if (this.#isRepeated(values)) return null;
    this.#count(values);
    this.#row = values;
    const block = this.#lost > 0 ? this.take() : null;
    this.#before += this.#lost;
    this.#lost = 0;
    this.#times.push(this.#timeOf(values, arrivalNs));
    for (const k of this.#columns.values) this.#values.push(at(values, k));
    return block;
  }

  /** What has come since the last block; null where that is nothing. */
  take(): Block | null {
    if (this.#times.length === 0) return null;
    const block = {
      timeNs: at(this.#times, 0),
      values: Float64Array.from(this.#values),
      channels: this.channels.length,
      lostBefore: this.#before,
    };
    this.#times = [];
    this.#values = [];
    this.#before = 0;
    return block;
  }

  /** At the end: what has come since the last block, and what is lost after the last sample, in a block without one. */
  rest(atNs: bigint): Block[] {
    const last = this.take();
    const lost = this.#lost;
    this.#lost = 0;
    return [
      ...(last ? [last] : []),
      ...(lost > 0 ? [lostAt(atNs, lost, this.channels.length)] : []),
    ];
  }

  /** Lines that come twice: not on a wire, but from a board that writes again what it believes lost. */
  #isRepeated(values: readonly number[]): boolean {
    const { sequence } = this.#columns;
    if (sequence === null || this.#sequence === null) return false;
    const step = at(values, sequence) - this.#sequence;
    if (step !== 0) {
      if (this.#steps >= 0 && step > 0) this.#steps += 1;
      return false;
    }
    const same = values.every((value, k) => value === this.#row[k]);
    if (same && this.#steps >= STEPS_TO_TRUST) return true;
    this.#steps = Number.NEGATIVE_INFINITY;
    return false;
  }

  #count(values: readonly number[]): void {
    const { sequence } = this.#columns;
    if (sequence === null) return;
    const now = at(values, sequence);
    const last = this.#sequence;
    this.#sequence = now;
    // rows that could not be read have numbers too: the numbers count them all
    const missing = last === null ? null : now - last - 1;
    if (missing !== null && missing >= 0 && missing <= MOST_MISSING) this.#lost = missing;
  }

  #timeOf(values: readonly number[], arrivalNs: bigint): bigint {
    const { clock } = this.#columns;
    return clock === null || this.#clock === null
      ? arrivalNs
      : this.#clock.hostNs(at(values, clock), arrivalNs);
  }

  #isHeader(line: string): boolean {
    if (this.#layout.dialect.format !== "csv" || !this.#layout.named) return false;
    const names = readHeader(line, this.#layout.dialect);
    return names !== null && names.join("\n") === this.#layout.names.join("\n");
  }

  #refuseOtherHeader(line: string): void {
    const { dialect, names, named } = this.#layout;
    const other = dialect.format === "csv" && named ? readHeader(line, dialect) : null;
    if (other === null || other.length < 2 || this.#isHeader(line)) return;
    const got = `another header, ${other.join(", ")}`;
    const remedy = "Open it again; one run takes one set of channels.";
    fail("SENSOR_LOST", this.#uri, got, names.join(", "), remedy);
  }
}
