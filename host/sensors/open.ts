/** Which sensor is meant, and which there are. A row loads its file when it is asked for. */
import { fail } from "../errors.ts";
import type { Clock } from "../units.ts";
import { parseUri, type Uri } from "../uri.ts";
import type { Sensor } from "./sensor.ts";
import type { WaitUntil } from "./wait.ts";

export type SensorOptions = {
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
  /** told once, in one line, what was found and decided */
  readonly say: (line: string) => void;
};

type Row = {
  readonly form: string;
  readonly what: string;
  readonly open: (uri: Uri, options: SensorOptions) => Promise<Sensor>;
};

/** The sensors of this version, and no others: messages list them from here. */
const SENSORS: Readonly<Record<string, Row>> = {
  gpio: {
    form: "gpio:BCM or gpio:pinN or gpio:LABEL:OFFSET",
    what: "changes of a GPIO line",
    open: async (uri, options) => (await import("./gpio.ts")).openGpio(uri, options),
  },
  serial: {
    form: "serial:PATH[@BAUD] or serial:VID:PID[:SERIAL]",
    what: "lines of numbers, or frames of samples, from a board",
    open: async (uri, options) => (await import("./serial.ts")).openSerialSensor(uri, options),
  },
  i2c: {
    form: "i2c:BUS:ADDRESS?type=mpu6050|adxl345|bme280",
    what: "a chip on an I²C bus, or any register of one",
    open: async (uri, options) => (await import("./i2c.ts")).openI2cSensor(uri, options),
  },
  iio: {
    form: "iio:NAME",
    what: "a sensor that the kernel has a driver for",
    open: async (uri, options) => (await import("./iio.ts")).openIio(uri, options),
  },
  mic: {
    form: "mic:DEVICE",
    what: "a microphone",
    open: async (uri, options) => (await import("./microphone.ts")).openMicrophone(uri, options),
  },
  csv: {
    form: "csv:FILE",
    what: "a table of numbers",
    open: async (uri, options) => (await import("./csv.ts")).openCsv(uri, options),
  },
  wav: {
    form: "wav:FILE",
    what: "a sound file",
    open: async (uri, options) => (await import("./wav.ts")).openWav(uri, options),
  },
  rec: {
    form: "rec:FILE",
    what: "a recording of twentywatt record",
    open: async (uri, options) => (await import("./recorded.ts")).openRecorded(uri, options),
  },
  sim: {
    form: "sim:vibration|knock|ecg|step[?seed=N]",
    what: "simulated signals, the same on every machine",
    open: async (uri, options) => (await import("./simulated.ts")).openSimulated(uri, options),
  },
};

export const sensorForms = (): readonly Pick<Row, "form" | "what">[] => Object.values(SENSORS);

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
  if (uri && row) return row.open(uri, options);
  const forms = Object.values(SENSORS).map(({ form }) => form);
  return fail("SENSOR_MISSING", "--input", text, `one of ${forms.join(", ")}`);
}
