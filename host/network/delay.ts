/** Delays of a projection: given in seconds, or by what makes them, a length of axon and the speed of its spikes. */
import { fail } from "../errors.ts";
import { valueAt } from "../model/spiking-graph.ts";
import { type Distribution, type Parameter, sampler, values } from "./distribution.ts";
import { distance } from "./positions.ts";
import type { Pairing, Rows } from "./rows.ts";

/** Conduction: the delay is length / velocity. Without a length, the distance between the two neurons' positions. */
export type Conduction = {
  readonly kind: "conduction";
  /** m/s */
  readonly velocity: number | Distribution;
  /** m */
  readonly length: number | null;
};

export type Delay = Parameter | Conduction;

export const conduction = (
  velocity: number | Distribution,
  length: number | null = null,
): Conduction => ({ kind: "conduction", velocity, length });

/** Steps until a spike arrives: what all synapses share, and what each adds. */
export type DelaySteps = { readonly shared: number; readonly extra: Uint8Array | null };

export type Places = { readonly from: Float64Array | null; readonly to: Float64Array | null };

/** A synapse stores one byte. */
const MAX_EXTRA = 255;
/** A ring of spike bits this long: 125 kB for each neuron. */
export const MAX_STEPS = 1_000_000;

/** The delay as one number of seconds, or null where every synapse has its own. */
export function sharedSeconds(where: string, delay: Delay): number | null {
  if (typeof delay === "number") return checked(where, delay);
  if (!isConduction(delay)) return null;
  if (delay.length === null || typeof delay.velocity !== "number") return null;
  return checked(where, lengthOf(where, delay.length) / velocityOf(where, delay.velocity));
}

/** Delays of all synapses, in steps, in the order of the rows. */
export function delaysOfRows(
  pairing: Pairing,
  rows: Rows,
  delay: Delay,
  places: Places,
  dt: number,
): Uint32Array {
  const { where, random } = pairing;
  const n = rows.post.length;
  const steps = (seconds: number): number => toSteps(where, checked(where, seconds), dt);
  if (!isConduction(delay)) {
    const each = values(where, "delay", delay, n, random, { min: 0 });
    const found = new Uint32Array(n);
    for (let k = 0; k < n; k++)
      found[k] = steps(valueAt(each, rows.order === null ? k : (rows.order[k] as number)));
    return found;
  }
  const { velocity, length } = delay;
  const speed =
    typeof velocity === "number"
      ? () => velocity
      : sampler(where, "velocity", velocity, pairing.random);
  const lengthBetween = length === null ? between(where, places) : () => length;
  const found = new Uint32Array(n);
  for (let i = 0; i < pairing.pre; i++) {
    const end = rows.rowStart[i + 1] as number;
    for (let k = rows.rowStart[i] as number; k < end; k++) {
      const metres = lengthOf(where, lengthBetween(i, rows.post[k] as number));
      found[k] = steps(metres / velocityOf(where, speed()));
    }
  }
  return found;
}

/** Splits steps into the part that all share, which costs a ring of spike bits, and one byte for each synapse. */
export function split(where: string, steps: Uint32Array, dt: number): DelaySteps {
  if (steps.length === 0) return { shared: 0, extra: null };
  let shared = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const s of steps) {
    shared = Math.min(shared, s);
    longest = Math.max(longest, s);
  }
  if (longest === shared) return { shared, extra: null };
  if (longest - shared > MAX_EXTRA) {
    fail(
      "MODEL_RANGE",
      where,
      `delays from ${shared} to ${longest} steps of ${dt} s`,
      `a span of at most ${MAX_EXTRA} steps`,
      "Take a longer time step, a narrower distribution, or split the projection by distance.",
    );
  }
  const extra = new Uint8Array(steps.length);
  for (let k = 0; k < extra.length; k++) extra[k] = (steps[k] as number) - shared;
  return { shared, extra };
}

export function toSteps(where: string, seconds: number, dt: number): number {
  const steps = Math.round(seconds / dt);
  if (steps <= MAX_STEPS) return steps;
  const got = `a delay of ${seconds} s, ${steps} steps of ${dt} s`;
  return fail("MODEL_RANGE", where, got, `at most ${MAX_STEPS} steps`, CHANGE);
}

export const isConduction = (delay: Delay): delay is Conduction =>
  typeof delay === "object" && "kind" in delay && delay.kind === "conduction";

function between(where: string, { from, to }: Places): (i: number, j: number) => number {
  if (from === null || to === null) {
    const got = `no positions of ${from === null ? "the source" : "the target"}`;
    const remedy = "Give both populations positions, or conduction() a length.";
    return fail("USAGE", where, got, "positions to measure a distance between", remedy);
  }
  return (i, j) => distance(from, i, to, j);
}

function checked(where: string, seconds: number): number {
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  const remedy = "Give normal() a min, or change the delay in the code that builds this network.";
  return fail("MODEL_RANGE", where, `a delay of ${seconds} s`, "at least 0 s", remedy);
}

function velocityOf(where: string, velocity: number): number {
  if (Number.isFinite(velocity) && velocity > 0) return velocity;
  return fail("MODEL_RANGE", where, `a velocity of ${velocity} m/s`, "above 0 m/s", CHANGE);
}

function lengthOf(where: string, metres: number): number {
  if (Number.isFinite(metres) && metres >= 0) return metres;
  return fail("MODEL_RANGE", where, `a length of ${metres} m`, "at least 0 m", CHANGE);
}

const CHANGE = "Change the number in the code that builds this network.";
