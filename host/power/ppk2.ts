/**
 * Nordic's Power Profiler Kit II: the current of one device, 100,000 times a second, up to 1 A and 5 V.
 *
 *   ppk2:PORT?mode=source&mv=3300      it feeds the device
 *   ppk2:PORT?mode=ampere&mv=3300      something else does, with so many millivolts: it measures no voltage
 *   ppk2:PORT                          as it was left: its own mode and voltage
 */
import { fail } from "../errors.ts";
import {
  type Line,
  listPorts,
  parsePort,
  serialLine,
  systemTimers,
  type Timers,
  usbFolder,
} from "../lines/index.ts";
import type { Clock } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import type { PowerMeter } from "./meter.ts";
import { amperesAt, type Metadata } from "./ppk2-calibration.ts";
import { Ppk2Connection, type Setting } from "./ppk2-connection.ts";
import { Ppk2Samples, RATE_HZ } from "./ppk2-samples.ts";
import { SampleQueue } from "./sample-queue.ts";

export type Ppk2Options = {
  readonly line?: Line;
  readonly timers?: Timers;
  /** where Linux lists its ttys */
  readonly sysfs?: string;
};

/** What its source can be set to. */
const MILLIVOLTS = [800, 5000] as const;
/** Nordic states it by range; this holds for all of them above some microamperes, and for the voltage too. */
const GAIN = 0.15;
const OFFSET_AMPS = 2e-7;
/** Its bytes wait a millisecond or two for the USB host. */
const TIME_SECONDS = 0.002;

/** @throws METER_MISSING where no PPK2 answers, or it is not known which is meant; USAGE where the voltage is not said */
export async function openPpk2(
  uri: Uri,
  clock: Clock,
  { line = serialLine(uri.rest), timers = systemTimers, sysfs = TTYS }: Ppk2Options = {},
): Promise<PowerMeter> {
  const asked = askedFor(uri);
  await requireOne(uri, sysfs);
  const queue = new SampleQueue();
  let samples: Ppk2Samples | null = null;
  const connection = new Ppk2Connection(uri.text, line, timers, {
    bytes: (bytes) => samples?.push(bytes, clock.nowNs(), queue),
    back: () => {
      samples = samplesOf(null);
    },
    ended: (error) => queue.end(error),
  });
  const metadata = await connection.open();
  const setting = metadata && (asked ?? settingOf(metadata));
  if (!metadata || !setting) {
    await connection.close();
    return metadata ? noSetting(uri) : noPpk2(uri, connection.heard);
  }
  connection.set(setting);
  const { mode, millivolts } = setting;
  const volts = millivolts / 1000;
  /** @param lost before its first sample: null where nobody knows */
  const samplesOf = (lost: number | null): Ppk2Samples =>
    new Ppk2Samples(amperesAt(metadata.calibration, volts), volts, lost);
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
        samples = samplesOf(0);
        connection.start();
      }
      return queue;
    },
    async close() {
      queue.end();
      await connection.close();
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
const TTYS = "/sys/class/tty";

type Device = {
  /** of its two ports the first, which is the one that speaks */
  readonly path: string;
  readonly serialNumber: string | null;
};

/** Each PPK2 once. Two of them may say the same serial number: what tells them apart is where they are plugged in. */
async function devicesHere(sysfs: string): Promise<readonly Device[]> {
  const byPath = new Intl.Collator("en", { numeric: true });
  const ports = (await listPorts(sysfs))
    .filter(({ vendorId, productId }) => vendorId === USB.vendorId && productId === USB.productId)
    .sort((a, b) => byPath.compare(a.path, b.path));
  const first = new Map<string, Device>();
  for (const { path, serialNumber } of ports) {
    const device = (await usbFolder(path, sysfs)) ?? serialNumber ?? path;
    if (!first.has(device)) first.set(device, { path, serialNumber });
  }
  return [...first.values()];
}

/** Raises METER_MISSING where VID:PID[:SERIAL] means more than one device. */
async function requireOne({ text, rest }: Uri, sysfs: string): Promise<void> {
  const { at } = parsePort(rest);
  if ("path" in at) return;
  const meant = (await devicesHere(sysfs)).filter(
    ({ serialNumber }) => at.serialNumber === null || at.serialNumber === serialNumber,
  );
  if (meant.length < 2) return;
  const paths = meant.map(({ path }) => path);
  const got = `${meant.length} that it may mean: ${paths.join(", ")}`;
  const remedy = `Name one by its port: ppk2:${paths[0]}. \`ls -l /dev/serial/by-path\` says which socket that is.`;
  fail("METER_MISSING", `--meter ${text}`, got, "a name of one PPK2", remedy);
}

/** The first port of each PPK2, as a URI. @param sysfs where Linux lists its ttys */
export async function ppk2sHere(
  sysfs: string,
): Promise<{ readonly uri: string; readonly what: string; readonly scope: "target" }[]> {
  return (await devicesHere(sysfs)).map(({ path, serialNumber }) => ({
    uri: `ppk2:${path}`,
    what: `Nordic PPK2 ${serialNumber ?? path}`,
    scope: "target",
  }));
}
