/**
 * serial:PORT[@BAUD][?format=…&rate=HZ&unit=U]: lines of text from a board. The format is found in the first lines and
 * said with its evidence; a port that goes away is looked for until it is back, and the gap is counted.
 */
import { fail, problem, TwentyWattError } from "../errors.ts";
import type { Channel, Line } from "../lines/index.ts";
import { serialLine } from "../lines/index.ts";
import { at } from "../model/at.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { BlockQueue } from "./block-queue.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { SensorOptions } from "./open.ts";
import type { Block, Description, Sensor } from "./sensor.ts";
import { detect, isTextFormat, type Layout, LINES_TO_DETECT } from "./text-detection.ts";
import { TEXT_FORMATS, type TextFormat } from "./text-formats.ts";
import { TextRows } from "./text-rows.ts";

/** How long a port may say nothing that is text before it is given up. */
const DETECTION_MS = 10_000;
/** A rate is counted over at least so long: bytes of USB come in bursts. */
const RATE_NS = 500_000_000n;
/** Looked for again after so many milliseconds, then after twice as many, up to the most. */
const RETRY_MS = { first: 250, most: 5000 } as const;
/** A driver does not always say that a device is gone: a port that is silent for so long is looked at. */
const SILENCE_MS = 2000;

export type SerialSensorOptions = SensorOptions & {
  readonly line?: (port: string) => Line;
};

type Arrived = { readonly line: string | null; readonly atNs: bigint };

type Wanted = {
  readonly port: string;
  readonly format: TextFormat | null;
  /** null: counted */
  readonly rateHz: number | null;
  readonly unit: string;
};

export async function openSerialSensor(
  uri: Uri,
  options: SerialSensorOptions,
): Promise<Sensor<Block>> {
  const wanted = wantedOf(uri);
  const line = (options.line ?? serialLine)(wanted.port);
  const reader = new Reader(uri.text, wanted, line, options);
  await reader.start();
  return reader.sensor();
}

function wantedOf(uri: Uri): Wanted {
  onlyKeys(uri, ["format", "rate", "unit"]);
  const format = uri.query.get("format") ?? null;
  if (format !== null && !isTextFormat(format)) {
    return fail("USAGE", uri.text, `format=${format}`, `one of ${TEXT_FORMATS.join(", ")}`);
  }
  const rate = numberOf(uri, "rate", 0, [0, 1e6]);
  if (uri.rest === "") fail("USAGE", uri.text, "no port", "serial:PATH or serial:VID:PID[:SERIAL]");
  const unit = uri.query.get("unit") ?? "";
  return { port: uri.rest, format, rateHz: rate > 0 ? rate : null, unit };
}

class Reader {
  readonly #uri: string;
  readonly #wanted: Wanted;
  readonly #line: Line;
  readonly #options: SerialSensorOptions;
  readonly #queue = new BlockQueue();
  readonly #closed = new AbortController();
  #splitter = new LineSplitter("torn");
  #channel: Channel | null = null;
  /** lines that came before the format was known */
  #first: Arrived[] | null = [];
  #rows: TextRows | null = null;
  #layout: Layout | null = null;
  #rateHz: number | null = null;
  #known: (() => void) | null = null;
  #failed: ((error: unknown) => void) | null = null;
  #lastNs = 0n;

  constructor(uri: string, wanted: Wanted, line: Line, options: SerialSensorOptions) {
    this.#uri = uri;
    this.#wanted = wanted;
    this.#line = line;
    this.#options = options;
  }

  /** Opens the port and waits until the format is known. */
  async start(): Promise<void> {
    const known = new Promise<void>((resolve, reject) => {
      this.#known = resolve;
      this.#failed = reject;
    });
    known.catch(() => {}); // opening may fail first, and then nobody waits for it
    await this.#open().catch((error) => {
      throw asSensor(this.#uri, error);
    });
    const timer = setTimeout(() => {
      try {
        this.#giveUp();
      } catch (error) {
        this.#end(error);
      }
    }, DETECTION_MS);
    try {
      await known;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    this.#watch();
  }

  sensor(): Sensor<Block> {
    const { evidence = null } = this.#layout ?? {};
    return {
      ...{ uri: this.#uri, name: `serial port ${this.#wanted.port}`, evidence },
      describe: () => this.#describe(),
      close: () => this.close(),
      [Symbol.asyncIterator]: () => this.#queue[Symbol.asyncIterator](),
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#queue.end();
    const channel = this.#channel;
    this.#channel = null;
    await channel?.close();
  }

  #describe(): Description {
    return { channels: this.#rows?.channels ?? [], sampleRateHz: this.#rateHz };
  }

  async #open(): Promise<void> {
    this.#lastNs = this.#options.clock.nowNs();
    this.#channel = await this.#line.open({
      bytes: (bytes) => this.#arrive(bytes),
      closed: (why) => void this.#gone(why),
    });
    if (this.#closed.signal.aborted) await this.close();
  }

  #arrive(bytes: Uint8Array): void {
    const atNs = this.#options.clock.nowNs();
    this.#lastNs = atNs;
    const lines = this.#splitter.push(bytes);
    try {
      if (this.#first) this.#recognise(lines.map((line) => ({ line, atNs })));
      else this.#deliver(lines.map((line) => ({ line, atNs })));
    } catch (error) {
      this.#end(error);
    }
  }

  /** Collects lines until there are enough to tell their format and their rate. */
  #recognise(arrived: readonly Arrived[]): void {
    const first = this.#first ?? [];
    first.push(...arrived);
    const text = first.filter(({ line }) => line !== null && line.trim() !== "");
    if (text.length < LINES_TO_DETECT) return;
    const since = at(first, 0).atNs;
    const fast = this.#wanted.rateHz === null && at(text, text.length - 1).atNs - since < RATE_NS;
    if (fast) return;
    this.#settle(first, text);
  }

  #settle(first: readonly Arrived[], text: readonly Arrived[]): void {
    const lines = text.flatMap(({ line }) => (line === null ? [] : [line]));
    const sample = lines.slice(0, 4 * LINES_TO_DETECT);
    const layout = detect(sample, this.#wanted.format);
    if (layout === null) {
      this.#end(unreadable(this.#uri, sample, this.#wanted.format));
      return;
    }
    const rows = new TextRows(this.#uri, layout, this.#wanted.unit);
    const header = at(text, layout.firstData);
    this.#layout = layout;
    this.#rows = rows;
    this.#first = null;
    this.#rateHz = this.#wanted.rateHz ?? counted(text);
    const rate = this.#rateHz === null ? "" : `, ${this.#rateHz} samples a second`;
    const given = this.#wanted.rateHz === null ? "" : " as given";
    const names = rows.channels.map(({ name, unit }) => (unit ? `${name} in ${unit}` : name));
    this.#options.say(
      `${this.#uri}: ${layout.evidence}; channels ${names.join(", ")}${rate}${given}; ${rows.timing}`,
    );
    this.#deliver(first.slice(first.indexOf(header)));
    this.#known?.();
  }

  #deliver(arrived: readonly Arrived[]): void {
    const rows = this.#rows;
    if (rows === null) return;
    for (const { line, atNs } of arrived) {
      const block = rows.add(line, atNs);
      if (block) this.#queue.push(block);
    }
    const block = rows.take();
    if (block) this.#queue.push(block);
  }

  /** The port went away: looks for it until it is back. */
  async #gone(why: string): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { clock, say, waitUntil } = this.#options;
    const goneNs = this.#lastNs;
    this.#channel = null;
    if (this.#first) return this.#end(lost(this.#uri, why));
    say(`${this.#uri}: ${why}; looking for it`);
    for (let ms: number = RETRY_MS.first; ; ms = Math.min(2 * ms, RETRY_MS.most)) {
      await waitUntil(clock.nowNs() + BigInt(ms) * 1_000_000n, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      this.#splitter = new LineSplitter("torn");
      try {
        await this.#open();
        break;
      } catch (error) {
        if (!(error instanceof TwentyWattError)) return this.#end(error);
      }
    }
    const seconds = nanosecondsToSeconds(clock.nowNs() - goneNs);
    const missing = this.#rateHz === null ? 0 : Math.round(seconds * this.#rateHz);
    this.#rows?.lose(missing);
    const about = missing > 0 ? `, about ${missing} samples` : "";
    say(`${this.#uri}: back after ${seconds.toFixed(1)} s${about}`);
  }

  /** Looks whether a silent port is still there. */
  #watch(): void {
    const timer = setInterval(() => void this.#look(), SILENCE_MS);
    timer.unref();
    this.#closed.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  async #look(): Promise<void> {
    const channel = this.#channel;
    const silentMs = Number(this.#options.clock.nowNs() - this.#lastNs) / 1e6;
    if (channel === null || silentMs < SILENCE_MS) return;
    const present = (await this.#line.present?.()) ?? true;
    if (present || this.#channel !== channel) return;
    await channel.close();
    await this.#gone("the port is no longer there");
  }

  #giveUp(): void {
    const first = this.#first ?? [];
    const text = first.filter(({ line }) => line !== null && line.trim() !== "");
    // a sensor that speaks every few seconds is known by two lines
    if (text.length >= 2) {
      this.#settle(first, text);
      return;
    }
    const got =
      first.length === 0 ? "no line" : `${first.length} lines, of which ${text.length} are text`;
    const remedy = "Check the baud rate, serial:PORT@BAUD, and that the board prints lines.";
    const expected = `lines of text within ${DETECTION_MS / 1000} s`;
    this.#end(new TwentyWattError(problem("SENSOR_MISSING", this.#uri, got, expected, remedy)));
  }

  #end(error: unknown): void {
    this.#failed?.(error);
    this.#queue.end(error);
    void this.close();
  }
}

/** Lines a second over all that came, to three digits; null where they are too few to count. */
function counted(text: readonly Arrived[]): number | null {
  const ns = at(text, text.length - 1).atNs - at(text, 0).atNs;
  if (ns <= 0n || text.length < LINES_TO_DETECT) return null;
  return Number(((text.length - 1) / nanosecondsToSeconds(ns)).toPrecision(3));
}

/** A port that is not there is a target to others, and a sensor to us. */
function asSensor(uri: string, error: unknown): unknown {
  if (!(error instanceof TwentyWattError) || error.code !== "TARGET_MISSING") return error;
  const problems = error.problems.map(({ got, expected, remedy }) =>
    problem("SENSOR_MISSING", uri, got, expected, remedy),
  );
  return new TwentyWattError(problems, { cause: error });
}

function unreadable(
  uri: string,
  lines: readonly string[],
  format: TextFormat | null,
): TwentyWattError {
  const got = JSON.stringify((lines[0] ?? "").slice(0, 60));
  const expected = format ? `lines of ${format}` : `lines of ${TEXT_FORMATS.join(", ")}`;
  const remedy =
    "Print numbers, one sample on each line; or check the baud rate, serial:PORT@BAUD.";
  return new TwentyWattError(problem("INPUT_FORMAT", uri, got, expected, remedy));
}

const lost = (uri: string, why: string): TwentyWattError =>
  new TwentyWattError(problem("SENSOR_LOST", uri, why, "a port that stays"));
