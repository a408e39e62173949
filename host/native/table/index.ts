/** All kernels that are generated, in the order of their files. */
import { LAYERS } from "./layers.ts";
import { NEURONS } from "./neurons.ts";
import type { KernelRow } from "./row.ts";
import { SYNAPSES } from "./synapses.ts";

export const GENERATED: readonly KernelRow[] = [...LAYERS, ...NEURONS, ...SYNAPSES];
