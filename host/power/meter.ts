/**
 * The waist of this room: an instrument is a stream of time-stamped power with its losses. Windows are cut from it
 * afterwards, by the clock or by marks that the instrument sees itself (`trace.ts`), so that one stream serves a live
 * picture, several windows and several meters at once.
 */

export type Scope = "core" | "soc" | "rails" | "board" | "usb" | "target" | "wall";
export type Quality = "measured" | "derived" | "estimated";

/** A number with the bounds it is known within: those of a 95 % interval, for estimates those of the model. */
export type Figure = { readonly value: number; readonly low: number; readonly high: number };

/** Energy over a window. */
export type EnergyReading = {
  readonly seconds: number;
  readonly joules: Figure;
  /** how much of half the interval is the same in every window of this meter: its gain and its offset */
  readonly systematicJoules?: number;
  /** readings taken inside the window */
  readonly samples: number;
  /** 0..1: part of the window covered by readings without gaps */
  readonly coverage: number;
  /** what the instrument raised in this window or before it: from then on there are no readings */
  readonly loss?: unknown;
  /** where a marker cut it: the energy of each step by itself */
  readonly steps?: StepEnergy;
};

/** How single steps scatter, in joules. */
export type Spread = {
  readonly standardDeviation: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
};

/** Windows inside a window: one for each step, cut by a pin or by a clock. */
export type StepEnergy = {
  /** what cut them, as it was asked for: "D0", "gpio:17", "serial", "clock" */
  readonly by: string;
  /** the same for people, with what is known of its times */
  readonly method: string;
  readonly count: number;
  /** of all of them */
  readonly joules: number;
  /** the mean; null where there are none to take it of */
  readonly joulesEach: Figure | null;
  readonly secondsEach: number;
  readonly spread: Spread | null;
  /** where a second pin tells: what taking an input and giving an output cost, on the mean */
  readonly input: Figure | null;
  readonly output: Figure | null;
  /** how much the instrument's clock gains on ours, in parts per million; null where that was not compared */
  readonly skewPpm: Figure | null;
  /** why there is no mean */
  readonly missing: { readonly reason: string; readonly remedy: string } | null;
};

/** What a reading means: everything about a meter but the reading itself. */
export type MeterFacts = {
  /** the URI that opens it: "rapl", "ina219:0:0x40?shunt=0.1" */
  readonly uri: string;
  /** what the report prints: instrument and zone */
  readonly name: string;
  readonly scope: Scope;
  readonly quality: Quality;
  /** whether readings stand behind it; an estimate has none, and so no idle and no coverage */
  readonly reads: boolean;
  readonly doesNotInclude: readonly string[];
  /** where the numbers come from; for estimates the source by name */
  readonly method: string;
};

export type PowerSample = {
  /** nanoseconds of the clock the meter was opened with: the moment of a reading, the end of a mean */
  readonly tNs: bigint;
  /** negative where current flows back, or where the leads of a shunt are swapped */
  readonly watts: number;
  /** the watts are the mean over these seconds, which end at tNs; absent: a reading of one moment; 0: no reading yet */
  readonly seconds?: number;
  readonly volts?: number;
  readonly amps?: number;
  /** logic inputs sampled together with the power: bit k is Dk */
  readonly marks?: number;
  /** readings known to be missing since the one before; null: some are, and nobody knows how many */
  readonly lost: number | null;
};

/** What an instrument's maker states, and what its way to us adds. */
export type Accuracy = {
  /** of the reading: 0.01 is 1 % */
  readonly gain: number;
  /** of every reading */
  readonly offsetWatts: number;
  /** of the time of a reading against the clock */
  readonly timeSeconds: number;
  /**
   * whether a window's energy is the difference of a counter, exact but for the above, and not the mean of readings
   * that scatter
   */
  readonly integrates: boolean;
};

export type PowerFacts = MeterFacts & {
  readonly accuracy: Accuracy;
  /** null: readings come when they come */
  readonly sampleRateHz: number | null;
  /** logic inputs that are sampled with the power, D0 first; absent: none */
  readonly logicInputs?: number;
  /** two readings further apart than this have a gap between them, which is never bridged */
  readonly gapSeconds: number;
  /** a reading comes as much later than its moment, where it waits for others */
  readonly delaySeconds?: number;
  /** said once when it is opened, a sentence each: the shunt in use, what is odd about it */
  readonly notes: readonly string[];
};

export interface PowerMeter {
  readonly facts: PowerFacts;
  /** Reads until it is closed; one stream at a time. Its end is an error where the instrument has gone. */
  samples(): AsyncIterable<PowerSample>;
  /**
   * A counter is read at this moment, so that a window that ends here needs no share of a reading.
   *
   * @returns when that was
   */
  readonly readNow?: () => bigint;
  /** How much its own clock gains on ours so far, in parts per million; null before that can be told. */
  readonly skewPpm?: () => Figure | null;
  /** How well its times are known so far, in place of `accuracy.timeSeconds`: where its own clock is mapped to ours. */
  readonly timeSeconds?: () => number;
  close(): Promise<void>;
}

/** Energy between two moments: what a report is made of. `ledger.ts` makes one of an instrument. */
export interface Meter extends MeterFacts {
  /** said once, a sentence each */
  readonly notes?: readonly string[];
  /** Begins a window. The first one raises the instrument's problem where it gives no reading. */
  start(): Promise<void>;
  /** Ends the window begun by start(). An instrument that is gone by then is no error but the window's `loss`. */
  stop(): Promise<EnergyReading>;
  close(): Promise<void>;
}
