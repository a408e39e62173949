/**
 * mic:DEVICE[?rate=HZ&channels=N]: a sound card through arecord, as numbers from −1 to 1. The level is said once a few
 * seconds have come; a microphone that gives one number only is warned of.
 */
import { spawn } from "node:child_process";
import { fail, problem, TwentyWattError } from "../errors.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { BlockQueue } from "./block-queue.ts";
import type { SensorOptions } from "./open.ts";
import type { Block, Range, Sensor } from "./sensor.ts";

/** Of what is listened to before the level is said. */
const LEVEL_SECONDS = 2;

export async function openMicrophone(
  uri: Uri,
  { clock, say, warn = say }: SensorOptions,
): Promise<Sensor<Block>> {
  onlyKeys(uri, ["rate", "channels", "channel"]);
  const rate = numberOf(uri, "rate", 16_000, [4000, 192_000]);
  const channels = numberOf(uri, "channels", 1, [1, 8]);
  if (!Number.isInteger(rate) || !Number.isInteger(channels)) {
    fail("USAGE", uri.text, `${rate} Hz, ${channels} channels`, "whole numbers");
  }
  const device = uri.rest || "default";
  const format = ["-f", "S16_LE", "-r", String(rate), "-c", String(channels)];
  const child = spawn("arecord", ["-q", "-D", device, ...format, "-t", "raw", "-"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const queue = new BlockQueue(30 * rate);
  const level = new Level(uri.text, LEVEL_SECONDS * rate * channels, { say, warn });
  let told = "";
  let ending = false;
  let pending: Buffer = Buffer.alloc(0);
  child.stderr.on("data", (text) => {
    told = `${told}${text}`.slice(0, 2000);
  });
  await started(uri.text, child, () => told);
  const frame = 2 * channels;
  child.stdout.on("data", (bytes: Buffer) => {
    const all = pending.length > 0 ? Buffer.concat([pending, bytes]) : bytes;
    const samples = Math.floor(all.length / frame);
    pending = all.subarray(samples * frame);
    if (samples === 0) return;
    const values = Float64Array.from(
      { length: samples * channels },
      (_, k) => all.readInt16LE(2 * k) / 32_768,
    );
    level.add(values);
    // the last of these samples has just come
    const timeNs = clock.nowNs() - BigInt(Math.round((samples / rate) * 1e9));
    // arecord says how long it was too late, not how many samples that took
    const lostBefore = Math.round(overrunSeconds(told) * rate);
    told = told.replace(OVERRUN, "");
    queue.push({ timeNs, values, channels, lostBefore });
  });
  child.on("close", (code) => {
    if (ending) queue.end();
    else queue.end(lost(uri.text, reason(told) || `arecord ended with ${code}`));
  });
  say(`${uri.text}: arecord of ${device}, ${channels} channels at ${rate} Hz, 16 bits`);
  const names = Array.from({ length: channels }, (_, k) =>
    channels === 1 ? "mono" : `channel ${k}`,
  );
  return {
    ...{ uri: uri.text, name: `microphone ${device}`, evidence: null },
    describe: () => ({
      channels: names.map((name) => ({ name, unit: "" })),
      sampleRateHz: rate,
      ranges: names.map(() => RANGE),
    }),
    async close() {
      ending = true;
      child.kill("SIGTERM");
      queue.end();
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

/** Of 16 bits. */
const RANGE: Range = [-1, 32_767 / 32_768];

const OVERRUN = /overrun!!! \(at least ([\d.]+) ms long\)/g;

const overrunSeconds = (told: string): number =>
  [...told.matchAll(OVERRUN)].reduce((sum, [, ms]) => sum + Number(ms) / 1000, 0);

/** arecord's own line: those of its library before it name files of its sources. */
const reason = (told: string): string => {
  const lines = told.trim().split("\n");
  return lines.find((line) => line.startsWith("arecord: ")) ?? lines[0] ?? "";
};

const lost = (where: string, got: string): TwentyWattError =>
  new TwentyWattError(problem("SENSOR_LOST", where, got, "sound without an end"));

/** Resolves with the first sound. @throws SENSOR_MISSING with what arecord says */
function started(
  where: string,
  child: ReturnType<typeof spawn>,
  told: () => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (got: string, remedy: string) =>
      reject(
        new TwentyWattError(
          problem("SENSOR_MISSING", where, got, "sound from a microphone", remedy),
        ),
      );
    child.once("error", ({ message }) =>
      refuse(message, "Install it: sudo apt install alsa-utils."),
    );
    child.once("close", () =>
      refuse(reason(told()) || "arecord ended", "`arecord -l` lists what there is: mic:hw:CARD."),
    );
    // the end makes a stream readable, too
    child.stdout?.once("readable", () => {
      if ((child.stdout?.readableLength ?? 0) > 0) resolve();
    });
  });
}

type Told = { readonly say: (line: string) => void; readonly warn: (line: string) => void };

/** How loud it is, and whether it is anything. */
class Level {
  readonly #where: string;
  readonly #told: Told;
  #left: number;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  constructor(where: string, values: number, told: Told) {
    this.#where = where;
    this.#left = values;
    this.#told = told;
  }

  add(values: Float64Array): void {
    if (this.#left <= 0) return;
    for (const value of values) {
      this.#least = Math.min(this.#least, value);
      this.#most = Math.max(this.#most, value);
    }
    this.#left -= values.length;
    if (this.#left > 0) return;
    if (this.#least === this.#most) {
      const remedy = "check its wiring, its switch and the capture level in alsamixer";
      this.#told.warn(`${this.#where}: silent, every sample is ${this.#most}: ${remedy}`);
      return;
    }
    const peak = Math.max(Math.abs(this.#least), Math.abs(this.#most));
    this.#told.say(`${this.#where}: peak ${(20 * Math.log10(peak)).toFixed(0)} dB of full scale`);
  }
}
