/**
 * Encoders: from numbers to spikes, step by step. Each keeps its state between calls, so a stream of any length needs
 * no more memory than one step; reset() starts anew, with the same random numbers.
 */
import { exp } from "../model/elementary.ts";
import { mulberry32 } from "../model/random.ts";
import { checkAboveZero, checkRow, checkWhole } from "./channels.ts";

export type Encoder = {
  /** values of one step */
  readonly inputs: number;
  /** spike counts of one step */
  readonly outputs: number;
  /** One time step. @param counts outputs u8: spikes of each channel in this step */
  readonly step: (values: ArrayLike<number>, counts: Uint8Array) => void;
  readonly reset: () => void;
};

/** A step holds at most this many spikes of a channel. */
const MOST = 255;

/**
 * Regular spikes at a rate: after n steps at a constant rate, ⌊n · rate · dt⌋ spikes. Changes of the rate act at once,
 * and what is left of an interval counts on. Values are rates in Hz, negative ones as 0.
 */
export function rateEncoder(n: number, dtSeconds: number): Encoder {
  checkSizes("rateEncoder", n, dtSeconds);
  const phase = new Float64Array(n);
  return {
    inputs: n,
    outputs: n,
    step: (values, counts) => {
      checkRow("rateEncoder", values, n);
      for (let k = 0; k < n; k++) {
        // sums of decimal fractions fall short by a rounding error: ten steps of 0.1 are a whole interval
        const due = (phase[k] as number) + rateOf(values, k) * dtSeconds;
        const spikes = Math.min(Math.floor(due + 2 ** -30), MOST);
        phase[k] = Math.min(due - spikes, MOST);
        counts[k] = spikes;
      }
    },
    reset: () => {
      phase.fill(0);
    },
  };
}

/** Poisson spikes: the count of a step has the mean rate · dt and no memory. Values are rates in Hz, negative ones as 0. */
export function poissonEncoder(n: number, dtSeconds: number, seed: number): Encoder {
  checkSizes("poissonEncoder", n, dtSeconds);
  let random = mulberry32(seed);
  return {
    inputs: n,
    outputs: n,
    step: (values, counts) => {
      checkRow("poissonEncoder", values, n);
      for (let k = 0; k < n; k++) {
        // Knuth: uniform numbers are multiplied until the product falls below e^−mean
        const limit = exp(-rateOf(values, k) * dtSeconds);
        let spikes = 0;
        for (let product = random(); product > limit && spikes < MOST; product *= random()) {
          spikes += 1;
        }
        counts[k] = spikes;
      }
    },
    reset: () => {
      random = mulberry32(seed);
    },
  };
}

/**
 * Time to first spike: in every window of `windowSteps`, a value of 1 fires in the first step and one of 0 in the last,
 * linearly between. Values are read in the first step of a window; those below `minimum` stay silent.
 */
export function latencyEncoder(n: number, windowSteps: number, minimum = 0): Encoder {
  checkSizes("latencyEncoder", n, 1);
  checkWhole("latencyEncoder", "windowSteps", windowSteps);
  const due = new Int32Array(n);
  let now = 0;
  return {
    inputs: n,
    outputs: n,
    step: (values, counts) => {
      checkRow("latencyEncoder", values, n);
      for (let k = 0; k < n; k++) {
        const x = values[k] as number;
        if (now === 0) {
          const clipped = Math.min(Math.max(x, 0), 1);
          due[k] = x >= minimum ? Math.round((1 - clipped) * (windowSteps - 1)) : -1;
        }
        counts[k] = due[k] === now ? 1 : 0;
      }
      now = (now + 1) % windowSteps;
    },
    reset: () => {
      now = 0;
    },
  };
}

/**
 * Level crossing, or send on delta: a value that has risen by delta since its last spike fires its ON channel, one that
 * has fallen fires OFF, once for each delta. Channels: n ON, then n OFF. The first values set the levels, silently.
 * So that value − first value differs from delta · (ON − OFF) by less than delta, after every step.
 */
export function levelCrossingEncoder(n: number, delta: number): Encoder {
  checkSizes("levelCrossingEncoder", n, 1);
  checkAboveZero("levelCrossingEncoder", "delta", delta);
  const first = new Float64Array(n);
  /** whole deltas above the first value: no sum of deltas drifts */
  const level = new Float64Array(n);
  let started = false;
  return {
    inputs: n,
    outputs: 2 * n,
    step: (values, counts) => {
      checkRow("levelCrossingEncoder", values, n);
      counts.fill(0, 0, 2 * n);
      for (let k = 0; k < n; k++) {
        const x = values[k] as number;
        if (!started) first[k] = x;
        const rise = (x - (first[k] as number)) / delta - (level[k] as number);
        // more than a byte holds is fired in the steps that follow
        const crossed = Math.min(Math.floor(Math.abs(rise)), MOST);
        if (!(crossed > 0)) continue;
        level[k] = (level[k] as number) + (rise > 0 ? crossed : -crossed);
        counts[rise > 0 ? k : n + k] = crossed;
      }
      started = true;
    },
    reset: () => {
      level.fill(0);
      started = false;
    },
  };
}

/** What is no number is no rate. */
const rateOf = (values: ArrayLike<number>, k: number): number => Math.max(values[k] || 0, 0);

function checkSizes(where: string, n: number, dtSeconds: number): void {
  checkWhole(where, "channels", n);
  checkAboveZero(where, "dtSeconds", dtSeconds);
}
