/** What `bench` does otherwise for a network that runs in steps: noise that changes, and figures per event. */

import { noiseSteps } from "../files/spiking-input.ts";
import { at } from "../model/at.ts";
import type { Manifest } from "../module/manifest.ts";
import type { Work } from "../power/index.ts";
import type { Timed } from "../run/timing.ts";
import type { Counters, Session } from "../runtime/index.ts";
import { quantity, significant } from "../text.ts";
import { microsecondsToSeconds } from "../units.ts";

/** Steps of noise, over and over: in all of them an input spikes with the same probability. */
const NOISE_STEPS = 1024;

export type SpikingFigures = {
  readonly stepsPerSecond: number;
  readonly synapticEventsPerSecond: number;
  readonly spikesPerStep: number;
  readonly synapticEventsPerStep: number;
  /** the network's own time over the clock's */
  readonly realTimeFactor: number;
};

/** Copy in, step, copy out; the next step hears other noise. */
export async function noisyStep(loaded: Session, seed: number): Promise<Timed> {
  const output = new Uint8Array(loaded.outputBytes);
  const rows = await noiseRows(loaded, seed);
  let now = 0;
  return () => {
    const input = at(rows, now);
    now = (now + 1) % rows.length;
    return loaded.step(input, output);
  };
}

const SILENCE = new Uint8Array(0);

/** At least one row; an empty one for a network that has no input. */
export async function noiseRows(
  { inputBytes, manifest }: Session,
  seed: number,
): Promise<readonly Uint8Array[]> {
  if (inputBytes === 0) return [SILENCE];
  const rows: Uint8Array[] = [];
  const window = { firstStep: 0, steps: NOISE_STEPS, warn: () => {} };
  for await (const { bytes, steps, stride } of noiseSteps(
    manifest.inputs,
    seed,
    window,
  ).batches()) {
    for (let k = 0; k < steps; k++) rows.push(bytes.slice(k * stride, k * stride + inputBytes));
  }
  return rows;
}

/** All steps since init(), those of warming up included: the meter saw them too. */
export const spikingWork = ({ steps, spikes, synapticEvents }: Counters): Work => ({
  inferences: 1,
  steps: Number(steps),
  spikes: Number(spikes),
  synapticEvents: Number(synapticEvents),
});

export function spikingFigures(
  { dtSeconds }: Manifest,
  counters: Counters,
  stepUs: Float64Array,
): SpikingFigures | null {
  const steps = Number(counters.steps);
  if (stepUs.length === 0 || steps === 0) return null;
  const meanSeconds = microsecondsToSeconds(
    stepUs.reduce((sum, us) => sum + us, 0) / stepUs.length,
  );
  const perStep = (n: bigint): number => Number(n) / steps;
  return {
    stepsPerSecond: 1 / meanSeconds,
    synapticEventsPerSecond: perStep(counters.synapticEvents) / meanSeconds,
    spikesPerStep: perStep(counters.spikes),
    synapticEventsPerStep: perStep(counters.synapticEvents),
    realTimeFactor: (dtSeconds ?? 0) / meanSeconds,
  };
}

/** null for a network without steps */
export function spikingLine(figures: Partial<SpikingFigures>): string | null {
  const { stepsPerSecond, spikesPerStep, synapticEventsPerStep, realTimeFactor } = figures;
  if (stepsPerSecond === undefined) return null;
  return [
    quantity(stepsPerSecond, "steps/s"),
    `${significant(realTimeFactor ?? 0)} × real time`,
    `${significant(spikesPerStep ?? 0)} spikes and ${significant(synapticEventsPerStep ?? 0)} synaptic events per step`,
  ].join(", ");
}
