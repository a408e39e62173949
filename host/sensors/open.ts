/** Which sensor is meant, and which there are. A row loads its file when it is asked for. */
import { fail } from "../errors.ts";
import { nearest } from "../text.ts";
import type { Clock } from "../units.ts";
import { parseUri, type Uri } from "../uri.ts";
import { chosenChannel } from "./one-channel.ts";
import { watchRails } from "./rails.ts";
import type { Sensor } from "./sensor.ts";
import type { WaitUntil } from "./wait.ts";

export type SensorOptions = {
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
  /** told once, in one line, what was found and decided */
  readonly say: (line: string) => void;
  /** told what is probably wrong with what comes; the same as `say` where it is not given */
  readonly warn?: (line: string) => void;
};

/** How a sensor is named, for people. */
export type SensorForm = {
  readonly form: string;
  readonly what: string;
  /** what may stand behind the question mark, and what it says */
  readonly keys: Readonly<Record<string, string>>;
};

type Row = SensorForm & {
  readonly open: (uri: Uri, options: SensorOptions) => Promise<Sensor>;
};

const CHANNEL = { channel: "one alone, by its name or from 0 (default: all)" } as const;

/** The sensors of this version, and no others: messages list them from here. */
const SENSORS: Readonly<Record<string, Row>> = {
  gpio: {
    form: "gpio:BCM or gpio:pinN or gpio:LABEL:OFFSET",
    what: "changes of a GPIO line",
    keys: {
      bias: "pull-up, pull-down or none (default: as the line is)",
      edge: "rising, falling or both (default: both)",
      debounce: "microseconds that a change must last (default: 0)",
      active: "high or low (default: high)",
    },
    open: async (uri, options) => (await import("./gpio.ts")).openGpio(uri, options),
  },
  serial: {
    form: "serial:PATH[@BAUD] or serial:VID:PID[:SERIAL]",
    what: "lines of numbers, or frames of samples, from a board",
    keys: {
      format: "csv, kv, jsonl, plotter or frames (default: as it is found)",
      ...CHANNEL,
      rate: "samples a second, where the lines have no time",
      unit: "of columns that say none: one for all, or one for each, V,A",
      range: "LOW:HIGH of its converter, to be warned of one that is stuck",
    },
    open: async (uri, options) => (await import("./serial.ts")).openSerialSensor(uri, options),
  },
  i2c: {
    form: "i2c:BUS:ADDRESS?type=mpu6050|adxl345|bme280",
    what: "a chip on an I²C bus, or any register of one",
    keys: {
      type: "mpu6050, adxl345 or bme280; without it any register:",
      register: "its number, from 0 to 255 or 0x00 to 0xff",
      as: "u8, i8, u16be, i16be, u16le or i16le (default: u8)",
      scale: "what its number is multiplied by (default: 1)",
      offset: "what is added then (default: 0)",
      unit: "of the value",
      rate: "samples a second (default: the chip's own, 10 of a register)",
      ...CHANNEL,
    },
    open: async (uri, options) => (await import("./i2c.ts")).openI2cSensor(uri, options),
  },
  iio: {
    form: "iio:NAME",
    what: "a sensor that the kernel has a driver for",
    keys: { rate: "samples a second (default: 10)", ...CHANNEL },
    open: async (uri, options) => (await import("./iio.ts")).openIio(uri, options),
  },
  mic: {
    form: "mic:DEVICE",
    what: "a microphone",
    keys: {
      rate: "samples a second (default: 16000)",
      channels: "1 to 8 (default: 1)",
      ...CHANNEL,
    },
    open: async (uri, options) => (await import("./microphone.ts")).openMicrophone(uri, options),
  },
  csv: {
    form: "csv:FILE",
    what: "a table of numbers",
    keys: {
      ...CHANNEL,
      rate: "samples a second, where no column is a time",
      unit: "of columns that say none: one for all, or one for each, V,A",
      range: "LOW:HIGH of its converter, to be warned of one that is stuck",
    },
    open: async (uri, options) => (await import("./csv.ts")).openCsv(uri, options),
  },
  wav: {
    form: "wav:FILE",
    what: "a sound file",
    keys: {
      ...CHANNEL,
      unit: "of its numbers, which else go from −1 to 1 and have none: one for all, or one for each",
    },
    open: async (uri, options) => (await import("./wav.ts")).openWav(uri, options),
  },
  rec: {
    form: "rec:FILE",
    what: "a recording of twentywatt record",
    keys: {
      source: "which of its sensors, from 0 (default: 0)",
      ...CHANNEL,
      from: "seconds from the beginning (default: 0)",
      speed: "times as fast as it was (default: as fast as it is asked for)",
    },
    open: async (uri, options) => (await import("./recorded.ts")).openRecorded(uri, options),
  },
  sim: {
    form: "sim:vibration|knock|ecg|step",
    what: "simulated signals, the same on every machine",
    keys: { seed: "another signal of its kind (default: 1)" },
    open: async (uri, options) => (await import("./simulated.ts")).openSimulated(uri, options),
  },
};

const KINDS: readonly string[] = Object.keys(SENSORS);

/** The keys that a sensor takes, by its URI; none where there is no such sensor. */
export function sensorKeys(text: string): readonly string[] {
  const kind = parseUri(text)?.kind ?? "";
  return Object.hasOwn(SENSORS, kind) ? Object.keys(SENSORS[kind]?.keys ?? {}) : [];
}

const BY_PATH: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^\/dev\/(tty|cu\.|serial\/|pts\/)/, "serial"],
  [/\.wave?$/i, "wav"],
  [/\.rec$/i, "rec"],
  [/\.(csv|tsv)$/i, "csv"],
];

/** The sensor that was meant by what is none: a bare file or port, another case, a misspelt kind; null where none is near. */
export function meantSensor(text: string): string | null {
  const [, kind, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(text) ?? [];
  if (kind !== undefined) {
    const near = nearest(kind, KINDS);
    return near === null || near === kind ? null : `${near}:${rest}`;
  }
  if (/^\d{1,2}$/.test(text)) return `gpio:${text}`;
  const [, byPath] = BY_PATH.find(([pattern]) => pattern.test(text)) ?? [];
  return byPath === undefined ? null : `${byPath}:${text}`;
}

const SEE = "`twentywatt help sensors` lists the sensors and their names.";

export const sensorForms = (): readonly SensorForm[] => Object.values(SENSORS);

/** Whether this names a sensor of this version; a path does not. */
export const isSensorUri = (text: string): boolean => {
  const uri = parseUri(text);
  return uri !== null && Object.hasOwn(SENSORS, uri.kind);
};

/**
 * Opens a sensor by URI and waits until it is known what it delivers.
 *
 * @throws SENSOR_MISSING where it is unknown or not there, USAGE where it is named wrongly
 */
export async function openSensor(text: string, options: SensorOptions): Promise<Sensor> {
  const uri = parseUri(text);
  const row = uri && Object.hasOwn(SENSORS, uri.kind) ? SENSORS[uri.kind] : undefined;
  if (uri && row) {
    const sensor = await chosenChannel(await row.open(uri, options), uri);
    return watchRails(sensor, options.warn ?? options.say);
  }
  const forms = Object.values(SENSORS).map(({ form }) => form);
  const meant = meantSensor(text);
  const remedy = meant === null ? SEE : `Did you mean ${meant}? ${SEE}`;
  return fail(
    "SENSOR_MISSING",
    text || "sensor",
    "no sensor of this name",
    `one of ${forms.join(", ")}`,
    remedy,
  );
}
