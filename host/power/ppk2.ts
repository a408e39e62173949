/**
 * Nordic's Power Profiler Kit II: the current of one device, 100,000 times a second, up to 1 A and 5 V.
 *
 *   ppk2:PORT?mode=source&mv=3300      it feeds the device
 *   ppk2:PORT?mode=ampere&mv=3300      something else does, with so many millivolts: it measures no voltage
 *   ppk2:PORT                          as it was left: its own mode and voltage
 */
import { fail } from "../errors.ts";
import { type Line, listPorts, serialLine, systemTimers, type Timers } from "../lines/index.ts";
import type { Clock } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import type { PowerMeter } from "./meter.ts";
import { meterLost, openPort } from "./port.ts";
import { AMPERE_MODE, amperesAt, type Metadata, SOURCE_MODE } from "./ppk2-calibration.ts";
import { COMMAND, Dialogue } from "./ppk2-dialogue.ts";
import { Ppk2Samples, RATE_HZ } from "./ppk2-samples.ts";
import { SampleQueue } from "./sample-queue.ts";

export type Ppk2Options = {
  readonly line?: Line;
  readonly timers?: Timers;
};

/** What its source can be set to. */
const MILLIVOLTS = [800, 5000] as const;
/** Nordic states it by range; this holds for all of them above some microamperes, and for the voltage too. */
const GAIN = 0.15;
const OFFSET_AMPS = 2e-7;
/** Its bytes wait a millisecond or two for the USB host. */
const TIME_SECONDS = 0.002;
/** A stream that says nothing for so long has stopped. */
const SILENT_MS = 2000;
/** A program that was busy has had its turn by then, and has read what waits. */
const TURN_MS = 200;
const STOP_MS = 20;

type Setting = { readonly mode: "source" | "ampere"; readonly millivolts: number };

/** @throws METER_MISSING where no PPK2 answers, USAGE where the voltage is not said */
export async function openPpk2(
  uri: Uri,
  clock: Clock,
  { line = serialLine(uri.rest), timers = systemTimers }: Ppk2Options = {},
): Promise<PowerMeter> {
  const asked = askedFor(uri);
  const queue = new SampleQueue();
  const dialogue = new Dialogue(timers);
  let samples: Ppk2Samples | null = null;
  let heardMs = 0;
  const channel = await openPort(uri.text, line, {
    bytes(bytes) {
      heardMs = 0;
      if (samples === null) dialogue.bytes(bytes);
      else samples.push(bytes, clock.nowNs(), queue);
    },
    closed(why) {
      dialogue.closed();
      queue.end(meterLost(uri.text, why, "a PPK2 that stays"));
    },
  });
  const send = (...bytes: readonly number[]) => channel.write(Uint8Array.from(bytes));
  const metadata = await dialogue.metadata(channel);
  const setting = metadata && (asked ?? settingOf(metadata));
  if (!metadata || !setting) {
    await channel.close();
    return metadata ? noSetting(uri) : noPpk2(uri, dialogue.heard);
  }
  const { mode, millivolts } = setting;
  send(COMMAND.MODE, mode === "source" ? SOURCE_MODE : AMPERE_MODE);
  if (mode === "source") send(COMMAND.MILLIVOLTS, millivolts >> 8, millivolts & 0xff);
  send(COMMAND.POWER, 1);
  const volts = millivolts / 1000;

  let callOff = () => {};
  const watch = (): void => {
    callOff = timers.after(TURN_MS, () => {
      heardMs += TURN_MS;
      if (heardMs < SILENT_MS) return watch();
      queue.end(meterLost(uri.text, `no sample for ${SILENT_MS / 1000} s`, "100,000 a second"));
    });
  };
  return {
    facts: {
      uri: uri.text,
      name: `Nordic PPK2 (hardware ${metadata.hardware}), ${mode === "source" ? "source" : "ampere meter"}, ${millivolts} mV`,
      scope: "target",
      quality: "derived",
      reads: true,
      doesNotInclude: ["everything that it does not feed or carry", "its own supply"],
      method: `current × ${volts} V, ${RATE_HZ.toLocaleString("en")} samples a second, lost ones counted by its counter; ±${100 * GAIN} % assumed`,
      accuracy: {
        gain: GAIN,
        offsetWatts: OFFSET_AMPS * volts,
        timeSeconds: TIME_SECONDS,
        integrates: false,
      },
      sampleRateHz: RATE_HZ,
      logicInputs: 8,
      gapSeconds: 2.5 / RATE_HZ,
      notes: notesOf(setting, metadata, asked === null),
    },
    skewPpm: () => samples?.skewPpm ?? null,
    samples() {
      if (samples === null) {
        samples = new Ppk2Samples(amperesAt(metadata.calibration, volts), volts);
        send(COMMAND.START);
        watch();
      }
      return queue;
    },
    async close() {
      callOff();
      queue.end();
      send(COMMAND.STOP);
      await dialogue.pause(STOP_MS); // the byte is on its way
      await channel.close();
    },
  };
}

/** Null: as it was left. */
function askedFor(uri: Uri): Setting | null {
  onlyKeys(uri, ["mode", "mv"]);
  const { text, query } = uri;
  const mode = query.get("mode");
  const millivolts = Math.round(numberOf(uri, "mv", Number.NaN, MILLIVOLTS));
  if (mode === undefined && !query.has("mv")) return null;
  if (mode !== "source" && mode !== "ampere") {
    return fail("USAGE", text, mode === undefined ? "no mode" : `mode=${mode}`, MODES);
  }
  if (Number.isNaN(millivolts)) {
    const what =
      mode === "source" ? "that it shall feed" : "of the supply, which it cannot measure";
    return fail("USAGE", text, "no mv", `mv=…, the millivolts ${what}`);
  }
  return { mode, millivolts };
}

const MODES = "mode=source, or mode=ampere where something else feeds the device";

function settingOf({ mode, millivolts }: Metadata): Setting | null {
  return mode === "source" && millivolts !== null ? { mode, millivolts } : null;
}

function notesOf(
  { mode, millivolts }: Setting,
  { calibrated }: Metadata,
  left: boolean,
): readonly string[] {
  const voltage =
    mode === "ampere"
      ? `The supply's ${millivolts} mV are those of the URI: nothing measures them.`
      : `It feeds ${millivolts} mV${left ? ", as it was left," : ""} and goes on doing so afterwards.`;
  return calibrated === false ? [voltage, "It says that it is not calibrated."] : [voltage];
}

function noSetting({ text }: Uri): never {
  const got = "a PPK2 that is no source, or does not say its voltage";
  return fail("METER_MISSING", `--meter ${text}`, got, "mode and mv", `Add ?${MODES}; and &mv=….`);
}

function noPpk2({ text }: Uri, got: string): never {
  const remedy =
    "Name the first of the two ports of a PPK2; `twentywatt devices` lists them. Unplug it and plug it in again.";
  return fail("METER_MISSING", `--meter ${text}`, got, "the metadata of a PPK2", remedy);
}

const USB = { vendorId: "1915", productId: "c00a" } as const;

/** The first port of each PPK2, as a URI. @param sysfs where Linux lists its ttys */
export async function ppk2sHere(
  sysfs: string,
): Promise<{ readonly uri: string; readonly what: string; readonly scope: "target" }[]> {
  const byPath = new Intl.Collator("en", { numeric: true });
  const ports = (await listPorts(sysfs))
    .filter(({ vendorId, productId }) => vendorId === USB.vendorId && productId === USB.productId)
    .sort((a, b) => byPath.compare(a.path, b.path));
  const first = new Map<string, string>();
  for (const { path, serialNumber } of ports) {
    const device = serialNumber ?? path;
    if (!first.has(device)) first.set(device, path);
  }
  return [...first].map(([device, path]) => ({
    uri: `ppk2:${path}`,
    what: `Nordic PPK2 ${device}`,
    scope: "target",
  }));
}
