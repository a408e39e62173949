/**
 * The stream of an LPM01A in its format ascii_dec, up to 10,000 samples a second: a line each (ST UM2269).
 *
 *   6409-07                             6409 · 10⁻⁷ A
 *   TimeStamp: 003s 117ms, buff 00%     its clock, and the load of its buffer
 *
 * A sample has four digits and two, always: one that has lost some is none, and is counted.
 */
import {
  type Lpm01aBytes,
  MOST_SECONDS,
  type StreamEvents,
  Stretches,
} from "./lpm01a-stretches.ts";

const SAMPLE = /^(\d{4})-(\d{2})$/;
/** What is left of one or of two of them. */
const TORN = /^[\d-]+$/;
const STAMP = /^TimeStamp: +(\d{1,9})s +(\d{1,3})ms/;
const MOST_LINE = 512;
/** Its seconds have three digits. */
const CIRCLE_MS = 1_000_000;

export class Lpm01aLines implements Lpm01aBytes {
  readonly #events: StreamEvents;
  readonly #stretches: Stretches;
  readonly #most: number;
  readonly #decoder = new TextDecoder("latin1");
  #rest = "";
  #amps: number[] = [];
  #torn = 0;
  #damaged = false;
  #shownMs = 0;
  #turnedMs = 0;

  constructor(rateHz: number, events: StreamEvents) {
    this.#events = events;
    this.#stretches = new Stretches(rateHz, events.stretch);
    this.#most = rateHz * MOST_SECONDS;
  }

  get latest(): number | null {
    return this.#stretches.indexOf(this.#amps.length + this.#torn);
  }

  push(bytes: Uint8Array): void {
    // stamps have NULs behind them
    const lines = (this.#rest + this.#decoder.decode(bytes)).replaceAll("\0", "").split("\n");
    this.#rest = (lines.pop() ?? "").slice(-MOST_LINE);
    for (const line of lines) this.#read(line.trim());
  }

  #read(line: string): void {
    const [sample, digits, power] = SAMPLE.exec(line) ?? [];
    const [stamp, seconds, ms] = STAMP.exec(line) ?? [];
    if (sample !== undefined) this.#keep(Number(`${digits}e-${power}`));
    else if (stamp !== undefined) this.#stamp(1000 * Number(seconds) + Number(ms));
    else if (TORN.test(line)) this.#torn += 1;
    else if (/^(PowerShield > )?err/i.test(line)) this.#events.error(line);
    else if (/over ?current/i.test(line)) this.#events.over("more current than its 50 mA");
    else if (/acquisition completed/i.test(line)) this.#events.over("the end of its acquisition");
  }

  #keep(amps: number): void {
    if (this.#amps.length < this.#most) this.#amps.push(amps);
    else this.#damaged = true;
  }

  #stamp(shownMs: number): void {
    if (this.#shownMs - shownMs > CIRCLE_MS / 2) this.#turnedMs += CIRCLE_MS;
    this.#shownMs = shownMs;
    const ms = this.#turnedMs + shownMs;
    this.#stretches.stamp(ms, this.#damaged ? null : this.#amps, this.#torn);
    this.#amps = [];
    this.#torn = 0;
    this.#damaged = false;
  }
}
