/** csv: and wav: from files as programs write them, and as they should not be. Values by hand. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { allBlocks, lostOf, sensorIo, valuesOf } from "../../support/sensor-io.ts";

const { file } = folderOfFiles();

async function read(uri: string) {
  const io = sensorIo();
  const sensor = await openSensor(uri, io);
  const blocks = await allBlocks(sensor);
  await sensor.close();
  await sensor.close();
  return {
    ...sensor.describe(),
    blocks,
    values: valuesOf(blocks),
    lost: lostOf(blocks),
    said: io.said,
  };
}

const refused = (uri: string): Promise<string> =>
  read(uri).then(
    () => "read",
    (error) => String(error.message),
  );

describe("csv:", () => {
  test("a header with units, decimal commas, a byte order mark, Windows line ends", async () => {
    const text = "\uFEFFax [m/s²];ay [m/s²]\r\n1,5;-2\r\n0,25;3e1\r\n".concat("0;0\r\n".repeat(8));
    const { channels, values, lost } = await read(`csv:${file("de.csv", text)}`);
    expect(channels).toEqual([
      { name: "ax", unit: "m/s²" },
      { name: "ay", unit: "m/s²" },
    ]);
    expect(values.slice(0, 4)).toEqual([1.5, -2, 0.25, 30]);
    expect(lost).toBe(0);
  });

  test("rows that cannot be read are lost, counted where they were, and named", async () => {
    const rows = ["1,2", "3,4", "x,y", "5,", "nan,6", "1e999,7", "7,8,9", ...Array(9).fill("9,10")];
    const { blocks, values, lost, said } = await read(`csv:${file("bad.csv", rows.join("\n"))}`);
    expect(values.slice(0, 6)).toEqual([1, 2, 3, 4, 9, 10]);
    expect(lost).toBe(5);
    expect(blocks.map(({ lostBefore }) => lostBefore)).toEqual([0, 5]);
    expect(said.join("\n")).toContain("line 3 is no row of 2 numbers");
    expect(said.at(-1)).toContain("5 of 16 rows");
  });

  test("a rate gives every sample its time", async () => {
    const path = file("rate.csv", Array.from({ length: 600 }, (_, k) => k).join("\n"));
    const { blocks, sampleRateHz, values } = await read(`csv:${path}?rate=100&unit=V`);
    expect(sampleRateHz).toBe(100);
    expect(values).toHaveLength(600);
    const [first, second] = blocks;
    expect(Number((second?.timeNs ?? 0n) - (first?.timeNs ?? 0n))).toBe(256 * 1e7);
  });

  test("even times are the rate, whatever their unit; steps that are too long are lost samples", async () => {
    const rows = (times: readonly number[]) => times.map((t, k) => `${t},${k}`).join("\n");
    const even = (step: number) =>
      Array.from({ length: 600 }, (_, k) => Number((k * step).toFixed(9)));
    const seconds = file("s.csv", `time_s,x [m/s2]\n${rows(even(1 / 4096))}`);
    const read4096 = await read(`csv:${seconds}`);
    expect(read4096).toMatchObject({ sampleRateHz: 4096, lost: 0 });
    expect(read4096.channels).toEqual([{ name: "x", unit: "m/s²" }]);
    const [first, second] = read4096.blocks;
    expect(Number((second?.timeNs ?? 0n) - (first?.timeNs ?? 0n))).toBe(256 * (1e9 / 4096));
    expect((await read(`csv:${file("ms.csv", `millis,x\n${rows(even(10))}`)}`)).sampleRateHz).toBe(
      100,
    );

    const gap = [...even(0.01).slice(0, 300), ...even(0.01).slice(305)];
    const cut = await read(`csv:${file("gap.csv", `time_s,x\n${rows(gap)}`)}`);
    expect(cut).toMatchObject({ sampleRateHz: 100, lost: 5 });
    const after = cut.blocks.find(({ lostBefore }) => lostBefore > 0);
    expect([after?.lostBefore, after?.values[0]]).toEqual([5, 300]);
    expect(Number((after?.timeNs ?? 0n) - (cut.blocks[0]?.timeNs ?? 0n))).toBe(3.05e9);
  });

  test("a gap behind rows that cannot be read is as long as the clock says", async () => {
    const rows = Array.from({ length: 600 }, (_, k) => `${k / 100},${k}`);
    rows.splice(300, 10, "x,y", "torn");
    const { lost, blocks } = await read(`csv:${file("torn.csv", `time_s,x\n${rows.join("\n")}`)}`);
    expect(lost).toBe(10);
    expect(blocks.find(({ lostBefore }) => lostBefore > 0)?.values[0]).toBe(310);
  });

  test("times that are not even are no rate, and a rate that is given is believed", async () => {
    const uneven = Array.from({ length: 50 }, (_, k) => `${(k * k) / 100},${k}`).join("\n");
    const path = file("uneven.csv", `time_s,x\n${uneven}`);
    expect((await read(`csv:${path}`)).sampleRateHz).toBeNull();
    expect((await read(`csv:${path}?rate=12.5`)).sampleRateHz).toBe(12.5);
  });

  test("a clock that jumps back: said with both times, and time goes on", async () => {
    // two recordings of 3 s in one file, with one header
    const run = Array.from({ length: 300 }, (_, k) => `${(k / 100).toFixed(2)},${k}`);
    const path = file("twice.csv", ["time_s,x", ...run, ...run].join("\n"));
    const { blocks, values, lost, said, sampleRateHz } = await read(`csv:${path}`);
    expect([sampleRateHz, lost, values.length]).toEqual([100, 0, 600]);
    expect(values.slice(298, 303)).toEqual([298, 299, 0, 1, 2]);
    expect(said.filter((line) => line.includes("goes back"))).toEqual([
      expect.stringContaining("line 302: its time goes back from 2.99 s to 0 s"),
    ]);
    let samples = 0;
    for (const { timeNs, values } of blocks) {
      expect(Number(timeNs - (blocks[0]?.timeNs ?? 0n)) / 1e7).toBeCloseTo(samples, 3);
      samples += values.length;
    }
  });

  test("random rows and damaged tables: read or refused with a code, and all is counted", async () => {
    const random = mulberry32(21);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    const CELLS = ["1", "-2.5", "3e2", "", "nan", "1e999", "x", '"7', "0,5", "é", "\0", "time_s"];
    for (let trial = 0; trial < 300; trial++) {
      const separator = pick([",", ";", "\t", " "]);
      const columns = 1 + Math.floor(random() * 4);
      const cell = () => (random() < 0.8 ? `${Math.round(1000 * random()) / 8}` : pick(CELLS));
      const rows = Array.from({ length: 5 + Math.floor(random() * 60) }, () =>
        Array.from({ length: random() < 0.9 ? columns : 1 + Math.floor(random() * 5) }, cell),
      );
      const text = rows.map((row) => row.join(separator)).join(pick(["\n", "\r\n"]));
      const bytes = Buffer.from(`${random() < 0.3 ? "time_s,a,b\n" : ""}${text}`);
      for (let k = 0; k < 3 * random(); k++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const got = await read(`csv:${file("wild.csv", bytes)}`).catch((error) => error);
      if (got instanceof Error) {
        expect(got, `trial ${trial}`).toBeInstanceOf(TwentyWattError);
        continue;
      }
      expect(got.values.every(Number.isFinite), `trial ${trial}`).toBe(true);
      expect(got.values.length % got.channels.length).toBe(0);
      expect(Number.isSafeInteger(got.lost) && got.lost >= 0).toBe(true);
    }
  });

  test("what is no table is refused with its beginning", async () => {
    expect(await refused(`csv:${file("empty.csv", "")}`)).toMatch(/^INPUT_FORMAT.*no line of text/);
    expect(await refused(`csv:${file("prose.csv", "once upon\na time\n")}`)).toMatch(/"once upon"/);
    expect(await refused("csv:/nowhere/x.csv")).toMatch(/^SENSOR_MISSING.*no such file/);
    expect(await refused(`csv:${file("a.csv", "1\n2\n")}?speed=3`)).toMatch(/^USAGE/);
  });
});

type Wav = {
  format?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  data: Uint8Array;
  claim?: number;
  extra?: boolean;
};

function wav({
  format = 1,
  channels = 1,
  rate = 16_000,
  bits = 16,
  data,
  claim,
  extra,
}: Wav): Uint8Array {
  const list = extra
    ? Buffer.concat([Buffer.from("LIST"), Buffer.from([3, 0, 0, 0, 65, 66, 67, 0])])
    : Buffer.alloc(0);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + list.length + data.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(format, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * channels * bits) / 8, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  const tail = Buffer.alloc(8);
  tail.write("data", 0, "latin1");
  tail.writeUInt32LE(claim ?? data.length, 4);
  return Buffer.concat([head.subarray(0, 36), list, tail, data]);
}

const bytesOf = (array: Int16Array | Int32Array | Float32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe("wav:", () => {
  const stereo = bytesOf(Int16Array.of(32_767, -32_768, 0, 16_384, -16_384, 1));

  test("16 bits, two channels, a chunk of an odd length before the data", async () => {
    const path = file("stereo.wav", wav({ channels: 2, data: stereo, extra: true }));
    const { channels, values, sampleRateHz } = await read(`wav:${path}`);
    expect(channels.map(({ name }) => name)).toEqual(["left", "right"]);
    expect(sampleRateHz).toBe(16_000);
    expect(values).toEqual([32_767 / 32_768, -1, 0, 0.5, -0.5, 1 / 32_768]);
    expect(channels.map(({ unit }) => unit)).toEqual(["", ""]);
    const measured = await read(`wav:${path}?unit=m/s2`);
    expect(measured.channels.map(({ unit }) => unit)).toEqual(["m/s²", "m/s²"]);
    const right = await read(`wav:${path}?channel=1`);
    expect(right.values).toEqual([-1, 0.5, 1 / 32_768]);
  });

  test("8, 24 and 32 bits, float, eight channels", async () => {
    const eight = file("8.wav", wav({ bits: 8, data: Uint8Array.of(0, 128, 255) }));
    expect((await read(`wav:${eight}`)).values).toEqual([-1, 0, 127 / 128]);
    const data24 = Uint8Array.of(0xff, 0xff, 0x7f, 0, 0, 0x80, 1, 0, 0);
    const path24 = file("24.wav", wav({ bits: 24, data: data24 }));
    expect((await read(`wav:${path24}`)).values).toEqual([1 - 2 ** -23, -1, 2 ** -23]);
    const path32 = file(
      "32.wav",
      wav({ bits: 32, data: bytesOf(Int32Array.of(2 ** 30, -(2 ** 31))) }),
    );
    expect((await read(`wav:${path32}`)).values).toEqual([0.5, -1]);
    const floats = bytesOf(Float32Array.of(0.25, -1.5, Number.NaN));
    const float = await read(`wav:${file("f.wav", wav({ format: 3, bits: 32, data: floats }))}`);
    expect(float.values).toEqual([0.25, -1.5, 0]);
    expect(float.said.at(-1)).toContain("not finite");
    const many = wav({ channels: 8, data: bytesOf(Int16Array.from({ length: 16 }, (_, k) => k)) });
    expect((await read(`wav:${file("8ch.wav", many)}?channel=7`)).values).toEqual([
      7 / 32_768,
      15 / 32_768,
    ]);
  });

  test("a header that claims more than there is: the file counts, and it is said", async () => {
    const path = file("long.wav", wav({ channels: 2, data: stereo, claim: 4_000 }));
    const { values, said } = await read(`wav:${path}`);
    expect(values).toHaveLength(6);
    expect(said[0]).toContain("claims 997 samples more");
    const open = file("open.wav", wav({ channels: 2, data: stereo, claim: 0xffff_ffff }));
    expect((await read(`wav:${open}`)).values).toHaveLength(6);
  });

  test("cut at every byte, or with any byte changed: read or refused with a code", async () => {
    const whole = wav({ channels: 2, data: stereo, extra: true });
    const random = mulberry32(11);
    const outcomes = new Set<string>();
    for (let k = 0; k < whole.length + 200; k++) {
      const bytes = Uint8Array.from(k < whole.length ? whole.subarray(0, k) : whole);
      if (k >= whole.length) bytes[Math.floor(random() * 52)] = Math.floor(random() * 256);
      const outcome = await refused(`wav:${file("cut.wav", bytes)}`);
      outcomes.add(outcome.split(":")[0] ?? "");
    }
    expect([...outcomes].sort()).toEqual(["INPUT_FORMAT", "read"]);
  });

  test("encodings that are not read are named", async () => {
    const path = file("mulaw.wav", wav({ format: 7, bits: 8, data: Uint8Array.of(1, 2) }));
    expect(await refused(`wav:${path}`)).toMatch(/^INPUT_FORMAT.*encoding 7 of 8 bits/);
    const path2 = file("none.wav", wav({ channels: 0, data: stereo }));
    expect(await refused(`wav:${path2}`)).toMatch(/0 channels/);
  });
});
