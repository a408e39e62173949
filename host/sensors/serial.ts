/**
 * serial:PORT[@BAUD][?format=…&rate=HZ&unit=U]: lines of text or frames from a board. Which it is, is found in what comes
 * first and said with its evidence; a port that goes away is looked for until it is back, and the gap is counted.
 */
import { fail, problem, TwentyWattError } from "../errors.ts";
import type { Channel, Line } from "../lines/index.ts";
import { serialLine } from "../lines/index.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { BlockQueue } from "./block-queue.ts";
import type { SensorOptions } from "./open.ts";
import { rangeOf, rangesOf } from "./rails.ts";
import type { Block, Range, Sensor } from "./sensor.ts";
import { FrameSource } from "./serial-frames.ts";
import { LineSource } from "./serial-lines.ts";
import type { Known, SerialSource } from "./serial-source.ts";
import { isTextFormat } from "./text-detection.ts";
import { TEXT_FORMATS } from "./text-formats.ts";

/** How long a port may say nothing that can be read before it is given up. */
const DETECTION_MS = 10_000;
/** Looked for again after so many milliseconds, then after twice as many, up to the most. */
const RETRY_MS = { first: 250, most: 5000 } as const;
/** A driver does not always say that a device is gone: a port that is silent for so long is looked at. */
const SILENCE_MS = 2000;

export type SerialSensorOptions = SensorOptions & {
  readonly line?: (port: string) => Line;
};

export async function openSerialSensor(
  uri: Uri,
  options: SerialSensorOptions,
): Promise<Sensor<Block>> {
  const sources = sourcesOf(uri, options);
  const line = (options.line ?? serialLine)(uri.rest);
  const reader = new Reader(uri, sources, line, options);
  await reader.start();
  return reader.sensor();
}

/** The ways in which the bytes may be read: the one that is wanted, or all. */
function sourcesOf(uri: Uri, { clock }: SensorOptions): SerialSource[] {
  onlyKeys(uri, ["format", "rate", "unit", "range", "channel"]);
  const format = uri.query.get("format") ?? null;
  if (format !== null && format !== "frames" && !isTextFormat(format)) {
    const formats = [...TEXT_FORMATS, "frames"].join(", ");
    return fail("USAGE", uri.text, `format=${format}`, `one of ${formats}`);
  }
  const rate = numberOf(uri, "rate", 0, [0, 1e6]);
  if (uri.rest === "") fail("USAGE", uri.text, "no port", "serial:PATH or serial:VID:PID[:SERIAL]");
  const wanted = { rateHz: rate > 0 ? rate : null, unit: uri.query.get("unit") ?? "" };
  const frames = format === null || format === "frames";
  return [
    ...(frames ? [new FrameSource(uri.text, wanted, clock)] : []),
    ...(format === "frames" ? [] : [new LineSource(uri.text, wanted, format)]),
  ];
}

class Reader {
  readonly #uri: string;
  readonly #port: string;
  readonly #rateGiven: boolean;
  readonly #range: Range | null;
  readonly #line: Line;
  readonly #options: SerialSensorOptions;
  readonly #queue = new BlockQueue();
  readonly #closed = new AbortController();
  /** one, once it is known which */
  #sources: readonly SerialSource[];
  #channel: Channel | null = null;
  #known: Known | null = null;
  #opened: (() => void) | null = null;
  #failed: ((error: unknown) => void) | null = null;
  #lastNs = 0n;
  /** since when the port has not been there; null: it is */
  #goneNs: bigint | null = null;

  constructor(
    uri: Uri,
    sources: readonly SerialSource[],
    line: Line,
    options: SerialSensorOptions,
  ) {
    this.#uri = uri.text;
    this.#port = uri.rest;
    this.#rateGiven = uri.query.has("rate");
    this.#range = rangeOf(uri);
    this.#sources = sources;
    this.#line = line;
    this.#options = options;
  }

  /** Opens the port and waits until it is known what comes. */
  async start(): Promise<void> {
    const opened = new Promise<void>((resolve, reject) => {
      this.#opened = resolve;
      this.#failed = reject;
    });
    opened.catch(() => {}); // opening may fail first, and then nobody waits for it
    await this.#open().catch((error) => {
      throw asSensor(this.#uri, error);
    });
    const timer = setTimeout(() => this.#guarded(() => this.#giveUp()), DETECTION_MS);
    try {
      await opened;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    this.#watch();
  }

  sensor(): Sensor<Block> {
    const { evidence = null, description } = this.#known ?? {};
    const range = this.#range;
    return {
      ...{ uri: this.#uri, name: `serial port ${this.#port}`, evidence },
      describe() {
        const { channels, sampleRateHz } = description ?? { channels: [], sampleRateHz: null };
        return { channels, sampleRateHz, ...rangesOf(range, channels.length) };
      },
      close: () => this.close(),
      [Symbol.asyncIterator]: () => this.#queue[Symbol.asyncIterator](),
    };
  }

  async close(): Promise<void> {
    if (!this.#closed.signal.aborted) {
      this.#closed.abort();
      if (this.#known) this.#lostUntilNow();
      const damage = this.#known ? (this.#sources[0]?.damage() ?? null) : null;
      if (damage !== null) this.#options.say(`${this.#uri}: ${damage}`);
    }
    this.#queue.end();
    const channel = this.#channel;
    this.#channel = null;
    await channel?.close();
  }

  /** What is missing after the last sample: of a port that is gone, all until now. */
  #lostUntilNow(): void {
    const nowNs = this.#options.clock.nowNs();
    for (const source of this.#sources) {
      if (this.#goneNs !== null) source.lose(this.#missingSince(this.#goneNs));
      source.rest(nowNs, this.#deliver);
    }
  }

  #missingSince(ns: bigint): number {
    const seconds = nanosecondsToSeconds(this.#options.clock.nowNs() - ns);
    return Math.round(seconds * (this.#known?.description.sampleRateHz ?? 0));
  }

  async #open(): Promise<void> {
    this.#lastNs = this.#options.clock.nowNs();
    let [open, goneAgain]: [boolean, string | null] = [false, null];
    const channel = await this.#line.open({
      bytes: (bytes) => this.#arrive(bytes),
      closed: (why) => {
        if (open) void this.#gone(why);
        else goneAgain = why;
      },
    });
    if (goneAgain !== null) throw lost(this.#uri, goneAgain);
    open = true;
    this.#channel = channel;
    if (this.#closed.signal.aborted) await this.close();
  }

  #arrive(bytes: Uint8Array): void {
    const atNs = this.#options.clock.nowNs();
    // they may come while the port is still being opened: what is missing is missing before them
    this.#back();
    this.#lastNs = atNs;
    this.#guarded(() => {
      for (const source of this.#sources) {
        source.push(bytes, atNs, this.#deliver);
        if (source.claims || source.known) {
          this.#settle(source);
          return;
        }
      }
    });
  }

  readonly #deliver = (block: Block): void => this.#queue.push(block);

  /** The bytes are of this source, and of no other. */
  #settle(source: SerialSource): void {
    if (this.#sources.length > 1) this.#sources = [source];
    const { known } = source;
    if (this.#known !== null || known === null) return;
    this.#known = known;
    const { channels, sampleRateHz } = known.description;
    const { counted } = known;
    const how = this.#rateGiven ? " as given" : counted === undefined ? "" : countedOver(counted);
    const about = counted === undefined ? "" : "about ";
    const rate = sampleRateHz === null ? "" : `, ${about}${sampleRateHz} samples a second${how}`;
    const names = channels.map(({ name, unit }) => (unit ? `${name} in ${unit}` : name));
    const text = `${known.evidence}; channels ${names.join(", ")}${rate}; ${known.timing}`;
    this.#options.say(`${this.#uri}: ${text}`);
    this.#opened?.();
  }

  /** The port went away: looks for it until it is back. */
  async #gone(why: string): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { clock, say, waitUntil } = this.#options;
    const goneNs = this.#lastNs;
    this.#channel = null;
    if (this.#known === null) return this.#end(lost(this.#uri, why));
    this.#goneNs = goneNs;
    say(`${this.#uri}: ${why}; looking for it`);
    for (let ms: number = RETRY_MS.first; ; ms = Math.min(2 * ms, RETRY_MS.most)) {
      await waitUntil(clock.nowNs() + BigInt(ms) * 1_000_000n, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      for (const source of this.#sources) source.torn();
      try {
        await this.#open();
        break;
      } catch (error) {
        if (!(error instanceof TwentyWattError)) return this.#end(error);
        // it may have said something before it was gone again
        this.#goneNs ??= this.#lastNs;
      }
    }
    this.#back();
  }

  /** The port is there again, or was never gone. */
  #back(): void {
    const goneNs = this.#goneNs;
    if (goneNs === null) return;
    this.#goneNs = null;
    const { clock, say } = this.#options;
    const seconds = nanosecondsToSeconds(clock.nowNs() - goneNs);
    const missing = this.#missingSince(goneNs);
    for (const source of this.#sources) source.lose(missing);
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
    // to close what is no longer there may take long, and it is looked at again meanwhile
    this.#channel = null;
    await channel.close();
    await this.#gone("the port is no longer there");
  }

  /** The time to recognise it is over. */
  #giveUp(): void {
    const wrong = [];
    for (const source of this.#sources) {
      const problem = source.giveUp(this.#deliver);
      if (problem === null) {
        this.#settle(source);
        return;
      }
      wrong.push(problem);
    }
    const got = wrong.map((one) => one.got).join(" and ");
    const kinds = wrong.map((one) => one.expected).join(" or ");
    const expected = `${kinds} within ${DETECTION_MS / 1000} s`;
    // what lines need is what people have most
    const remedy = wrong.at(-1)?.remedy;
    this.#end(new TwentyWattError(problem("SENSOR_MISSING", this.#uri, got, expected, remedy)));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    this.#failed?.(error);
    this.#queue.end(error);
    void this.close();
  }
}

const countedOver = (seconds: number): string =>
  ` (counted over ${seconds.toFixed(2)} s, and taken as even; ?rate=HZ says it)`;

/** A port that is not there is a target to others, and a sensor to us. */
function asSensor(uri: string, error: unknown): unknown {
  if (!(error instanceof TwentyWattError) || error.code !== "TARGET_MISSING") return error;
  const problems = error.problems.map(({ got, expected, remedy }) =>
    problem("SENSOR_MISSING", uri, got, expected, remedy),
  );
  return new TwentyWattError(problems, { cause: error });
}

const lost = (uri: string, why: string): TwentyWattError =>
  new TwentyWattError(problem("SENSOR_LOST", uri, why, "a port that stays"));
