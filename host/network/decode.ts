/** Decoders: from spikes to numbers, step by step, in memory that does not grow with the stream. */
import { fail } from "../errors.ts";

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
      for (let k = 0; k < n; k++) sums[k] = (sums[k] ?? 0) + (counts[k] ?? 0);
    },
    counts: () => sums.slice(),
    winner: () => {
      let best = 0;
      for (let k = 1; k < n; k++) if ((sums[k] ?? 0) > (sums[best] ?? 0)) best = k;
      return (sums[best] ?? 0) > 0 ? best : null;
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
      for (let k = 0; k < n; k++) {
        if (first[k] !== -1 || !((counts[k] ?? 0) > 0)) continue;
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
  if (!(Number.isFinite(dtSeconds) && dtSeconds > 0)) {
    fail("MODEL_RANGE", "populationRate", `dtSeconds ${dtSeconds}`, "a number above 0", CHANGE);
  }
  const ring = new Float64Array(windowSteps);
  let passed = 0;
  let sum = 0;
  return {
    step: (counts) => {
      let spikes = 0;
      for (let k = 0; k < n; k++) spikes += counts[k] ?? 0;
      // whole numbers: the running sum is exact
      sum += spikes - (ring[passed % windowSteps] ?? 0);
      ring[passed % windowSteps] = spikes;
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

function checkWhole(where: string, what: string, n: number): void {
  if (Number.isInteger(n) && n >= 1) return;
  fail("MODEL_RANGE", where, `${what} ${n}`, "a whole number from 1", CHANGE);
}

const CHANGE = "Change the number in the code that makes this decoder.";
