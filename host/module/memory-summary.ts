/** How a module divides its linear memory: what `inspect` prints, from a plan or from a module's own list. */

/** The lines input, output, state, activations, scratch and constants add up to memUsedBytes exactly. */
export type MemorySummary = {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly stateBytes: number;
  /**
   * Bytes of the tensors alive at the worst moment, without the input and output buffers: those live for ever, so
   * inputBytes + activationPeakBytes are the live tensors including the preserved input.
   */
  readonly activationPeakBytes: number;
  readonly activationPeakNode: string;
  /** working memory of the kernels, counters, the 16 reserved bytes, slack behind the last buffer, alignment gaps */
  readonly scratchBytes: number;
  /** packed weights, biases, multipliers, and the tables that init() fills */
  readonly constantBytes: number;
  readonly memUsedBytes: number;
  readonly pages: number;
};
