/** What smart plugs have in common: mains, a second between readings, and a way through the network. */
import { fail } from "../errors.ts";
import { type Clock, systemClock } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { HTTP_PATIENCE_MS, type HttpDevice, hostOf } from "./http-json.ts";
import type { PowerFacts, PowerMeter } from "./meter.ts";
import { type Asked, type Every, inBackground, polledMeter } from "./polled.ts";

export type PlugOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  /** for one answer */
  readonly patienceMs?: number;
};

const PLUG_PERIOD_MS = 1000;
/** Makers state 1 %, sellers of bare ones nothing; their chips are adjusted once, at one load. */
const GAIN = 0.03;

/** How plugs of a maker are asked, once it is known which one this is. */
export type PlugWay = {
  readonly ask: () => Promise<Asked>;
  /** @param first reading */
  readonly plug: (first: Asked) => Plug;
};

export type PlugKind = {
  /** for a reader: "a Shelly" */
  readonly what: string;
  readonly mostChannel: number;
  /** @param channel null: none was named. @throws METER_MISSING where it is another device, or does not measure */
  readonly find: (device: HttpDevice, channel: number | null) => Promise<PlugWay>;
};

/** @throws METER_MISSING where no such plug answers, or one that does not measure */
export async function openPlug(
  uri: Uri,
  { what, mostChannel, find }: PlugKind,
  { clock = systemClock, every = inBackground, patienceMs = HTTP_PATIENCE_MS }: PlugOptions,
): Promise<PowerMeter> {
  onlyKeys(uri, ["channel"]);
  const channel = uri.query.has("channel") ? numberOf(uri, "channel", 0, [0, mostChannel]) : null;
  if (channel !== null && !Number.isInteger(channel)) {
    fail("USAGE", uri.text, `channel=${channel}`, "0, 1, …");
  }
  const ended = new AbortController();
  const host = hostOf(uri);
  const { ask, plug } = await find(
    { what, uri: uri.text, host, patienceMs, closed: ended.signal },
    channel,
  );
  return polledMeter(plugFacts(uri, plug(await ask())), {
    ...{ clock, every, periodMs: PLUG_PERIOD_MS, ask },
    close: () => ended.abort(),
  });
}

export type Plug = {
  readonly name: string;
  readonly method: string;
  /** what a step of its numbers hides, watts */
  readonly stepWatts: number;
  readonly notes: readonly string[];
};

function plugFacts(uri: Uri, { name, method, stepWatts, notes }: Plug): PowerFacts {
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
