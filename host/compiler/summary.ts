/** What `inspect` prints of a plan. */

import type { MemoryEntry } from "../module/manifest.ts";
import type { MemorySummary } from "../module/memory-summary.ts";
import type { QuantisationReport } from "../spiking/fixed-network.ts";

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
