/**
 * A trace as what an LPM01A says while it acquires: the energy of every millisecond as four digits and an exponent, the
 * edges of the timestamp pin between them, and the time once a second.
 *
 *   3300-08                          33 µJ in this millisecond
 *   event 0 ris                      the pin fell here (sic)
 *   TimeStamp: 001s 000ms, buff 00%
 */
import type { Trace } from "../trace.ts";

const MS_NS = 1_000_000;
/** A pair of milliseconds is known where readings cover it but for what times are rounded by. */
const KNOWN = 0.999;
const SECOND_MS = 1000;
const MOST_DIGITS = 9999;
const LEAST_EXPONENT = -99;

/**
 * Joules with four digits. What is cut off is carried into the next, and so is energy that flows back, which the form
 * cannot say: sums are exact to the last digit of the last sample.
 */
export class FourDigits {
  #carried = 0;

  next(joules: number): string {
    const whole = this.#carried + joules;
    if (!(whole > 0)) {
      this.#carried = whole;
      return "0000-00";
    }
    let exponent = Math.max(LEAST_EXPONENT, Math.floor(Math.log10(whole)) - 3);
    let digits = Math.floor(whole / 10 ** exponent);
    // the logarithm is rounded, too
    if (digits > MOST_DIGITS) {
      exponent += 1;
      digits = Math.floor(whole / 10 ** exponent);
    }
    this.#carried = whole - digits * 10 ** exponent;
    const [sign, size] = [exponent < 0 ? "-" : "+", Math.abs(exponent)];
    return `${String(digits).padStart(4, "0")}${sign}${String(size).padStart(2, "0")}`;
  }
}

/** Two values, one of them no number: the runner reads a sample with something behind it so. Its sum is none, then. */
const UNKNOWN = "0000-00?";

export class SampleText {
  readonly #trace: Trace;
  readonly #startNs: number;
  readonly #digits = new FourDigits();
  /** of the trace's origin, ascending */
  #edges: number[] = [];
  #events = 0;
  /** milliseconds that were said */
  #said = 0;
  /** milliseconds without readings */
  unknown = 0;

  /** @param startNs since the trace's origin */
  constructor(trace: Trace, startNs: number) {
    this.#trace = trace;
    this.#startNs = startNs;
  }

  /** Up to where all is said, since the trace's origin. */
  get saidNs(): number {
    return this.#startNs + this.#said * MS_NS;
  }

  /** The pin fell at this moment since the trace's origin; one that is said too late stands where it is said. */
  edge(ns: number): void {
    this.#edges.push(ns);
    this.#edges.sort((a, b) => a - b);
  }

  /** All lines up to this moment, which readings must have reached. */
  upTo(ns: number): string {
    const lines: string[] = [];
    // in pairs, because what is unknown is said in pairs
    while (this.saidNs + 2 * MS_NS <= ns) {
      const [first, second] = [this.#joules(0), this.#joules(1)];
      if (first === null || second === null) {
        this.#eventsUntil(this.saidNs + MS_NS, lines);
        lines.push(UNKNOWN);
        this.unknown += 2;
        this.#said += 2;
      } else {
        for (const joules of [first, second]) {
          this.#eventsUntil(this.saidNs + MS_NS, lines);
          lines.push(this.#digits.next(joules));
          this.#said += 1;
        }
      }
      if (this.#said % SECOND_MS === 0) lines.push(time(this.#said / SECOND_MS));
    }
    return lines.map((line) => `${line}\r\n`).join("");
  }

  /** An edge inside a millisecond stands before it. */
  #eventsUntil(untilNs: number, lines: string[]): void {
    for (let [next] = this.#edges; next !== undefined && next < untilNs; [next] = this.#edges) {
      this.#edges.shift();
      lines.push(`event ${this.#events} ris`);
      this.#events += 1;
    }
  }

  /** Of one of the next milliseconds; null where readings are missing. */
  #joules(ahead: number): number | null {
    const fromNs = this.saidNs + ahead * MS_NS;
    const intervals = this.#trace.between(fromNs, fromNs + MS_NS);
    const coveredNs = intervals.reduce((sum, { fromNs: a, toNs: b }) => sum + b - a, 0);
    if (coveredNs < KNOWN * MS_NS) return null;
    return intervals.reduce((sum, { joules }) => sum + joules, 0);
  }
}

/** The form has three digits of seconds: they begin again after 999. */
function time(seconds: number): string {
  return `TimeStamp: ${String(seconds % 1000).padStart(3, "0")}s 000ms, buff 00%`;
}
