/**
 * tasmota:HOST[?channel=N]: plugs with the firmware Tasmota, over HTTP.
 *
 *   GET /cm?cmnd=Status%2010      {"StatusSNS":{"Time":"…","ENERGY":{"Total":kWh,"Power":W,"Voltage":V,"Current":A,…}}}
 *   GET /cm?cmnd=Status%208       the same of older versions
 *
 * Of several channels Power and Current are lists.
 */
import { fail } from "../errors.ts";
import type { Uri } from "../uri.ts";
import { askJson, type HttpDevice, type Json, numberIn, objectOf } from "./http-json.ts";
import type { PowerMeter } from "./meter.ts";
import { openPlug, type PlugOptions, type PlugWay } from "./plug.ts";
import type { Asked } from "./polled.ts";

const STATUS = [10, 8] as const;
const pathOf = (status: number): string => `/cm?cmnd=Status%20${status}`;
const MOST_CHANNEL = 7;

/** @throws METER_MISSING where no Tasmota answers, or one that does not measure */
export const openTasmota = (uri: Uri, options: PlugOptions = {}): Promise<PowerMeter> =>
  openPlug(uri, { what: "a Tasmota", mostChannel: MOST_CHANNEL, find }, options);

async function find(device: HttpDevice, wanted: number | null): Promise<PlugWay> {
  const path = await pathThatMeasures(device);
  return {
    ask: async () => tasmotaReading(device.uri, await askJson(device, path), wanted),
    plug({ watts }) {
      const whole = Number.isInteger(watts);
      return {
        name: `Tasmota plug at ${device.host}${wanted === null ? "" : `, channel ${wanted}`}`,
        method: `its own watts from ${path}, the trapezoid between them`,
        stepWatts: whole ? 1 : 0.1,
        notes: [
          ...(whole
            ? [
                "It counts whole watts; the command WattRes 2 in its console gives it two digits more.",
              ]
            : []),
          "Adjusted by whoever set it up: a lamp of known watts shows how far off it is.",
        ],
      };
    },
  };
}

/** The newer command first: the older one was kept for those who knew it. */
async function pathThatMeasures(device: HttpDevice): Promise<string> {
  let got = "no ENERGY";
  for (const status of STATUS) {
    const answer = await askJson(device, pathOf(status));
    if (energyIn(answer) !== null) return pathOf(status);
    const said = answer.WARNING ?? answer.Command;
    if (typeof said === "string") got = `${got}: ${JSON.stringify(said.slice(0, 60))}`;
  }
  const remedy =
    "Take a plug that measures, with its template set; where it asks for a password, switch that off: none is sent.";
  return fail("METER_MISSING", `--meter ${device.uri}`, got, "a Tasmota that measures", remedy);
}

const energyIn = (answer: Json): Json | null => {
  const sensors = objectOf(answer, "StatusSNS");
  return sensors === null ? null : objectOf(sensors, "ENERGY");
};

/** @throws METER_MISSING where there is no power, or of several channels none is named */
export function tasmotaReading(uri: string, answer: Json, wanted: number | null): Asked {
  const energy = energyIn(answer);
  const power: unknown = energy?.Power;
  const channels: readonly unknown[] = Array.isArray(power) ? power : [power];
  if (wanted === null && channels.length > 1) {
    const names = channels.map((_, k) => `?channel=${k}`).join(" or ");
    return fail("METER_MISSING", `--meter ${uri}`, `${channels.length} channels`, names);
  }
  const channel = wanted ?? 0;
  const watts = numberIn(channels[channel]);
  if (watts === null) {
    const got = energy === null ? "no ENERGY" : `Power ${JSON.stringify(power ?? null)}`;
    return fail("METER_MISSING", `--meter ${uri}`, got.slice(0, 80), `watts of channel ${channel}`);
  }
  const of = (value: unknown): number | null =>
    numberIn(Array.isArray(value) ? value[channel] : value);
  const [volts, amps] = [of(energy?.Voltage), of(energy?.Current)];
  return { watts, ...(volts === null ? {} : { volts }), ...(amps === null ? {} : { amps }) };
}
