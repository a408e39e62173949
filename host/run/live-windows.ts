/**
 * From samples and events to inputs of a network, without a clock and without a sensor: consecutive samples fill windows,
 * events become counts of time steps. Nothing is joined across a gap, and nothing is left out without being counted.
 */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { Block, EventBlock } from "../sensors/sensor.ts";
import { plural } from "../text.ts";
import { secondsToNanoseconds } from "../units.ts";

/**
 * How many consecutive samples fill an input.
 *
 * @param values of one input, 1 or more
 * @param channels of one sample, 1 or more
 * @throws INPUT_SIZE with both numbers where the channels do not divide the values
 */
export function samplesPerWindow(where: string, values: number, channels: number): number {
  if (channels >= 1 && values % channels === 0) return values / channels;
  const got = plural(channels, "channel");
  const expected = `a divisor of ${values}, the values of one input`;
  const remedy = "Choose a source with as many channels as the network was made for.";
  return fail("INPUT_SIZE", where, got, expected, remedy);
}

export type SampleWindow = {
  /** when its last sample was taken: nanoseconds of the sensor's clock */
  readonly endNs: bigint;
  /** sample after sample, the channels of each side by side; valid until the next window is asked for */
  readonly values: Float64Array;
  /** samples are missing between it and the window before */
  readonly afterGap: boolean;
};

/** Windows of consecutive samples that do not overlap. */
export class SampleWindows {
  /** delivered by the source */
  samples = 0;
  /** missing before a sample that was delivered, as the source counts them */
  lost = 0;
  /** windows that had begun when samples went missing */
  dropped = 0;
  /** samples of dropped windows */
  discarded = 0;
  readonly #where: string;
  readonly #channels: number;
  readonly #window: Float64Array;
  readonly #rate: number | null;
  #filled = 0;
  #afterGap = false;

  /** @param rate samples a second; null where they come when they come: then a block has one time */
  constructor(where: string, channels: number, length: number, rate: number | null) {
    this.#where = where;
    this.#channels = channels;
    this.#window = new Float64Array(channels * length);
    this.#rate = rate;
  }

  /** Samples of a window that is not yet full. */
  get waiting(): number {
    return this.#filled / this.#channels;
  }

  *add({ timeNs, values, channels, lostBefore }: Block): Generator<SampleWindow> {
    if (channels !== this.#channels) {
      const remedy = "Start again: the source is another one than at the start.";
      fail("INPUT_SIZE", this.#where, `${channels} channels`, `${this.#channels}`, remedy);
    }
    if (lostBefore > 0) this.#gap(lostBefore);
    const samples = values.length / channels;
    for (let k = 0; k < samples; k++) {
      this.#window.set(values.subarray(k * channels, (k + 1) * channels), this.#filled);
      this.#filled += channels;
      this.samples += 1;
      if (this.#filled < this.#window.length) continue;
      this.#filled = 0;
      const sinceNs = this.#rate === null ? 0n : secondsToNanoseconds(k / this.#rate);
      const afterGap = this.#afterGap;
      this.#afterGap = false;
      yield { endNs: timeNs + sinceNs, values: this.#window, afterGap };
    }
  }

  #gap(samples: number): void {
    this.lost += samples;
    this.#afterGap = true;
    if (this.#filled === 0) return;
    this.dropped += 1;
    this.discarded += this.waiting;
    this.#filled = 0;
  }
}

/** Time steps that follow each other with the same count of events in each. */
export type StepRun = {
  readonly count: number;
  readonly steps: number;
  /** events are missing before those of its first step */
  readonly afterGap?: true;
};

/**
 * Counts of events per time step: step k lasts from start + k·dt, included, to start + (k+1)·dt, excluded. An event that
 * comes when its step is over, and one beyond what a step may hold, moves to the next step there is.
 */
export class EventSteps {
  events = 0;
  /** missing before an event that was delivered, as the source counts them */
  lost = 0;
  /** events that count in a later step than their own */
  moved = 0;
  readonly #startNs: bigint;
  readonly #dtNs: number;
  readonly #most: number;
  readonly #waiting: { readonly step: number; count: number; afterGap?: true }[] = [];
  #next = 0;

  /** @param most events of one step, 1 or more */
  constructor(startNs: bigint, dtSeconds: number, most: number) {
    this.#startNs = startNs;
    // to a picosecond: 1e9 × 1e-4 is no whole number in binary
    this.#dtNs = Math.round(dtSeconds * 1e12) / 1e3;
    this.#most = most;
  }

  add({ timeNs, lostBefore }: EventBlock): void {
    this.lost += lostBefore;
    let afterGap = lostBefore > 0;
    for (const time of timeNs) {
      const own = this.#stepAt(time);
      const last = this.#waiting.at(-1)?.step ?? this.#next;
      const step = Math.max(own, last);
      this.#put(step, afterGap);
      afterGap = false;
      this.events += 1;
      if (step > own) this.moved += 1;
    }
  }

  /** All steps that are over at a time, each once. */
  *until(timeNs: bigint): Generator<StepRun> {
    yield* this.#before(this.#stepAt(timeNs));
  }

  /** All steps through the one of the last event, for a source that has ended. */
  *rest(): Generator<StepRun> {
    while (this.#waiting.length > 0) yield* this.#before(this.#next + this.#ahead() + 1);
  }

  /** Steps until the first that has an event. */
  #ahead = (): number => at(this.#waiting, 0).step - this.#next;

  *#before(end: number): Generator<StepRun> {
    while (this.#next < end) {
      const [first] = this.#waiting;
      if (first === undefined || first.step > this.#next) {
        const steps = Math.min(end, first?.step ?? end) - this.#next;
        this.#next += steps;
        yield { count: 0, steps };
        continue;
      }
      this.#waiting.shift();
      this.#next += 1;
      const count = Math.min(first.count, this.#most);
      if (first.count > count) this.#carry(first.count - count);
      yield { count, steps: 1, ...(first.afterGap ? { afterGap: true } : {}) };
    }
  }

  #carry(count: number): void {
    this.moved += count;
    const [following] = this.#waiting;
    if (following?.step === this.#next) following.count += count;
    else this.#waiting.unshift({ step: this.#next, count });
  }

  #put(step: number, afterGap: boolean): void {
    const last = this.#waiting.at(-1);
    const own = last?.step === step ? last : { step, count: 0 };
    if (own !== last) this.#waiting.push(own);
    own.count += 1;
    if (afterGap) own.afterGap = true;
  }

  #stepAt = (timeNs: bigint): number => Math.floor(Number(timeNs - this.#startNs) / this.#dtNs);
}
