/** Where neurons are, in metres: what conduction delays are measured along. Three coordinates each. */
import { cosSinTurns } from "../model/elementary.ts";
import { type Random, uniform } from "../model/random.ts";

/** x, y, z of n neurons, back to back */
export type Place = (n: number, random: Random) => Float64Array;

/** Evenly from 0 to `length` along x. */
export const line =
  (length: number): Place =>
  (n) =>
    place(n, (k) => [n < 2 ? 0 : (k * length) / (n - 1), 0, 0]);

/** Evenly on a circle in the plane. */
export const ring =
  (circumference: number): Place =>
  (n) => {
    const radius = circumference / (2 * Math.PI);
    return place(n, (k) => {
      const [cos, sin] = cosSinTurns(k / n);
      return [radius * cos, radius * sin, 0];
    });
  };

/** Row after row of `columns` neurons, `spacing` apart. */
export const grid =
  (columns: number, spacing: number): Place =>
  (n) =>
    place(n, (k) => [(k % columns) * spacing, Math.floor(k / columns) * spacing, 0]);

/** Evenly at random in a box with one corner at the origin. */
export const box =
  (x: number, y: number, z: number): Place =>
  (n, random) =>
    place(n, () => [uniform(random, 0, x), uniform(random, 0, y), uniform(random, 0, z)]);

function place(n: number, at: (k: number) => readonly [number, number, number]): Float64Array {
  const coordinates = new Float64Array(3 * n);
  for (let k = 0; k < n; k++) coordinates.set(at(k), 3 * k);
  return coordinates;
}

/** Distance of neuron i of `a` from neuron j of `b`. */
export function distance(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const dx = (a[3 * i] as number) - (b[3 * j] as number);
  const dy = (a[3 * i + 1] as number) - (b[3 * j + 1] as number);
  const dz = (a[3 * i + 2] as number) - (b[3 * j + 2] as number);
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}
