/** The sensor interface: an async iterable of timestamped samples that carries its unit. One file per source. */

/**
 * Consecutive samples. Sources deliver blocks because a microphone has 16,000 samples a second; a slow sensor sends
 * blocks of one.
 */
export type Block = {
  /** when the first value was taken: nanoseconds of the clock the sensor was opened with */
  readonly timeNs: bigint;
  readonly values: Float64Array;
};

export interface Sensor<B extends Block = Block> extends AsyncIterable<B> {
  /** what a report prints: instrument and place */
  readonly name: string;
  /** SI unit of the values: "m/s²" */
  readonly unit: string;
  /** the values of a block are 1 / sampleRateHz apart */
  readonly sampleRateHz: number;
  /** Ends the iteration; harmless when called twice. */
  close(): void;
}
