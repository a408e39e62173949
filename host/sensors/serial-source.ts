/** Bytes of a port as samples: lines of text and frames are two ways to read them, each a file. */
import type { Problem } from "../errors.ts";
import type { Block, Description } from "./sensor.ts";

/** What the user says of a port; the rest is found. */
export type Wanted = {
  /** null: counted, or as the device says */
  readonly rateHz: number | null;
  /** of channels that do not name one: of all, or of each between commas */
  readonly unit: string;
};

export type Known = {
  readonly description: Description;
  /** how it was recognised, in one line */
  readonly evidence: string;
  /** what tells times and losses */
  readonly timing: string;
  /** seconds over which a rate was counted that nobody said */
  readonly counted?: number;
};

export type Deliver = (block: Block) => void;

export interface SerialSource {
  /** The bytes cannot be anything else. */
  readonly claims: boolean;
  /** null until enough has come */
  readonly known: Known | null;
  /**
   * @param deliver called with the samples that end in these bytes; those that came before it was known come then
   * @throws INPUT_FORMAT where it cannot be read, SENSOR_LOST where it becomes another one: what came before is delivered
   */
  push(bytes: Uint8Array, atNs: bigint, deliver: Deliver): void;
  /** About so many samples are missing before the next one. */
  lose(samples: number): void;
  /** The port was opened anew: what had begun has no end. */
  torn(): void;
  /** No more time to recognise it: known by what there is, and then null, or what is wrong. */
  giveUp(deliver: Deliver): Problem | null;
  /** Nothing more comes: what is missing after the last sample. */
  rest(atNs: bigint, deliver: Deliver): void;
  /** What could not be read and is in no other count; null for nothing. */
  damage(): string | null;
}
