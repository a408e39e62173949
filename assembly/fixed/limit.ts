/**
 * What is kept of a neuron from step to step stays within ±LIMIT, so that the sums of its update fit an i32 exactly and
 * saturate once, at their end. host/spiking/fixed-network.ts proves with the same number.
 */
export const LIMIT: i32 = (1 << 29) - 1;
