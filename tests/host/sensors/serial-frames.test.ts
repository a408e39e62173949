/** serial: with frames of samples, on a line that the test holds; the README's C writes some of them. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Block, Sensor } from "../../../host/sensors/sensor.ts";
import { openSerialSensor } from "../../../host/sensors/serial.ts";
import { parseUri } from "../../../host/uri.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { compilerTest } from "../../support/firmware-program.ts";
import { blocksOf, readmeText } from "../../support/readmes.ts";
import { type Samples, samplesFrame } from "../../support/sample-frames.ts";
import { allBlocks, lostOf, sensorIo, valuesOf } from "../../support/sensor-io.ts";
import { port, turn } from "../../support/sensor-port.ts";

const { path, file } = folderOfFiles();

/** Opens serial:x with two frames of two samples each, numbers 0 to 3 at 100 Hz, and what the test adds. */
function opened(query = "", first: (k: number) => Samples = hundred) {
  const [io, device] = [sensorIo(), port()];
  const uri = parseUri(`serial:x${query}`);
  if (!uri) throw new Error("no uri");
  const sensor = openSerialSensor(uri, { ...io, line: () => device.line });
  const send = (samples: Samples) => {
    io.pass(20_000_000n);
    device.write(samplesFrame(samples));
  };
  const begin = async () => {
    await turn();
    send(first(0));
    send(first(1));
    return sensor;
  };
  return { io, device, sensor, send, begin };
}

/** Frame k of two samples, at 100 Hz: their values are their numbers. */
const hundred = (k: number): Samples => ({
  ...{ number: 2 * k, time: 20_000 * k + 10_000, rateHz: 100 },
  values: [2 * k, 2 * k + 1],
});

async function rest(sensor: Sensor<Block>): Promise<Block[]> {
  await sensor.close();
  return allBlocks(sensor);
}

describe("frames of samples", () => {
  test("are found without being named, with channels, rate, scale and their evidence", async () => {
    const samples = (k: number): Samples => ({
      ...{ number: 2 * k, time: 20_000 * k + 10_000, rateHz: 100, scale: 0.5, channels: 3 },
      values: [1, -2, 3, 32_767, -32_768, k],
    });
    const { io, begin } = opened("?unit=m/s²", samples);
    const sensor = await begin();
    expect(io.said).toEqual([
      "serial:x?unit=m/s²: frames of samples, whole by their sums (3 channels of i16); channels c0 in m/s², c1 in m/s², c2 in m/s², 100 samples a second; times of the device, losses by the numbers of samples",
    ]);
    expect(sensor.describe().sampleRateHz).toBe(100);
    const blocks = await rest(sensor);
    expect(valuesOf(blocks)).toEqual([
      ...[0.5, -1, 1.5, 16_383.5, -16_384, 0],
      ...[0.5, -1, 1.5, 16_383.5, -16_384, 0.5],
    ]);
    // they came when their last sample was taken, which is 10 ms after their first
    expect(blocks.map(({ timeNs }) => timeNs)).toEqual([10_001_000n, 30_001_000n]);
  });

  test.each(["i16", "i32", "f32"] as const)("%s at its ends", async (form) => {
    const most = { i16: 32_767, i32: 2 ** 31 - 1, f32: (2 - 2 ** -23) * 2 ** 127 }[form];
    const values = form === "f32" ? [most, -most] : [most, -most - 1];
    const { begin } = opened("?format=frames", (k) => ({ ...hundred(k), form, values }));
    expect(valuesOf(await rest(await begin()))).toEqual([...values, ...values]);
  });

  test("a gap in the numbers is lost samples, also across 2^32; the same number again is not", async () => {
    const near = 2 ** 32 - 4;
    const { send, begin } = opened("", (k) => ({ ...hundred(k), number: near + 2 * k }));
    const sensor = await begin();
    send({ ...hundred(3), number: near + 6 });
    send({ ...hundred(3), number: near + 6 });
    send({ ...hundred(9), number: 1000 });
    const blocks = await rest(sensor);
    expect(blocks.map(({ lostBefore }) => lostBefore)).toEqual([0, 0, 2, 996]);
  });

  test("a device that started anew begins its numbers again; nothing is made up", async () => {
    const { send, begin } = opened();
    const sensor = await begin();
    send(hundred(4000));
    send(hundred(0));
    send(hundred(1));
    const blocks = await rest(sensor);
    expect(blocks.map(({ lostBefore }) => lostBefore)).toEqual([0, 0, 7996, 0, 0]);
  });

  test("damage anywhere costs its frames and no other: delivered and lost are what was made", async () => {
    const { io, device, send, begin } = opened();
    const sensor = await begin();
    const random = mulberry32(10);
    const pick = (n: number) => Math.floor(random() * n);
    for (let k = 2; k < 2000; k++) {
      const bytes = samplesFrame(hundred(k));
      const kind = k % 5 === 2 ? pick(5) : 5;
      io.pass(20_000_000n);
      if (kind === 0) bytes[1 + pick(bytes.length - 2)] = pick(256);
      if (kind === 1) device.write(bytes.subarray(0, pick(bytes.length)));
      else if (kind === 2)
        device.write(bytes.subarray(1)); // its first zero is gone
      else if (kind !== 3) device.write(bytes);
      if (kind === 4) device.print("debug: 1,2,3\r\n");
      if (k % 50 === 0) await turn();
    }
    send(hundred(2000));
    send(hundred(2001));
    const blocks = await rest(sensor);
    const delivered = valuesOf(blocks);
    expect(delivered.length + lostOf(blocks)).toBe(4004);
    expect(delivered.length).toBeGreaterThan(3000);
    expect(delivered).toEqual([...delivered].sort((a, b) => a - b));
    expect(io.said.at(-1)).toMatch(/^serial:x: \d+ damaged frames$/);
  });

  test("a number that is not finite is a lost sample", async () => {
    const values = [1, Number.NaN, 2, Number.POSITIVE_INFINITY];
    const { begin } = opened("", (k) => ({
      ...{ number: 4 * k, time: 40_000 * k, rateHz: 100, form: "f32", values },
    }));
    const blocks = await rest(await begin());
    expect(valuesOf(blocks)).toEqual([1, 2, 1, 2]);
    // the last one too, after which nothing comes
    expect(blocks.map(({ lostBefore }) => lostBefore)).toEqual([0, 1, 1, 1, 1]);
  });

  test.each([
    ["channels", { channels: 2 }, "frames of 2 channels at 100 Hz", "1 channel at 100 Hz"],
    ["rate", { rateHz: 200 }, "frames of 1 channel at 200 Hz", "1 channel at 100 Hz"],
  ])("%s that change end it with both", async (_, change, got, expected) => {
    const { send, begin } = opened();
    const sensor = await begin();
    send({ ...hundred(2), ...change });
    await expect(allBlocks(sensor)).rejects.toThrow(
      `SENSOR_LOST: serial:x: got ${got}, expected ${expected}.`,
    );
  });

  test.each<[string, Samples, number?]>([
    ["another type", hundred(0), 0x81],
    ["a rate of 0 and two samples", { ...hundred(0), rateHz: 0 }],
    ["no sample", { ...hundred(0), values: [] }],
    ["half a sample", { ...hundred(0), channels: 2, values: [1, 2, 3] }],
    ["no channel", { ...hundred(0), channels: 0 }],
    ["a scale of 0", { ...hundred(0), scale: 0 }],
    ["a scale that is no number", { ...hundred(0), scale: Number.NaN }],
  ])("%s is no frame of samples", async (_, samples, type) => {
    const { io, device, send, begin } = opened("", (k) => hundred(k));
    await turn();
    for (let k = 0; k < 5; k++) device.write(samplesFrame(samples, type));
    expect(io.said).toEqual([]);
    const sensor = await begin();
    device.write(samplesFrame(samples, type));
    send(hundred(2));
    expect(valuesOf(await rest(sensor))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("an unplugged device is counted by its numbers, not by the clock", async () => {
    const { io, device, send, begin } = opened();
    const sensor = await begin();
    device.write(samplesFrame(hundred(2)).subarray(0, 9));
    device.pull();
    await turn();
    io.pass(60_000_000_000n);
    device.state.plugged = true;
    for (let k = 0; k < 20 && device.state.opened < 2; k++) await turn();
    send(hundred(10));
    const blocks = await rest(sensor);
    expect(blocks.map(({ lostBefore }) => lostBefore)).toEqual([0, 0, 16]);
  });
});

describe("the README's C", () => {
  compilerTest("writes what is read, by any board's compiler", async () => {
    const code = blocksOf(readmeText("host/sensors/README.md")).find((b) => b.language === "c");
    const source = file(
      "frames.c",
      `#include <stdint.h>\n#include <stdio.h>\n#include <string.h>
static void put(uint8_t byte) { putchar(byte); }
${code?.body}
int main(void) {
    for (int k = 0; k < 160; k++) {
        const int16_t values[3] = {(int16_t)(k - 80), 0, (int16_t)(200 * k)};
        sample(values, (uint32_t)(4294900000UL + 1000UL * (unsigned)k));
    }
    return 0;
}`,
    );
    execFileSync("cc", ["-std=c11", "-Wall", "-Wextra", "-Werror", "-o", path("frames"), source]);
    const bytes = execFileSync(path("frames"));
    const { io, device, sensor } = opened("?format=frames");
    await turn();
    device.write(bytes);
    const blocks = await rest(await sensor);
    expect(lostOf(blocks)).toBe(0);
    const scale = Math.fround(9.80665 / 16384);
    expect(valuesOf(blocks)).toEqual(
      Array.from({ length: 160 }, (_, k) => [k - 80, 0, 200 * k].map((x) => x * scale)).flat(),
    );
    expect(io.said[0]).toContain("1000 samples a second");
  });
});
