/** Recordings: what goes in comes out; cut or damaged anywhere, what is whole is read. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import type { Recorded } from "../../../host/sensors/recording-format.ts";
import { RecordingReader } from "../../../host/sensors/recording-reader.ts";
import { RecordingWriter } from "../../../host/sensors/recording-writer.ts";
import type { Block, EventBlock } from "../../../host/sensors/sensor.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { allBlocks, sensorIo, valuesOf } from "../../support/sensor-io.ts";

const { path } = folderOfFiles();
const START = 5_000n;
const HEAD = {
  startedUnixMs: 1_700_000_000_000,
  label: "knock",
  sources: [
    {
      uri: "sim:a",
      name: "a",
      channels: [
        { name: "x", unit: "m/s²" },
        { name: "y", unit: "" },
      ],
      sampleRateHz: 100,
    },
    { uri: "gpio:17", name: "b", channels: [{ name: "level", unit: "" }], sampleRateHz: null },
  ],
};

/** Blocks of two sources in turns, with values that no shorter number holds. */
function* material(count: number): Generator<[number, Block | EventBlock]> {
  const random = mulberry32(3);
  for (let k = 0; k < count; k++) {
    const timeNs = START + BigInt(k) * 10_000_000n;
    if (k % 5 === 4) {
      const times = BigInt64Array.of(timeNs, timeNs + 7n);
      yield [1, { timeNs: times, value: Float64Array.of(1, 0), lostBefore: k % 3 }];
    } else {
      const values = Float64Array.from({ length: 8 }, () => random() - 0.5);
      yield [0, { timeNs, values, channels: 2, lostBefore: k % 7 === 0 ? k : 0 }];
    }
  }
}

function write(name: string, count: number, end = true): string {
  rmSync(path(name), { force: true });
  const writer = new RecordingWriter(path(name), HEAD, START);
  for (const [source, block] of material(count)) writer.add(source, block, START + 1n);
  if (end) writer.close();
  return path(name);
}

async function read(
  file: string,
  fromNs = 0n,
): Promise<{ records: Recorded[]; damaged: number; head: unknown }> {
  const reader = await RecordingReader.open(file);
  const records: Recorded[] = [];
  for await (const record of reader.records(fromNs)) records.push(record);
  await reader.close();
  return { records, damaged: reader.damagedBytes, head: reader.head };
}

const expected = (count: number): Recorded[] =>
  [...material(count)].map(([source, block]) =>
    "value" in block
      ? { kind: "events", source, block: { ...block, timeNs: block.timeNs.map((t) => t - START) } }
      : { kind: "block", source, block: { ...block, timeNs: block.timeNs - START } },
  );

describe("a recording", () => {
  test("gives back every bit of what it was given, times from its start", async () => {
    const { records, damaged, head } = await read(write("whole.rec", 200));
    expect(records).toEqual(expected(200));
    expect(head).toEqual(HEAD);
    expect(damaged).toBe(0);
  });

  test("cut at every byte, it is read to the last whole record, or refused with a code", async () => {
    const whole = readFileSync(write("cut.rec", 12));
    const all = expected(12);
    let most = 0;
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path("short.rec"), whole.subarray(0, length));
      const got = await read(path("short.rec")).catch((error) => String(error.message));
      if (typeof got === "string") {
        expect(got).toMatch(/^INPUT_FORMAT/);
        expect(most).toBe(0);
        continue;
      }
      expect(got.records).toEqual(all.slice(0, got.records.length));
      expect(got.records.length).toBeGreaterThanOrEqual(most);
      most = got.records.length;
    }
    expect(most).toBe(12);
  });

  test("with any byte changed, nothing that is read differs from what was written", async () => {
    const whole = readFileSync(write("flip.rec", 12));
    const all = expected(12);
    const random = mulberry32(8);
    let shorter = 0;
    for (let k = 0; k < 600; k++) {
      const bytes = Buffer.from(whole);
      const place = Math.floor(random() * bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
      writeFileSync(path("flipped.rec"), bytes);
      const got = await read(path("flipped.rec")).catch((error) => String(error.message));
      if (typeof got === "string") expect(got).toMatch(/^INPUT_FORMAT/);
      else {
        expect(got.records).toEqual(all.slice(0, got.records.length));
        if (got.records.length < 12) shorter += 1;
      }
    }
    expect(shorter).toBeGreaterThan(100);
  });

  test("from a time on, by its index: the same records as all of them from there", async () => {
    const count = 20_000;
    const file = write("long.rec", count);
    expect(statSync(file).size).toBeGreaterThan(20 * 65_536);
    const fromNs = 150_000_000_000n;
    const { records } = await read(file, fromNs);
    // the index points a little before
    expect(records.length).toBeLessThan(count * 0.3);
    const wanted = expected(count).filter(({ block }) => {
      const time = "value" in block ? block.timeNs[0] : block.timeNs;
      return time !== undefined && time >= fromNs;
    });
    expect(records.slice(-wanted.length)).toEqual(wanted);
    const unended = write("unended.rec", 100, false);
    expect((await read(unended, 500_000_000n)).records).toEqual(expected(100));
  });

  test("is never written over", () => {
    write("kept.rec", 3);
    expect(() => new RecordingWriter(path("kept.rec"), HEAD, START)).toThrow(
      /^IO: .*never written over/,
    );
  });
});

describe("rec:", () => {
  test("gives a source as it was, from a time on, at its pace", async () => {
    const file = write("play.rec", 50);
    const io = sensorIo();
    const sensor = await openSensor(`rec:${file}?speed=2`, io);
    expect(sensor.describe()).toEqual({ channels: HEAD.sources[0]?.channels, sampleRateHz: 100 });
    const blocks = await allBlocks(sensor);
    const own = expected(50).flatMap((one) =>
      one.source === 0 && one.kind === "block" ? [one.block] : [],
    );
    expect(valuesOf(blocks)).toEqual(valuesOf(own));
    expect(blocks.map(({ lostBefore }) => lostBefore)).toEqual(
      own.map(({ lostBefore }) => lostBefore),
    );
    // 48 blocks of 10 ms at twice the speed
    expect(io.clock.nowNs()).toBe(1_000n + 240_000_000n);
    expect(io.said[0]).toContain("recorded from sim:a, source 0 of 2, labelled knock");
    await sensor.close();
    const later = await openSensor(`rec:${file}?from=0.3`, sensorIo());
    expect(await allBlocks(later)).toHaveLength(
      own.filter(({ timeNs }) => timeNs >= 300_000_000n).length,
    );
    await later.close();
  });

  test("says what is wrong", async () => {
    const file = write("few.rec", 5);
    const refused = (uri: string) =>
      openSensor(uri, sensorIo()).then(
        () => "opened",
        (e) => String(e.message),
      );
    expect(await refused(`rec:${file}?source=2`)).toMatch(/^USAGE.*0 to 1/);
    expect(await refused("rec:/nowhere.rec")).toMatch(/^SENSOR_MISSING.*no such file/);
    writeFileSync(path("other.rec"), "RIFFxxxxWAVE");
    expect(await refused(`rec:${path("other.rec")}`)).toMatch(
      /^INPUT_FORMAT.*a recording of twentywatt record/,
    );
  });
});
