/**
 * The waist of this room: a sensor is an async iterable of samples or of events, each with the time it was taken and with
 * what was lost before it. What it delivers is described once it is open.
 */

/**
 * Consecutive samples of all channels, 1 / sampleRateHz apart where the source has a rate. Sources deliver blocks because
 * a microphone has 16,000 samples a second; a slow sensor sends blocks of one.
 */
export type Block = {
  /** when the first sample was taken: nanoseconds of the clock the sensor was opened with */
  readonly timeNs: bigint;
  /** sample after sample, the channels of each side by side: [samples, channels], in the channels' units */
  readonly values: Float64Array;
  readonly channels: number;
  /** samples known to be missing between the block before and this one; after the last one, in a block without samples */
  readonly lostBefore: number;
};

/** Changes of a line: no rate, every one with its own time. */
export type EventBlock = {
  /** nanoseconds of the clock the sensor was opened with; not decreasing */
  readonly timeNs: BigInt64Array;
  /** the level after each change */
  readonly value: Float64Array;
  /** events known to be missing before the first */
  readonly lostBefore: number;
};

/** Samples that are missing where none comes any more. */
export const lostAt = (timeNs: bigint, samples: number, channels: number): Block => ({
  ...{ timeNs, values: new Float64Array(0), channels },
  lostBefore: samples,
});

export const isEvents = (block: Block | EventBlock): block is EventBlock => "value" in block;

export type SensorChannel = {
  readonly name: string;
  /** SI unit of its values: "m/s²"; "" for what has none, such as levels and raw numbers of a converter */
  readonly unit: string;
};

/** The lowest and the highest value that a channel can give, in its unit. */
export type Range = readonly [low: number, high: number];

export type Description = {
  readonly channels: readonly SensorChannel[];
  /** null: events, or samples that come when they come */
  readonly sampleRateHz: number | null;
  /** one for each channel, null where it is not known; left out where none is */
  readonly ranges?: readonly (Range | null)[];
};

export interface Sensor<B extends Block | EventBlock = Block | EventBlock>
  extends AsyncIterable<B> {
  /** as it was asked for */
  readonly uri: string;
  /** what a report prints: instrument and place */
  readonly name: string;
  /** how its format was recognised, in one line; null where nothing had to be */
  readonly evidence: string | null;
  describe(): Description;
  /** Ends the iteration and gives back what was opened; harmless when called twice. */
  close(): Promise<void>;
}
