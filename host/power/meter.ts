/** The meter interface. A reading says what was measured, where, and what it leaves out; no reading, no number. */

export type Scope = "core" | "soc" | "rails" | "board" | "usb" | "target" | "wall";
export type Quality = "measured" | "derived" | "estimated";

/** A number with the bounds it is known within. */
export type Figure = { readonly value: number; readonly low: number; readonly high: number };

/** Energy over a window, with bounds. low = value = high unless the instrument states an error. */
export type EnergyReading = {
  readonly seconds: number;
  readonly joules: Figure;
  /** readings taken inside the window */
  readonly samples: number;
  /** 0..1: part of the window covered by readings without gaps */
  readonly coverage: number;
};

/** What a reading means: everything about a meter but the reading itself. */
export type MeterFacts = {
  /** the URI that opens it: "rapl", "estimate" */
  readonly uri: string;
  /** what the report prints: instrument and zone */
  readonly name: string;
  readonly scope: Scope;
  readonly quality: Quality;
  readonly doesNotInclude: readonly string[];
  /** where the numbers come from; for estimates the source by name */
  readonly method: string;
};

export interface Meter extends MeterFacts {
  /** Begins a window. A counter is polled by a timer: work that never lets timers run leaves one long interval. */
  start(): Promise<void>;
  /** Ends the window begun by start(). */
  stop(): Promise<EnergyReading>;
  close(): Promise<void>;
}
