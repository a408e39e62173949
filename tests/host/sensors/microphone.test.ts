/** mic: with an arecord of our own in the path: a process that writes what a sound card would. */
import { chmodSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { openSensor } from "../../../host/sensors/open.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { allBlocks, sensorIo, valuesOf } from "../../support/sensor-io.ts";

const { path, file } = folderOfFiles();
const before = process.env.PATH;
afterAll(() => {
  process.env.PATH = before;
});

/** @param script of bash; its arguments are arecord's */
function arecord(script: string): void {
  chmodSync(file("arecord", `#!/bin/bash\n${script}\n`), 0o755);
  process.env.PATH = `${path(".")}:${before}`;
}

const refused = (uri: string) =>
  openSensor(uri, sensorIo()).then(
    () => "opened",
    (error) => String(error.message),
  );

describe("mic:", () => {
  test("samples of two channels, cut anywhere, the device and format that were asked for", async () => {
    // −32768, 16384, 1, −1 in three pieces of odd lengths, then an end
    arecord(
      `echo "$@" > ${path("args")}\nprintf '\\x00\\x80\\x00'; sleep 0.05; printf '\\x40\\x01'; sleep 0.05; printf '\\x00\\xff\\xff'; sleep 0.2`,
    );
    const io = sensorIo();
    const sensor = await openSensor("mic:hw:1?rate=48000&channels=2", io);
    expect(sensor.describe()).toMatchObject({
      sampleRateHz: 48_000,
      channels: [{ name: "channel 0" }, {}],
    });
    const blocks = await allBlocks(sensor, 2);
    expect(valuesOf(blocks)).toEqual([-1, 0.5, 1 / 32_768, -1 / 32_768]);
    await sensor.close();
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(path("args"), "utf8")).toBe(
      "-q -D hw:1 -f S16_LE -r 48000 -c 2 -t raw -\n",
    );
  });

  test("a silent microphone is warned of, a living one's level is said", async () => {
    arecord("head -c 40000 /dev/zero; sleep 1");
    const silent = sensorIo();
    const first = await openSensor("mic:hw:0?rate=8000", silent);
    await allBlocks(first, 18_000);
    await first.close();
    expect(silent.said.join("\n")).toMatch(/silent, every sample is 0/);
    arecord("for k in {1..1000}; do printf '\\x00\\x20'; done; head -c 38000 /dev/zero; sleep 1");
    const loud = sensorIo();
    const second = await openSensor("mic:hw:0?rate=8000", loud);
    await allBlocks(second, 18_000);
    await second.close();
    expect(loud.said.join("\n")).toMatch(/peak -\d+ dB of full scale/);
  });

  test("what arecord says is what is said", async () => {
    arecord(
      "echo 'ALSA lib confmisc.c:165: Cannot get card index for 7' >&2; echo 'arecord: main:831: audio open error: No such file or directory' >&2; exit 1",
    );
    expect(await refused("mic:hw:7")).toMatch(
      /^SENSOR_MISSING: mic:hw:7: got arecord: main:831: audio open error.*arecord -l/,
    );
    expect(await refused("mic:hw:0?rate=1")).toMatch(/^USAGE/);
    process.env.PATH = "/nowhere";
    expect(await refused("mic:hw:0")).toMatch(/^SENSOR_MISSING.*ENOENT.*alsa-utils/);
    process.env.PATH = before;
  });

  test("unplugged: the end is a coded one, after what came", async () => {
    arecord(
      "head -c 1000 /dev/zero; echo 'arecord: pcm_read:2221: read error: No such device' >&2; exit 1",
    );
    const sensor = await openSensor("mic:hw:1", sensorIo());
    await expect(allBlocks(sensor)).rejects.toThrow(
      /^SENSOR_LOST: mic:hw:1: got arecord: pcm_read.*No such device/,
    );
  });
});
