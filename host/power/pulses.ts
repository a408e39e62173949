/**
 * Windows that marker pins cut, sampled by the meter together with the power: no clocks to compare. A pulse is a stretch of
 * readings with the pin high between readings with the pin low. One that begins or ends outside of what was seen, or beside a
 * gap, is not whole and not counted.
 *
 * An edge lies somewhere within a reading, and the reading beside it holds a part of the pulse. What it carries above the
 * quiet reading further out is added, so that edges leave no bias:
 *
 *   watts   1 1 3 9 9 9 6 1 1       pin   0 0 0 1 1 1 0 0 0       energy = 9 + 9 + 9 + (3 − 1) + (6 − 1), × the time of one
 */
import { together } from "./interval.ts";
import type { Accuracy, Figure, PowerSample, StepEnergy } from "./meter.ts";
import { average, meanOf, spreadOf } from "./spread.ts";
import { MOST_STEPS, Thinned } from "./thinned.ts";

export type Pins = {
  /** number of the logic input that is high while a step runs: 0 is D0 */
  readonly step: number;
  /** of the one that is high from the input that is taken to the output that is given; null: none */
  readonly work: number | null;
};

/** What the second pin tells of a pulse, in joules; null where not all of it was seen. */
type Phases = { readonly input: number | null; given: number; output: number | null };

type Open = {
  readonly fromNs: number;
  joules: number;
  seconds: number;
  readonly phases: Phases | null;
};
type Pulse = Readonly<Open> & { readonly toNs: number };

/** Two readings that are further apart have a gap between them. */
const TOUCH_NS = 2_000;

export class PulseCutter {
  readonly #pins: Pins;
  readonly #pulses = new Thinned<Pulse>(MOST_STEPS);
  #endNs: number | null = null;
  /** watts of the last readings with the pin low, the latest first; none right after a gap */
  #quiet: readonly number[] = [];
  #open: Open | null = null;
  /** has ended with the last reading, which is the first one with the pin low: its edge waits for the next */
  #closing: { readonly pulse: Open; readonly toNs: number; readonly edgeWatts: number } | null =
    null;
  /** joules since the second pin rose, before the step; null where that was not seen */
  #input: number | null = null;
  /** of the pulse whose output may still be given */
  #phases: Phases | null = null;

  constructor(pins: Pins) {
    this.#pins = pins;
  }

  get by(): string {
    const { step, work } = this.#pins;
    return work === null ? `D${step}` : `D${step}+D${work}`;
  }

  forget(): void {
    this.#pulses.clear();
  }

  /** @param ns when the reading ended, since any origin. A reading of one moment has no length, and cuts nothing */
  add({ watts, seconds, marks = NONE, lost }: PowerSample, ns: number): void {
    if (seconds === undefined) return;
    const fromNs = ns - seconds * 1e9;
    const touches = this.#endNs !== null && lost === 0 && fromNs - this.#endNs <= TOUCH_NS;
    this.#endNs = ns;
    if (!touches) this.#lose();
    const { step, work } = this.#pins;
    const high = isHigh(marks, step);
    if (work !== null) this.#around(isHigh(marks, work), high, watts * seconds);
    if (high) this.#high(fromNs, watts, seconds);
    else this.#low(fromNs, watts, seconds);
  }

  #high(fromNs: number, watts: number, seconds: number): void {
    // the pin was low for a single reading: nothing quiet to compare it with
    this.#close(0);
    const [last, further] = this.#quiet;
    if (this.#open === null && last !== undefined) {
      const edge = further === undefined ? 0 : (last - further) * seconds;
      const told = this.#pins.work !== null;
      this.#phases = told ? { input: this.#input, given: 0, output: null } : null;
      this.#open = { fromNs, joules: edge, seconds: 0, phases: this.#phases };
    }
    if (this.#open) {
      this.#open.joules += watts * seconds;
      this.#open.seconds += seconds;
    }
    this.#quiet = [];
  }

  #low(fromNs: number, watts: number, seconds: number): void {
    if (this.#closing) this.#close((this.#closing.edgeWatts - watts) * seconds);
    if (this.#open) {
      this.#closing = { pulse: this.#open, toNs: fromNs, edgeWatts: watts };
      this.#open = null;
    }
    this.#quiet = [watts, ...this.#quiet.slice(0, 1)];
  }

  #close(edge: number): void {
    if (this.#closing === null) return;
    const { pulse, toNs } = this.#closing;
    this.#closing = null;
    this.#pulses.add({ ...pulse, toNs, joules: pulse.joules + edge });
  }

  /** The second pin: input until the step, output from its end until this pin falls. RUN has neither. */
  #around(work: boolean, step: boolean, joules: number): void {
    if (!work) {
      if (this.#phases?.input != null) this.#phases.output = this.#phases.given;
      this.#phases = null;
      this.#input = step ? null : 0;
    } else if (!step && this.#phases) {
      this.#phases.given += joules;
    } else if (!step && this.#input !== null) {
      this.#input += joules;
    }
  }

  #lose(): void {
    this.#close(0);
    this.#open = null;
    this.#quiet = [];
    this.#input = null;
    this.#phases = null;
  }

  /** Whole pulses between two moments. */
  cut(fromNs: number, toNs: number, accuracy: Accuracy): StepEnergy {
    const { items, stride } = this.#pulses;
    const whole = items.filter((pulse) => pulse.fromNs >= fromNs && pulse.toNs <= toNs);
    const joules = whole.map((pulse) => pulse.joules);
    const secondsEach = whole.length === 0 ? 0 : average(whole.map(({ seconds }) => seconds));
    const figure = (values: readonly number[], seconds: number): Figure | null => {
      const mean = meanOf(values);
      if (mean === null) return null;
      const { value, half } = mean;
      const all = together(half, accuracy.gain * value, accuracy.offsetWatts * seconds);
      return { value, low: value - all, high: value + all };
    };
    const part = (of: (phases: Phases) => number | null): Figure | null =>
      figure(
        whole.map(({ phases }) => phases && of(phases)).filter((value) => value !== null),
        0,
      );
    return {
      by: this.by,
      method: `${this.by}, sampled together with the power`,
      count: stride * whole.length,
      joules: stride * joules.reduce((sum, one) => sum + one, 0),
      joulesEach: figure(joules, secondsEach),
      secondsEach,
      spread: spreadOf(joules),
      input: part(({ input }) => input),
      output: part(({ output }) => output),
      skewPpm: null,
      missing: whole.length < 2 ? this.#missing(whole.length) : null,
    };
  }

  #missing(count: number): StepEnergy["missing"] {
    const pin = `D${this.#pins.step}`;
    return {
      reason: `${count === 0 ? "no whole pulse" : "a single pulse"} on ${pin} inside the window`,
      remedy: `Wire the board's step pin to ${pin}: \`twentywatt devices\` says whether its firmware has one.`,
    };
  }
}

const NONE = 0;

const isHigh = (marks: number, pin: number): boolean => ((marks >> pin) & 1) === 1;
