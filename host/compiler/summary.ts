/** What `inspect` prints of a plan. */

import type { MemoryEntry } from "../module/manifest.ts";
import type { QuantisationReport } from "../spiking/fixed-network.ts";

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

export type PlannedNode = {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShape: readonly number[];
  readonly macs: number;
  /** weights and biases as the model stores them */
  readonly parameterBytes: number;
  readonly form: string;
  /** of spiking networks: neurons of a population, stored synapses of a projection */
  readonly neurons?: number;
  readonly synapses?: number;
};

export type Plan = {
  readonly nodes: readonly PlannedNode[];
  readonly memory: MemorySummary;
  readonly entries: readonly MemoryEntry[];
  readonly neurons: number;
  readonly synapses: number;
  /** of spiking networks: formats, rounding errors and headroom */
  readonly quantisation: QuantisationReport | null;
};
