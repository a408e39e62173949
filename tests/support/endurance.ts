/**
 * Five serial sensors for a long simulated time, on a clock that this file moves. Each device numbers its samples; at random
 * moments bytes are dropped, repeated, replaced by garbage or held up, the plug is pulled, the device's clock jumps.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { at } from "../../host/model/at.ts";
import { mulberry32, type Random } from "../../host/model/random.ts";
import type { Block } from "../../host/sensors/sensor.ts";
import { openSerialSensor } from "../../host/sensors/serial.ts";
import { parseUri } from "../../host/uri.ts";
import { samplesFrame } from "./sample-frames.ts";
import { port, turn } from "./sensor-port.ts";

export const FAULTS = ["drop", "duplicate", "garbage", "unplug", "late", "clock"] as const;
export type Fault = (typeof FAULTS)[number];

/** What a device writes of its samples, at least one: pieces that a fault may take, cut or repeat. */
type Format = {
  readonly name: string;
  readonly rateHz: number;
  readonly pieces: (first: number, count: number, clockUs: number) => Uint8Array[];
  /** how much of a piece may be left so that nobody can take it for a whole one; garbage is told from it as well */
  readonly cut: (piece: Uint8Array, random: Random) => number;
};

const ascii = new TextEncoder();
const pick = (random: Random, n: number): number => Math.floor(random() * n);

/** A line that ends behind a mark, without its newline, has too many columns together with the next one. */
const text = (
  name: string,
  rateHz: number,
  mark: string,
  line: (k: number, us: number) => string,
): Format => ({
  ...{ name, rateHz },
  pieces: (first, count, clockUs) =>
    Array.from({ length: count }, (_, k) =>
      ascii.encode(`${line(first + k, clockUs + (k * 1e6) / rateHz)}\n`),
    ),
  cut: (piece) => Buffer.from(piece).indexOf(mark) + mark.length,
});

const FRAME = 50;
const FORMATS: readonly Format[] = [
  text("csv", 10, ",", (k, us) => `${k},${Math.round(us / 1000)},${k % 1000}`),
  text("kv", 20, " ", (k) => `seq=${k} v=${k % 1000}`),
  text("jsonl", 50, ",", (k) => `{"seq":${k},"v":${k % 1000}}`),
  text("plotter", 100, "\t", (k) => `seq:${k}\tv:${k % 1000}`),
  {
    ...{ name: "frames", rateHz: 1000 },
    pieces: (first, count, clockUs) =>
      Array.from({ length: count / FRAME }, (_, k) => {
        const number = first + k * FRAME;
        const values = Array.from({ length: 2 * FRAME }, (_, j) => (number + (j >> 1)) % 1000);
        const time = Math.round(clockUs + 1000 * (k * FRAME + FRAME - 1));
        return samplesFrame({ number, time, rateHz: 1000, channels: 2, values });
      }),
    cut: (piece, random) => pick(random, piece.length),
  },
];

export type Tally = {
  readonly name: string;
  made: number;
  delivered: number;
  lost: number;
  /** samples whose value is not that of their number, or whose time is before the last one's or after now */
  wrong: number;
};

export type Endurance = {
  readonly tallies: readonly Tally[];
  readonly faults: Readonly<Record<Fault, number>>;
  /** bytes of the heap that are in use after collecting, after a tenth of the time and at the end */
  readonly heap: readonly [early: number, late: number];
};

/** The clock of all, and who waits for it. */
class Simulated {
  nowNs = 1_000_000_000n;
  #waiting: { readonly timeNs: bigint; readonly end: () => void }[] = [];

  readonly clock = { nowNs: (): bigint => this.nowNs };
  readonly waitUntil = (timeNs: bigint, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#waiting.push({ timeNs, end });
      signal.addEventListener("abort", end, { once: true });
    });

  pass(ns: bigint): void {
    this.nowNs += ns;
    const due = this.#waiting.filter(({ timeNs }) => timeNs <= this.nowNs);
    this.#waiting = this.#waiting.filter(({ timeNs }) => timeNs > this.nowNs);
    for (const { end } of due) end();
  }
}

class Device {
  readonly plug = port();
  readonly tally: Tally;
  readonly #format: Format;
  #clockUs = 5e6;
  #held: Uint8Array[] = [];
  /** seconds that are left of a fault */
  #late = 0;
  #away = 0;

  constructor(format: Format) {
    this.#format = format;
    this.tally = { name: format.name, made: 0, delivered: 0, lost: 0, wrong: 0 };
    // what is read first is torn
    this.#held.push(ascii.encode(format.name === "csv" ? "\nseq,millis,v\n" : "\n"));
  }

  /** What a second brings; a fault of it strikes one piece. */
  second(fault: Fault | null, random: Random): void {
    const { rateHz, pieces, cut } = this.#format;
    const all = pieces(this.tally.made, rateHz, this.#clockUs);
    this.tally.made += rateHz;
    this.#clockUs += 1e6;
    const k = pick(random, all.length);
    const piece = at(all, k);
    if (fault === "drop") all[k] = piece.subarray(0, random() < 0.5 ? 0 : cut(piece, random));
    if (fault === "duplicate") all.splice(k, 0, piece);
    if (fault === "garbage") all.splice(k, 0, noise(random));
    if (fault === "late") this.#late = 1 + pick(random, 5);
    if (fault === "clock") this.#clockUs = Math.max(0, this.#clockUs + (random() - 0.5) * 7.2e9);
    if (fault === "unplug" && this.#away === 0) {
      this.#write(all.slice(0, k), cut(piece, random), piece);
      this.#away = 1 + pick(random, 30);
      this.plug.pull();
    }
    if (this.#away > 0) {
      this.#held = [];
      this.#away -= 1;
      if (this.#away === 0) this.plug.state.plugged = true;
      return;
    }
    this.#held.push(...all);
    if (this.#late > 0) this.#late -= 1;
    if (this.#late > 0) return;
    this.plug.write(Buffer.concat(this.#held));
    this.#held = [];
  }

  #write(whole: readonly Uint8Array[], cut: number, piece: Uint8Array): void {
    this.plug.write(Buffer.concat([...this.#held, ...whole, piece.subarray(0, cut)]));
  }

  take({ timeNs, values, channels, lostBefore }: Block, lastNs: bigint, nowNs: bigint): void {
    const { tally } = this;
    tally.lost += lostBefore;
    if (timeNs < lastNs || timeNs > nowNs) tally.wrong += 1;
    for (let k = 0; k < values.length; k += channels) {
      const number = tally.delivered + tally.lost;
      if (values[k] !== number % 1000) tally.wrong += 1;
      tally.delivered += 1;
    }
  }
}

/** No text, and no end of a line or of a frame. */
const noise = (random: Random): Uint8Array =>
  Uint8Array.from({ length: 1 + pick(random, 200) }, () => 128 + pick(random, 128));

/** @param everySeconds of a device's time between two faults, in the mean */
export async function endure(seconds: number, everySeconds: number): Promise<Endurance> {
  const random = mulberry32(24);
  const time = new Simulated();
  const devices = FORMATS.map((format) => new Device(format));
  const faults: Record<Fault, number> = {
    ...{ drop: 0, duplicate: 0, garbage: 0, unplug: 0, late: 0, clock: 0 },
  };
  const opening = devices.map(({ plug, tally }) => {
    const uri = parseUri(`serial:${tally.name}`);
    if (!uri) throw new Error("no uri");
    return openSerialSensor(uri, {
      ...{ clock: time.clock, waitUntil: time.waitUntil, say: () => {} },
      line: () => plug.line,
    });
  });
  let ends: Promise<void>[] = [];
  let heap = 0;
  await turn();
  for (let second = 0; second < seconds; second++) {
    const quiet = second < 5 || second > seconds - 60;
    time.pass(1_000_000_000n);
    for (const device of devices) {
      const strikes = !quiet && random() < 1 / everySeconds;
      const fault = strikes ? at(FAULTS, pick(random, FAULTS.length)) : null;
      if (fault) faults[fault] += 1;
      device.second(fault, random);
    }
    await turn();
    if (second === 4) {
      const sensors = await Promise.all(opening);
      ends = sensors.map(async (sensor, k) => {
        let lastNs = 0n;
        for await (const block of sensor) {
          at(devices, k).take(block, lastNs, time.nowNs);
          lastNs = block.timeNs;
        }
      });
    }
    if (second === Math.floor(seconds / 10)) heap = heapInUse();
  }
  const late = heapInUse();
  for (const sensor of await Promise.all(opening)) await sensor.close();
  await Promise.all(ends);
  return { tallies: devices.map(({ tally }) => tally), faults, heap: [heap, late] };
}

function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
