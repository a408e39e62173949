/** A meter as it goes: what each interval drew, and the whole so far. Nothing is kept, so it may run for months. */
import { nanosecondsToSeconds } from "../units.ts";
import type { PowerFacts, PowerMeter, PowerSample } from "./meter.ts";
import { lostTogether } from "./sample-queue.ts";
import { Trace } from "./trace.ts";

/** What an interval of looking brought. */
export type Glance = {
  /** mean over the part that readings cover; null where there was none */
  readonly watts: number | null;
  /** of the last reading, where the meter tells */
  readonly volts: number | null;
  readonly amps: number | null;
  readonly samples: number;
  /** readings known to be missing; null: some are, and nobody knows how many */
  readonly lost: number | null;
  readonly coveredSeconds: number;
  readonly joules: number;
};

export type LiveTotals = {
  readonly joules: number;
  readonly coveredSeconds: number;
  readonly samples: number;
  readonly lost: number | null;
  readonly meanWatts: number | null;
  /** of glances, not of single readings */
  readonly leastWatts: number | null;
  readonly mostWatts: number | null;
};

export class LiveMeter {
  readonly facts: PowerFacts;
  readonly #power: PowerMeter;
  readonly #trace: Trace;
  #last: PowerSample | null = null;
  #samples = 0;
  #lost: number | null = 0;
  #totals: LiveTotals = {
    ...{ joules: 0, coveredSeconds: 0, samples: 0, lost: 0 },
    ...{ meanWatts: null, leastWatts: null, mostWatts: null },
  };

  constructor(power: PowerMeter) {
    this.facts = power.facts;
    this.#power = power;
    this.#trace = new Trace(power.facts.gapSeconds);
  }

  get totals(): LiveTotals {
    return this.#totals;
  }

  /**
   * Reads until the meter is closed.
   *
   * @param onSample hears every reading: exports are made of them
   */
  async read(onSample: (sample: PowerSample) => void): Promise<void> {
    let lostBefore: number | null = 0;
    for await (const sample of this.#power.samples()) {
      this.#trace.add(sample);
      this.#lost = lostTogether(this.#lost, sample.lost);
      lostBefore = lostTogether(lostBefore, sample.lost);
      // where a counter begins, or stands still, there is no power yet
      if (sample.seconds === 0) continue;
      this.#last = sample;
      this.#samples += 1;
      onSample({ ...sample, lost: lostBefore });
      lostBefore = 0;
    }
  }

  /** What came since the last glance. */
  glance(): Glance {
    this.#power.readNow?.();
    const { intervals } = this.#trace;
    const joules = intervals.reduce((total, interval) => total + interval.joules, 0);
    const ns = intervals.reduce((total, { fromNs, toNs }) => total + toNs - fromNs, 0);
    const coveredSeconds = nanosecondsToSeconds(ns);
    const glance: Glance = {
      watts: coveredSeconds > 0 ? joules / coveredSeconds : null,
      volts: this.#last?.volts ?? null,
      amps: this.#last?.amps ?? null,
      samples: this.#samples,
      lost: this.#lost,
      ...{ coveredSeconds, joules },
    };
    this.#trace.forget();
    this.#samples = 0;
    this.#lost = 0;
    this.#add(glance);
    return glance;
  }

  close(): Promise<void> {
    return this.#power.close();
  }

  #add({ joules, coveredSeconds, samples, lost, watts }: Glance): void {
    const before = this.#totals;
    const total = before.joules + joules;
    const covered = before.coveredSeconds + coveredSeconds;
    this.#totals = {
      joules: total,
      coveredSeconds: covered,
      samples: before.samples + samples,
      lost: lostTogether(before.lost, lost),
      meanWatts: covered > 0 ? total / covered : null,
      leastWatts: watts === null ? before.leastWatts : Math.min(watts, before.leastWatts ?? watts),
      mostWatts: watts === null ? before.mostWatts : Math.max(watts, before.mostWatts ?? watts),
    };
  }
}
