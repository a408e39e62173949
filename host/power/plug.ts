/** What smart plugs have in common: mains, a second between readings, and a way through the network. */
import type { Clock } from "../units.ts";
import type { Uri } from "../uri.ts";
import type { PowerFacts } from "./meter.ts";
import type { Every } from "./polled.ts";

export type PlugOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  /** for one answer */
  readonly patienceMs?: number;
};

export const PLUG_PERIOD_MS = 1000;
/** Makers state 1 %, sellers of bare ones nothing; their chips are adjusted once, at one load. */
const GAIN = 0.03;

export type Plug = {
  readonly name: string;
  readonly method: string;
  /** what a step of its numbers hides, watts */
  readonly stepWatts: number;
  readonly notes: readonly string[];
};

export function plugFacts(uri: Uri, { name, method, stepWatts, notes }: Plug): PowerFacts {
  const seconds = PLUG_PERIOD_MS / 1000;
  // small loads are where such chips are worst: half a watt is what is left of their own noise
  const offsetWatts = Math.max(0.5, stepWatts);
  return {
    uri: uri.text,
    name,
    scope: "wall",
    quality: "measured",
    reads: true,
    doesNotInclude: [],
    method: `${method}, every ${seconds} s; ±${100 * GAIN} % and ±${offsetWatts} W assumed`,
    accuracy: { gain: GAIN, offsetWatts, timeSeconds: seconds, integrates: false },
    sampleRateHz: 1 / seconds,
    gapSeconds: 2.5 * seconds,
    notes,
  };
}
