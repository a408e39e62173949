/** Labelled windows of the simulated machine: the training set and the windows nothing was trained on. */
import { mulberry32, subseed } from "../model/random.ts";
import {
  type Condition,
  drawCondition,
  MACHINE_STATES,
  type MachineState,
  vibrationWindow,
} from "../sensors/vibration.ts";
import { WINDOW_LENGTH } from "./features.ts";

export const TRAINING = { seed: 1, windows: 6000 } as const;
export const UNSEEN = { seed: 2, windows: 2000 } as const;

export type LabelledWindow = {
  readonly values: Float64Array;
  readonly condition: Condition;
  /** index into MACHINE_STATES */
  readonly label: number;
};

/** Window k of the family `seed`: the states in turn, everything else drawn. */
export function labelledWindow(seed: number, k: number): LabelledWindow {
  const random = mulberry32(subseed(seed, k));
  const label = k % MACHINE_STATES.length;
  const condition = drawCondition(MACHINE_STATES[label] as MachineState, random);
  return { values: vibrationWindow(condition, WINDOW_LENGTH, random), condition, label };
}

export function rms(values: Float64Array): number {
  let sum = 0;
  for (const v of values) sum += v * v;
  return Math.sqrt(sum / values.length);
}

/** The rule of thumb the networks compete with: the state whose mean RMS is nearest. */
export function nearestRms(centroids: readonly number[], values: Float64Array): number {
  const level = rms(values);
  const distances = centroids.map((centroid) => Math.abs(centroid - level));
  return distances.indexOf(Math.min(...distances));
}
