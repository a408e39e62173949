/**
 * shelly:HOST[?channel=N]: Shelly's plugs and relays that measure, over their own HTTP.
 *
 *   GET /shelly                            {"gen":2,…} since the second generation; {"type":"SHPLG-S",…} before
 *   GET /rpc/Switch.GetStatus?id=0         {"apower":4.1,"voltage":230.1,"current":0.04,"aenergy":{"total":Wh,…},…}
 *   GET /rpc/PM1.GetStatus?id=0            the same of those that switch nothing
 *   GET /status                            {"meters":[{"power":4.1,"is_valid":true,…}],…} of the first generation
 */
import { fail } from "../errors.ts";
import type { Uri } from "../uri.ts";
import { askJson, askJsonIfKnown, type HttpDevice, type Json, numberIn } from "./http-json.ts";
import type { PowerMeter } from "./meter.ts";
import { openPlug, type PlugOptions, type PlugWay } from "./plug.ts";
import type { Asked } from "./polled.ts";

const MOST_CHANNEL = 15;
/** Digits of its watts: tenths, hundredths in the first generation. */
const STEP_WATTS = 0.1;

type Way = { readonly path: string; readonly read: (answer: Json) => Asked };

/** @throws METER_MISSING where no Shelly answers, or one that does not measure */
export const openShelly = (uri: Uri, options: PlugOptions = {}): Promise<PowerMeter> =>
  openPlug(uri, { what: "a Shelly", mostChannel: MOST_CHANNEL, find }, options);

async function find(device: HttpDevice, named: number | null): Promise<PlugWay> {
  const channel = named ?? 0;
  const about = await askJson(device, "/shelly");
  const generation = numberIn(about.gen) ?? 1;
  const way = generation >= 2 ? await newer(device, channel) : older(device.uri, channel);
  const model = String(about.model ?? about.type ?? "of an unknown model").slice(0, 40);
  return {
    ask: async () => way.read(await askJson(device, way.path)),
    plug: () => ({
      name: `Shelly ${model} at ${device.host}, channel ${channel}`,
      method: `its own watts from ${way.path}, the trapezoid between them`,
      stepWatts: STEP_WATTS,
      notes: ["It sees all that is plugged into it, and its own clock is not compared with ours."],
    }),
  };
}

/** Relays first, then those that only measure. */
async function newer(device: HttpDevice, channel: number): Promise<Way> {
  for (const component of ["Switch", "PM1"]) {
    const path = `/rpc/${component}.GetStatus?id=${channel}`;
    const answer = await askJsonIfKnown(device, path);
    if (answer === null) continue;
    return { path, read: (now) => newerReading(device.uri, now) };
  }
  const remedy = "Name a channel that it has: ?channel=0 is the first.";
  const got = `no channel ${channel} that measures`;
  return fail("METER_MISSING", `--meter ${device.uri}`, got, "a Switch or a PM1", remedy);
}

/** @throws METER_MISSING where it does not measure */
export function newerReading(uri: string, answer: Json): Asked {
  const watts = numberIn(answer.apower);
  if (watts === null) return noPower(uri, `apower ${JSON.stringify(answer.apower ?? null)}`);
  return { watts, ...ifThere("volts", answer.voltage), ...ifThere("amps", answer.current) };
}

const older = (uri: string, channel: number): Way => ({
  path: "/status",
  read: (answer) => olderReading(uri, answer, channel),
});

/** @throws METER_MISSING where it does not measure, or says itself that it is no reading */
export function olderReading(uri: string, answer: Json, channel: number): Asked {
  const meters: unknown = answer.meters ?? answer.emeters;
  const all: readonly unknown[] = Array.isArray(meters) ? meters : [];
  const one = all[channel] as Json | null | undefined;
  const watts = numberIn(one?.power);
  if (watts === null) return noPower(uri, `${all.length} meters, and no power of ${channel}`);
  if (one?.is_valid !== true) return noPower(uri, "power that it calls not valid");
  return { watts, ...ifThere("volts", one.voltage), ...ifThere("amps", one.current) };
}

function ifThere(key: "volts" | "amps", value: unknown): Partial<Asked> {
  const number = numberIn(value);
  return number === null ? {} : { [key]: number };
}

function noPower(uri: string, got: string): never {
  const remedy =
    "Take a model that measures: a PM, a Plug S or an EM; ?channel=N is another channel.";
  return fail("METER_MISSING", `--meter ${uri}`, got, "watts", remedy);
}
