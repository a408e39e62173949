/** Many equal pieces of work as a mean with its 95 % interval, and how single ones scatter. */
import { at } from "../model/at.ts";
import { halfWidth95 } from "./interval.ts";
import type { Spread } from "./meter.ts";

/** Neighbours drift together: batches of them are nearly independent, as in window.ts. */
const MOST_BATCHES = 30;
const PER_BATCH = 4;

export type Mean = {
  readonly value: number;
  /** of the 95 % interval of the mean: what scatters, and nothing else */
  readonly half: number;
};

/** @returns null of fewer than two, which say nothing of how they scatter */
export function meanOf(values: readonly number[]): Mean | null {
  if (values.length < 2) return null;
  const batches = Math.min(MOST_BATCHES, Math.floor(values.length / PER_BATCH));
  const half = halfWidth95(batches < 2 ? values : batchMeans(values, batches));
  return half === null ? null : { value: average(values), half };
}

/** @returns null of none */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const mean = average(values);
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number): number =>
    at(sorted, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return {
    standardDeviation: Math.sqrt(average(values.map((value) => (value - mean) ** 2))),
    ...{ p10: rank(0.1), p50: rank(0.5), p90: rank(0.9) },
  };
}

function batchMeans(values: readonly number[], batches: number): number[] {
  const place = (k: number): number => Math.floor((k * values.length) / batches);
  return Array.from({ length: batches }, (_, k) => average(values.slice(place(k), place(k + 1))));
}

export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
