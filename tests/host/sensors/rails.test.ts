/** A converter stuck at a rail, for every kind of sensor that has one: told once, with channel and value. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { wavFile } from "../../../host/files/wav-file.ts";
import { openI2cSensor } from "../../../host/sensors/i2c.ts";
import { openIio } from "../../../host/sensors/iio.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import { watchRails } from "../../../host/sensors/rails.ts";
import type { Sensor } from "../../../host/sensors/sensor.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { I2cBus } from "../../support/i2c-bus.ts";
import { allBlocks, sensorIo } from "../../support/sensor-io.ts";

const { path, file } = folderOfFiles();
const before = process.env.PATH;
afterAll(() => {
  process.env.PATH = before;
});

function put(name: string, text: string): void {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), text);
}

const uriOf = (text: string): Uri => parseUri(text) ?? expect.unreachable(text);

/** What it warned of, after so many samples. */
async function warnings(
  open: (io: ReturnType<typeof sensorIo>) => Promise<Sensor>,
  samples: number,
): Promise<string[]> {
  const warned: string[] = [];
  const sensor = watchRails(await open(sensorIo()), (line) => warned.push(line));
  await allBlocks(sensor, samples);
  await sensor.close();
  return warned.map((line) =>
    line.replace(/: look at .*$/, "").replace(/^.*?: (?=\w+.* is stuck)/, ""),
  );
}

/** A table of two channels, of which the second is at an end from row 100 on. */
const table = (end: number, rows: number): string =>
  Array.from({ length: rows }, (_, k) => `${k % 500},${k < 100 ? 512 : end}`).join("\n");

describe("kinds", () => {
  test("a table whose range is given", async () => {
    for (const [end, which] of [
      [1023, "highest"],
      [0, "lowest"],
    ] as const) {
      const name = file(`rail-${end}.csv`, table(end, 400));
      expect(
        await warnings(
          (io) => openSensor(`csv:${name}?rate=100&range=0:1023`, { ...io, warn: () => {} }),
          400,
        ),
      ).toEqual([`c1 is stuck at ${end}, the ${which} value there is, for 100 samples`]);
    }
  });

  test("a register of any chip, and a chip: by their words, in the channel's unit", async () => {
    put("dev/i2c-1", "");
    const bus = new I2cBus(0x48);
    bus.registers.set([0x7f, 0xff], 2);
    const register = "i2c:1:0x48?register=2&as=i16be&scale=0.5&offset=1&unit=V&rate=200";
    const open = (text: string, on: I2cBus) => (io: ReturnType<typeof sensorIo>) =>
      openI2cSensor(uriOf(text), { ...io, calls: on.calls, root: path(".") });
    expect(await warnings(open(register, bus), 300)).toEqual([
      expect.stringMatching(/^register 0x02 is stuck at 16384.5, the highest.* 200 samples$/),
    ]);
    // without a scale it may be a status or a counter, and 0 or the end says nothing
    const raw = "i2c:1:0x48?register=2&as=i16be&rate=200";
    expect(await warnings(open(raw, bus), 300)).toEqual([]);
    const chip = new I2cBus(0x68);
    chip.registers[0x75] = 0x68;
    // acceleration along y at −32768, the others in between
    chip.registers.set([0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0x3b);
    expect(await warnings(open("i2c:1:0x68?type=mpu6050", chip), 200)).toEqual([
      expect.stringMatching(/^ay is stuck at -19\.6133, the lowest.* 100 samples$/),
    ]);
  });

  test("what a driver of the kernel offers, where it says its range", async () => {
    put("sys/bus/iio/devices/iio:device0/name", "adc\n");
    put("sys/bus/iio/devices/iio:device0/in_voltage0_raw", "4095\n");
    put("sys/bus/iio/devices/iio:device0/in_voltage0_raw_available", "[0 1 4095]\n");
    put("sys/bus/iio/devices/iio:device0/in_voltage_scale", "0.5\n");
    put("sys/bus/iio/devices/iio:device0/in_voltage1_raw", "4095\n");
    const open = (io: ReturnType<typeof sensorIo>) =>
      openIio(uriOf("iio:adc?rate=100"), { ...io, root: path(".") });
    // millivolts as volts
    expect(await warnings(open, 300)).toEqual([
      "voltage0 is stuck at 2.0475, the highest value there is, for 100 samples",
    ]);
  });

  test("a microphone, whose sound is near an end first", async () => {
    chmodSync(
      file("arecord", "#!/bin/bash\nhead -c 40000 /dev/zero | tr '\\0' '\\200'; sleep 1\n"),
      0o755,
    );
    process.env.PATH = `${path(".")}:${before}`;
    const half = await warnings((io) => openSensor("mic:hw:0?rate=8000", io), 16_000);
    expect(half).toEqual([]);
    chmodSync(
      file("arecord", "#!/bin/bash\nfor k in {1..20000}; do printf '\\xff\\x7f'; done; sleep 1\n"),
      0o755,
    );
    expect(await warnings((io) => openSensor("mic:hw:0?rate=8000", io), 16_000)).toEqual([
      "mono is stuck at 0.999969, the highest value there is, for 8000 samples",
    ]);
    process.env.PATH = before;
  });

  test("a sound file of 16 bits, a channel of two", async () => {
    const values = Float64Array.from({ length: 2 * 9000 }, (_, k) => (k % 2 ? -1 : (k % 7) / 8));
    const name = file("rail.wav", wavFile(values, 2, 8000));
    expect(await warnings((io) => openSensor(`wav:${name}`, io), 9000)).toEqual([
      "right is stuck at -1, the lowest value there is, for 8000 samples",
    ]);
  });
});

describe("what is no rail", () => {
  const of = (values: readonly number[], range = "0:1023", rate = 10) =>
    warnings(
      (io) => openSensor(`csv:${file("v.csv", values.join("\n"))}?rate=${rate}&range=${range}`, io),
      values.length,
    );
  const flat = (n: number, value: number) => Array.from({ length: n }, () => value);

  test("49 samples, half a second, a value within, both ends in turns; 50 are one, told once", async () => {
    expect(await of([1, ...flat(49, 1023), 1, ...flat(49, 0)])).toEqual([]);
    expect(await of([1, ...flat(999, 1023)], "0:1023", 1000)).toEqual([]);
    expect(await of(flat(500, 700))).toEqual([]);
    expect(await of(flat(500, 0).map((_, k) => (k % 2) * 1023))).toEqual([]);
    expect(await of([1, ...flat(50, 1023), 1, ...flat(200, 1023)])).toHaveLength(1);
    expect(await of([...flat(60, 0), ...flat(60, 1023)])).toHaveLength(2);
    // beyond its range is at its end
    expect(await of(flat(60, 2000))).toHaveLength(1);
  });

  test("a range that is none", async () => {
    for (const range of ["5", "5:1", "a:b", "1:2:3", ":"]) {
      await expect(of([1, 2, 3], range)).rejects.toThrow(/USAGE.*LOW:HIGH/);
    }
  });
});

test("a run has it among its warnings, once", async () => {
  const stuck = file("stuck.csv", Array.from({ length: 400 }, () => 5).join("\n"));
  const args = [
    "run",
    "net:demo-int8?input=features",
    "--input",
    `csv:${stuck}?rate=100&range=0:5`,
    "--json",
  ];
  const { stdout } = await cli(args);
  const summary = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  const stuckAt = summary.warnings.filter((line: string) => line.includes("is stuck"));
  expect(stuckAt).toEqual([expect.stringContaining("c0 is stuck at 5")]);
});
