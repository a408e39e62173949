/** serial: on a line that the test holds: detection, loss, a port that goes away. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Block } from "../../../host/sensors/sensor.ts";
import { openSerialSensor } from "../../../host/sensors/serial.ts";
import { parseUri } from "../../../host/uri.ts";
import { lostOf, type SensorIo, sensorIo, valuesOf } from "../../support/sensor-io.ts";
import { port, turn } from "../../support/sensor-port.ts";

/** Opens serial:x and prints lines at a rate until the format is known. */
async function opened(
  io: SensorIo,
  device: ReturnType<typeof port>,
  text: (k: number) => string,
  query = "",
  rateHz = 100,
) {
  const uri = parseUri(`serial:x${query}`);
  if (!uri) throw new Error("no uri");
  const opening = openSerialSensor(uri, { ...io, line: () => device.line });
  let known = false;
  opening.then(
    () => (known = true),
    () => (known = true),
  );
  let printed = 0;
  await turn();
  device.print("torn line\n");
  for (; !known && printed < 500; printed++) {
    io.pass(BigInt(Math.round(1e9 / rateHz)));
    device.print(text(printed));
    await turn();
  }
  return { sensor: await opening, printed };
}

async function drain(sensor: AsyncIterable<Block>, samples: number): Promise<Block[]> {
  const blocks: Block[] = [];
  let taken = 0;
  for await (const block of sensor) {
    blocks.push(block);
    taken += block.values.length / block.channels;
    if (taken >= samples) break;
  }
  return blocks;
}

afterEach(() => void vi.useRealTimers());

describe("a port", () => {
  test("says format, channels, rate and evidence in one line; nothing printed before that is lost", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor, printed } = await opened(io, device, (k) => `${k},${2 * k}\n`);
    expect(io.said).toEqual([
      "serial:x: 32 of the first 32 lines are csv (2 columns between commas, no header); channels c0, c1, about 100 samples a second (counted over 0.50 s, and taken as even; ?rate=HZ says it); times of arrival",
    ]);
    const values = valuesOf(await drain(sensor, printed));
    expect(values).toEqual(Array.from({ length: printed }, (_, k) => [k, 2 * k]).flat());
    await sensor.close();
    expect(device.state.closed).toBe(1);
  });

  test("?format, ?rate and ?unit are taken as given", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor } = await opened(io, device, (k) => `${k}\n`, "?format=csv&rate=4096&unit=V");
    expect(sensor.describe()).toEqual({
      channels: [{ name: "c0", unit: "V" }],
      sampleRateHz: 4096,
    });
    expect(io.said[0]).toContain("4096 samples a second as given");
    await sensor.close();
    const second = port();
    const ranged = await opened(sensorIo(), second, (k) => `${k},${k}\n`, "?range=0:1023");
    const ends = [0, 1023];
    expect(ranged.sensor.describe().ranges).toEqual([ends, ends]);
    await ranged.sensor.close();
  });

  test("delivered and lost are what was made, whatever bytes are damaged", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor, printed } = await opened(io, device, (k) => `seq=${k} v=${k * 0.5}\n`);
    let made = printed;
    const damage = [
      (line: string) => line,
      (line: string) => `${line.slice(0, 3)}\n`,
      (line: string) => line.replace("=", "\u0000"),
      () => "",
      (line: string) => `\xff${line}`,
      (line: string) => line.slice(0, -1), // the newline is lost: two lines become one
    ];
    for (let k = 0; k < 2000; k++) {
      const how = k % 7 === 3 ? (k * 31) % damage.length : 0;
      device.print(damage[how]?.(`seq=${made} v=${made * 0.5}\n`) ?? "");
      made += 1;
      if (k % 50 === 0) await turn();
    }
    device.print(`\nseq=${made} v=1\n`);
    made += 1;
    await sensor.close();
    const blocks: Block[] = [];
    for await (const block of sensor) blocks.push(block);
    const delivered = valuesOf(blocks).length;
    expect(delivered + lostOf(blocks)).toBe(made);
    expect(delivered).toBeGreaterThan(1500);
    expect(delivered).toBeLessThan(made - 100);
  });

  test.each([1, 40, 300])(
    "%i lines that were kept for it say nothing of the rate",
    async (kept) => {
      const [io, device] = [sensorIo(), port()];
      const uri = parseUri("serial:x");
      if (!uri) throw new Error("no uri");
      const opening = openSerialSensor(uri, { ...io, line: () => device.line });
      await turn();
      device.print(`torn\n${"1,2\n".repeat(kept)}`);
      for (let k = 0; k < 100; k++) {
        io.pass(10_000_000n);
        device.print("3,4\n");
        await turn();
      }
      const sensor = await opening;
      expect(sensor.describe().sampleRateHz).toBe(100);
      await sensor.close();
      expect(valuesOf(await drain(sensor, kept + 100))).toHaveLength(2 * (kept + 100));
    },
  );

  test("the first lines have the times they came at, as all later ones", async () => {
    const [io, device] = [sensorIo(), port()];
    const uri = parseUri("serial:x?format=csv");
    if (!uri) throw new Error("no uri");
    const opening = openSerialSensor(uri, { ...io, line: () => device.line });
    await turn();
    device.print("torn\n");
    // two at once, and then none for 60 ms
    const startNs = io.clock.nowNs();
    for (let k = 0; k < 12; k++) {
      device.print(`${2 * k}\n${2 * k + 1}\n`);
      io.pass(60_000_000n);
      await turn();
    }
    const sensor = await opening;
    const blocks = await drain(sensor, 24);
    expect(blocks.map(({ timeNs, values }) => [timeNs - startNs, [...values]])).toEqual(
      Array.from({ length: 12 }, (_, k) => [BigInt(k) * 60_000_000n, [2 * k, 2 * k + 1]]),
    );
    await sensor.close();
  });

  test("?unit=V,,A: each channel its own, or one for all; else refused with both numbers", async () => {
    const units = async (unit: string) => {
      const device = port();
      const { sensor } = await opened(sensorIo(), device, (k) => `${k},1,2\n`, `?unit=${unit}`);
      await sensor.close();
      return sensor.describe().channels.map((channel) => channel.unit);
    };
    expect(await units("V,,A")).toEqual(["V", "", "A"]);
    expect(await units("m/s2")).toEqual(["m/s²", "m/s²", "m/s²"]);
    await expect(units("V,A")).rejects.toThrow(
      "got 2 units, expected one for all, or one for each of 3 channels",
    );
  });

  test("unplugged in the middle of a line, found again, the gap is counted", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor, printed } = await opened(io, device, (k) => `${k},1\n`);
    device.print("12");
    device.pull();
    await turn();
    io.pass(2_000_000_000n);
    device.state.plugged = true;
    for (let k = 0; k < 20 && device.state.opened < 2; k++) await turn();
    expect(device.state.opened).toBe(2);
    device.print("34,5\n7,1\n8,1\n");
    const blocks = await drain(sensor, printed + 2);
    const last = blocks.at(-1);
    expect([...(last?.values ?? [])]).toEqual([7, 1, 8, 1]);
    // about 2 s of 100 samples, and what waiting took
    expect(lostOf(blocks)).toBeGreaterThanOrEqual(200);
    expect(lostOf(blocks)).toBeLessThan(300);
    expect(io.said.join("\n")).toMatch(
      /the port closed; looking for it[\s\S]*back after 2\.\d s, about 2\d\d samples/,
    );
    await sensor.close();
  });

  test("lines that come while it is opened again stand behind the gap, also where it is gone again at once", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor, printed } = await opened(io, device, (k) => `${k},1\n`);
    device.pull();
    io.pass(2_000_000_000n);
    await turn();
    device.opening.push(
      () => {
        device.print("torn\n7,1\n");
        device.pull();
        device.state.plugged = true;
      },
      () => device.print("torn\n8,1\n"),
    );
    device.state.plugged = true;
    for (let k = 0; k < 40 && device.state.opened < 3; k++) await turn();
    const blocks = await drain(sensor, printed + 2);
    const [seven, eight] = blocks.slice(-2);
    expect(seven).toMatchObject({ values: Float64Array.of(7, 1) });
    expect(seven?.lostBefore).toBeGreaterThanOrEqual(200);
    expect(eight).toMatchObject({ values: Float64Array.of(8, 1) });
    // looked for in steps of a quarter of a second and more, at 100 samples a second
    expect(eight?.lostBefore).toBeGreaterThanOrEqual(25);
    expect(io.said.filter((line) => line.includes("back after"))).toHaveLength(2);
    expect(io.said.filter((line) => line.includes("looking for it"))).toHaveLength(1);
    await sensor.close();
    expect(device.state.opened).toBe(3);
  });

  test("one that is no longer there, and takes long to be closed, is looked for once", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const [io, device] = [sensorIo(), port()];
    const closing: (() => void)[] = [];
    const { open } = device.line;
    const line = {
      ...device.line,
      open: async (events: Parameters<typeof open>[0]) => ({
        ...(await open(events)),
        close: () => new Promise<void>((resolve) => void closing.push(resolve)),
      }),
    };
    const { sensor } = await opened(io, { ...device, line }, (k) => `${k}\n`, "?rate=100");
    device.state.plugged = false;
    for (let k = 0; k < 4; k++) {
      io.pass(2_000_000_001n);
      vi.advanceTimersByTime(2000);
      await turn();
    }
    for (const close of closing) close();
    await turn();
    expect(io.said.filter((said) => said.includes("looking for it"))).toHaveLength(1);
    await sensor.close();
  });

  test("gone for good: all until the end is lost, and said in a block without samples", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor, printed } = await opened(io, device, (k) => `${k}\n`, "?rate=100");
    const blocks = sensor[Symbol.asyncIterator]();
    for (let taken = 0; taken < printed; ) {
      const { value } = await blocks.next();
      taken += value.values.length;
    }
    device.pull();
    await turn();
    io.pass(7_000_000_000n);
    await turn();
    const beforeNs = io.clock.nowNs();
    await sensor.close();
    const { value } = await blocks.next();
    expect(value).toEqual({
      ...{ timeNs: beforeNs, values: new Float64Array(0), channels: 1 },
      // and the first quarter of a second of looking
      lostBefore: 725,
    });
    expect((await blocks.next()).done).toBe(true);
  });

  test("10 MB without a newline before anything is known take no memory", async () => {
    const [io, device] = [sensorIo(), port()];
    const uri = parseUri("serial:x?rate=100");
    if (!uri) throw new Error("no uri");
    const opening = openSerialSensor(uri, { ...io, line: () => device.line });
    await turn();
    const megabyte = "7".repeat(1 << 20);
    const before = process.memoryUsage().rss;
    for (let k = 0; k < 10; k++) device.print(megabyte);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(64);
    device.print(`\n${"1,2\n".repeat(8)}`);
    const sensor = await opening;
    await sensor.close();
    expect(valuesOf(await drain(sensor, 8))).toHaveLength(16);
  });

  test("columns that change end it with both", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor } = await opened(io, device, (k) => (k === 0 ? "ax,ay\n0,0\n" : `${k},1\n`));
    device.print("time,temp\n1,2\n");
    await expect(drain(sensor, 1e6)).rejects.toThrow(
      /SENSOR_LOST.*another header, time, temp.*ax, ay/,
    );
  });

  test("a port that is not there is a missing sensor, by the name it was asked for", async () => {
    const [io, device] = [sensorIo(), port()];
    device.state.plugged = false;
    const refused = expect(opened(io, device, () => "1\n"));
    await refused.rejects.toThrow(/^SENSOR_MISSING: serial:x: got nothing, expected a port/);
  });

  test("what is no text is refused; nothing is left open", async () => {
    const [io, device] = [sensorIo(), port()];
    await expect(opened(io, device, () => "hello world, board\n")).rejects.toThrow(
      /^INPUT_FORMAT: serial:x/,
    );
    expect(device.state.closed).toBe(1);
  });

  test("a reader that sleeps loses the oldest, and knows how many", async () => {
    const [io, device] = [sensorIo(), port()];
    const { sensor, printed } = await opened(io, device, (k) => `${k}\n`);
    const more = 100_000;
    for (let k = 0; k < more; k += 100) {
      device.print(Array.from({ length: 100 }, (_, j) => `${printed + k + j}\n`).join(""));
    }
    await sensor.close();
    const blocks: Block[] = [];
    for await (const block of sensor) blocks.push(block);
    expect(valuesOf(blocks).length + lostOf(blocks)).toBe(printed + more);
    expect(valuesOf(blocks).length).toBeLessThanOrEqual(2 ** 16);
    expect(valuesOf(blocks).at(-1)).toBe(printed + more - 1);
  });
});
