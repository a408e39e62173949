/** serial: on pseudo-terminals of the kernel, through serialport, as fast as the line takes it. */
import { symlinkSync, unlinkSync } from "node:fs";
import { afterEach, describe, expect } from "vitest";
import { openPseudoTerminal, type PseudoTerminal } from "../../../host/linux/pty.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import { type Block, isEvents, type Sensor } from "../../../host/sensors/sensor.ts";
import { waitInRealTime } from "../../../host/sensors/wait.ts";
import { systemClock } from "../../../host/units.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { samplesFrame } from "../../support/sample-frames.ts";
import { lostOf, valuesOf } from "../../support/sensor-io.ts";
import { turn } from "../../support/sensor-port.ts";
import { kernelTest, systemCalls } from "../../support/system-calls.ts";

const { path } = folderOfFiles();
const PORT = path("port");
const said: string[] = [];
let terminal: PseudoTerminal | null = null;
let sensor: Sensor | null = null;

afterEach(async () => {
  await sensor?.close();
  unplug();
  sensor = null;
  said.length = 0;
});

function plug(): PseudoTerminal {
  terminal = openPseudoTerminal(systemCalls());
  symlinkSync(terminal.path, PORT);
  return terminal;
}

function unplug(): void {
  if (terminal === null) return;
  unlinkSync(PORT);
  terminal.close();
  terminal = null;
}

/** All of it, as fast as it is taken. */
async function send(what: string | Uint8Array): Promise<void> {
  const bytes = typeof what === "string" ? new TextEncoder().encode(what) : what;
  for (let at = 0; at < bytes.length; ) {
    const taken = terminal?.write(bytes.subarray(at, at + 4096)) ?? 0;
    at += taken;
    if (taken === 0) await turn();
  }
}

/** Opens the port while the device sends what begins its life. */
async function opened(first: string | Uint8Array, query: string): Promise<Sensor> {
  const io = { clock: systemClock, waitUntil: waitInRealTime(systemClock) };
  plug();
  const opening = openSensor(`serial:${PORT}?${query}`, { ...io, say: (line) => said.push(line) });
  let open = false;
  const done = () => {
    open = true;
  };
  opening.then(done, done);
  // a driver may drop what came before it was opened: again until somebody hears it
  while (!open) {
    await send(first);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  sensor = await opening;
  return sensor;
}

/** All blocks up to the one with this value in it, or to the end of the sensor. */
async function until(from: Sensor, last: number, blocks: Block[] = []): Promise<Block[]> {
  for await (const block of from) {
    if (isEvents(block)) throw new Error("events");
    blocks.push(block);
    if (block.values.includes(last)) break;
  }
  return blocks;
}

/** Rows that say their number twice: to the host, and as their value. */
const rows = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, k) => `${from + k},${from + k}\n`).join("");

/** Without numbers: nothing that was sent to open a port is in a count. */
const HEAD = `\nseq,v\n${rows(-8, 0)}`;
const QUERY = "rate=1000";

/** What came of rows from 0 on. */
const fromZero = (blocks: readonly Block[]): number[] => valuesOf(blocks).filter((v) => v >= 0);

describe("at full rate", () => {
  kernelTest("20,000 lines, every one", async () => {
    const from = await opened(HEAD, QUERY);
    const reading = until(from, 19_999);
    for (let k = 0; k < 20_000; k += 1000) await send(rows(k, k + 1000));
    const blocks = await reading;
    expect(fromZero(blocks)).toEqual(Array.from({ length: 20_000 }, (_, k) => k));
    expect(lostOf(blocks)).toBe(0);
  });

  kernelTest("1,000 frames of 32 samples, every one", async () => {
    const frame = (k: number) =>
      samplesFrame({
        ...{ number: 32 * k, time: 8000 * k, rateHz: 4000, form: "i32" },
        values: Array.from({ length: 32 }, (_, j) => 32 * k + j),
      });
    const from = await opened(Buffer.concat([frame(-2), frame(-1)]), "format=frames");
    const reading = until(from, 31_999);
    for (let k = 0; k < 1000; k += 50) {
      await send(Buffer.concat(Array.from({ length: 50 }, (_, j) => frame(k + j))));
    }
    const blocks = await reading;
    expect(fromZero(blocks)).toEqual(Array.from({ length: 32_000 }, (_, k) => k));
    expect(lostOf(blocks)).toBe(0);
  });
});

describe("damage", () => {
  kernelTest("garbage and half lines: delivered and lost are what was made", async () => {
    const from = await opened(HEAD, QUERY);
    const reading = until(from, 1999);
    const random = mulberry32(4);
    for (let k = 0; k < 1990; k++) {
      const kind = random() < 0.1 ? Math.floor(random() * 3) : 3;
      const line = `${k},${k}\n`;
      if (kind === 0) await send(Buffer.from(Array.from({ length: 40 }, () => random() * 256)));
      // with the next line it has three columns
      if (kind === 1) await send(`${k},${k % 7}`);
      if (kind >= 2) await send(line);
    }
    await send(`\n${rows(1990, 2000)}`);
    const blocks = await reading;
    const delivered = fromZero(blocks);
    expect(delivered).toEqual([...delivered].sort((a, b) => a - b));
    expect(delivered.length + lostOf(blocks)).toBe(2000);
    expect(delivered.length).toBeGreaterThan(1700);
  });

  kernelTest("10 MB without a newline: one lost sample, and no memory", async () => {
    const from = await opened(HEAD, QUERY);
    const reading = until(from, 19);
    await send(rows(0, 10));
    const megabyte = Buffer.alloc(1 << 20, "7");
    const before = process.memoryUsage().rss;
    let most = before;
    for (let k = 0; k < 10; k++) {
      await send(megabyte);
      most = Math.max(most, process.memoryUsage().rss);
    }
    await send(`\n${rows(11, 20)}`);
    const blocks = await reading;
    expect(fromZero(blocks)).toEqual(
      Array.from({ length: 20 }, (_, k) => k).filter((k) => k !== 10),
    );
    expect(lostOf(blocks)).toBe(1);
    expect((most - before) / 2 ** 20).toBeLessThan(64);
  });

  kernelTest("NaN, 1e999 and empty fields are lost samples", async () => {
    const from = await opened("\nv,w\n1,1\n1,1\n1,1\n1,1\n1,1\n1,1\n1,1\n1,1\n", QUERY);
    await send("5,5\nNaN,2\n1e999,3\n,\n,4\n5,\n-1e999,inf\nnan,inf\n6,6\n7,7,7\n9,9\n");
    const blocks = (await until(from, 9)).slice(-3);
    expect(valuesOf(blocks).slice(-6)).toEqual([5, 5, 6, 6, 9, 9]);
    expect(blocks.map(({ lostBefore }) => lostBefore).slice(-2)).toEqual([7, 1]);
  });

  kernelTest("a header that changes ends it with both; what came before is whole", async () => {
    const from = await opened(HEAD, QUERY);
    await send(`${rows(0, 50)}seq,v\n${rows(50, 100)}seq,temp\n${rows(100, 110)}`);
    const values: number[] = [];
    const reading = (async () => {
      for await (const block of from) if (!isEvents(block)) values.push(...block.values);
    })();
    await expect(reading).rejects.toThrow(
      `SENSOR_LOST: serial:${PORT}?${QUERY}: got another header, seq, temp, expected seq, v.`,
    );
    expect(values.filter((v) => v >= 0)).toEqual(Array.from({ length: 100 }, (_, k) => k));
  });

  kernelTest("a device clock that jumps back: times never do, nothing is lost", async () => {
    const line = (k: number, ms: number) => `${ms},${k},${k}\n`;
    const head = Array.from({ length: 8 }, (_, k) => line(k - 8, 1000 + 10 * k));
    const from = await opened(`\nmillis,seq,v\n${head.join("")}`, QUERY);
    const reading = until(from, 399);
    for (let k = 0; k < 400; k++) {
      // back by a second, by all of it, forward by an hour
      const ms = k < 100 ? 5000 + k : k < 200 ? 4000 + k : k < 300 ? k : 3_600_000 + k;
      await send(line(k, ms));
      if (k % 20 === 0) await turn();
    }
    const blocks = await reading;
    expect(fromZero(blocks)).toEqual(Array.from({ length: 400 }, (_, k) => k));
    expect(lostOf(blocks)).toBe(0);
    const times = blocks.map(({ timeNs }) => timeNs);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
    expect(times.every((time) => time <= systemClock.nowNs())).toBe(true);
  });
});

describe("unplugged", () => {
  kernelTest(
    "in the middle of a line, and back on another pseudo-terminal, five times",
    async () => {
      const from = await opened(HEAD, QUERY);
      const blocks: Block[] = [];
      const has = async (value: number) => {
        while (!valuesOf(blocks).includes(value)) await new Promise((r) => setTimeout(r, 5));
      };
      const reading = until(from, 59, blocks);
      let made = 0;
      for (let times = 0; times < 5; times++) {
        await send(rows(made, made + 10));
        await send(`${made + 10},${(made + 10) / 10}`); // its end never comes
        // what the kernel still holds goes with the cable
        await has(made + 9);
        made += 11;
        unplug();
        await new Promise((resolve) => setTimeout(resolve, 30));
        plug();
        while (said.filter((line) => line.includes("back after")).length <= times) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await send(`5,5\n`); // the end of a line that began before it was opened
      }
      await send(rows(made, 60));
      await reading;
      const delivered = fromZero(blocks);
      expect(delivered).toEqual(
        Array.from({ length: 60 }, (_, k) => k).filter((k) => k % 11 !== 10 || k > 55),
      );
      expect(delivered.length + lostOf(blocks)).toBe(60);
    },
  );
});
