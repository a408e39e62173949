/** Decoders: from spikes to numbers, step by step, in memory that does not grow with the stream. */
import { checkAboveZero, checkRow, checkWhole } from "./channels.ts";

export type SpikeCounter = {
  /** One time step: spikes of every channel. */
  readonly step: (counts: ArrayLike<number>) => void;
  /** spikes since the start, or the last reset */
  readonly counts: () => Float64Array;
  /** the channel with the most spikes, the first of equals; null before any spike */
  readonly winner: () => number | null;
  readonly reset: () => void;
};

export function spikeCounter(n: number): SpikeCounter {
  checkWhole("spikeCounter", "channels", n);
  const sums = new Float64Array(n);
  return {
    step: (counts) => {
      checkRow("spikeCounter", counts, n);
      for (let k = 0; k < n; k++) sums[k] = (sums[k] as number) + (counts[k] as number);
    },
    counts: () => sums.slice(),
    winner: () => {
      let best = 0;
      for (let k = 1; k < n; k++) if ((sums[k] as number) > (sums[best] as number)) best = k;
      return (sums[best] as number) > 0 ? best : null;
    },
    reset: () => {
      sums.fill(0);
    },
  };
}

export type FirstSpike = {
  readonly step: (counts: ArrayLike<number>) => void;
  /** step of each channel's first spike, from 0; −1 for a silent channel */
  readonly steps: () => Int32Array;
  /** the channel that fired first, the lowest of those in the same step; null before any spike */
  readonly winner: () => number | null;
  readonly reset: () => void;
};

export function firstSpike(n: number): FirstSpike {
  checkWhole("firstSpike", "channels", n);
  const first = new Int32Array(n).fill(-1);
  let now = 0;
  let winner: number | null = null;
  return {
    step: (counts) => {
      checkRow("firstSpike", counts, n);
      for (let k = 0; k < n; k++) {
        if (first[k] !== -1 || !((counts[k] as number) > 0)) continue;
        first[k] = now;
        winner ??= k;
      }
      now += 1;
    },
    steps: () => first.slice(),
    winner: () => winner,
    reset: () => {
      first.fill(-1);
      now = 0;
      winner = null;
    },
  };
}

export type PopulationRate = {
  /** One time step. @returns spikes per neuron and second over the last window; over what has passed, before it is full */
  readonly step: (counts: ArrayLike<number>) => number;
  readonly reset: () => void;
};

/** The mean rate in Hz of n neurons, over a window that slides with every step. */
export function populationRate(n: number, dtSeconds: number, windowSteps: number): PopulationRate {
  checkWhole("populationRate", "channels", n);
  checkWhole("populationRate", "windowSteps", windowSteps);
  checkAboveZero("populationRate", "dtSeconds", dtSeconds);
  const ring = new Float64Array(windowSteps);
  let passed = 0;
  let sum = 0;
  return {
    step: (counts) => {
      checkRow("populationRate", counts, n);
      let spikes = 0;
      for (let k = 0; k < n; k++) spikes += counts[k] as number;
      // whole numbers: the running sum is exact
      const oldest = passed % windowSteps;
      sum += spikes - (ring[oldest] as number);
      ring[oldest] = spikes;
      passed += 1;
      return sum / (n * Math.min(passed, windowSteps) * dtSeconds);
    },
    reset: () => {
      ring.fill(0);
      passed = 0;
      sum = 0;
    },
  };
}
