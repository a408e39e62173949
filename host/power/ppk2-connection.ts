/**
 * A PPK2 on its port, for as long as somebody reads. One that is pulled out and comes back within a while is opened again: it is
 * found by what USB says of it, must say the same of itself, is set as it was, and goes on. What it did meanwhile nobody knows.
 */
import { TwentyWattError } from "../errors.ts";
import type { Channel, Line, Timers } from "../lines/index.ts";
import { nanosecondsToMilliseconds } from "../units.ts";
import { meterLost, openPort } from "./port.ts";
import { AMPERE_MODE, type Metadata, SOURCE_MODE } from "./ppk2-calibration.ts";
import { COMMAND, Dialogue } from "./ppk2-dialogue.ts";

export type Setting = { readonly mode: "source" | "ampere"; readonly millivolts: number };

export type Ppk2Events = {
  /** of the stream */
  readonly bytes: (bytes: Uint8Array) => void;
  /** it was gone, and streams again: its counter and its clock have begun anew */
  readonly back: () => void;
  readonly ended: (error: TwentyWattError) => void;
};

/** A stream that says nothing for so long has stopped. */
const SILENT_MS = 2000;
/** A program that was busy has had its turn by then, and has read what waits. */
const TURN_MS = 200;
const STOP_MS = 20;
/** For how long one that was pulled out is looked for, and how often. */
const PATIENCE_MS = 5000;
const RETRY_MS = 250;

export class Ppk2Connection {
  /** of the last dialogue, as a person would be told */
  heard = "";
  readonly #uri: string;
  readonly #line: Line;
  readonly #timers: Timers;
  readonly #events: Ppk2Events;
  #channel: Channel | null = null;
  #metadata: Metadata | null = null;
  #setting: Setting | null = null;
  #streaming = false;
  #closed = false;
  #silentMs = 0;
  #callOff = () => {};

  constructor(uri: string, line: Line, timers: Timers, events: Ppk2Events) {
    this.#uri = uri;
    this.#line = line;
    this.#timers = timers;
    this.#events = events;
  }

  /** @returns what it says of itself; null where nothing answers as a PPK2 does. @throws where there is no port */
  async open(): Promise<Metadata | null> {
    const dialogue = new Dialogue(this.#timers);
    const channel = await openPort(this.#uri, this.#line, {
      bytes: (bytes) => {
        this.#silentMs = 0;
        if (this.#streaming) this.#events.bytes(bytes);
        else dialogue.bytes(bytes);
      },
      closed: (why) => {
        dialogue.closed();
        const streamed = this.#streaming;
        this.#halt();
        if (streamed) void this.#search(why);
      },
    });
    this.#channel = channel;
    const metadata = await dialogue.metadata(channel);
    this.heard = dialogue.heard;
    this.#metadata ??= metadata;
    return metadata;
  }

  set(setting: Setting): void {
    this.#setting = setting;
    const { mode, millivolts } = setting;
    this.#send(COMMAND.MODE, mode === "source" ? SOURCE_MODE : AMPERE_MODE);
    if (mode === "source") this.#send(COMMAND.MILLIVOLTS, millivolts >> 8, millivolts & 0xff);
    this.#send(COMMAND.POWER, 1);
  }

  start(): void {
    this.#streaming = true;
    this.#silentMs = 0;
    this.#send(COMMAND.START);
    this.#watch();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#halt();
    this.#send(COMMAND.STOP);
    await this.#pause(STOP_MS); // the byte is on its way
    await this.#channel?.close();
  }

  #send(...bytes: readonly number[]): void {
    this.#channel?.write(Uint8Array.from(bytes));
  }

  #halt(): void {
    this.#streaming = false;
    this.#callOff();
  }

  #watch(): void {
    this.#callOff = this.#timers.after(TURN_MS, () => {
      this.#silentMs += TURN_MS;
      if (this.#silentMs < SILENT_MS) return this.#watch();
      void this.#silent();
    });
  }

  /** Not every driver says that a device is gone: it may be another one's file that is open. */
  async #silent(): Promise<void> {
    const why = `no sample for ${SILENT_MS / 1000} s`;
    const here = await this.#line.present?.();
    if (this.#closed || !this.#streaming) return;
    if (here !== false) return this.#events.ended(meterLost(this.#uri, why, "100,000 a second"));
    this.#halt();
    await this.#search(why);
  }

  async #search(why: string): Promise<void> {
    const sinceNs = this.#timers.nowNs();
    const late = () =>
      nanosecondsToMilliseconds(this.#timers.nowNs() - sinceNs) > PATIENCE_MS || this.#closed;
    while (!late()) {
      await this.#pause(RETRY_MS);
      if (this.#closed) return;
      const metadata = await this.#again();
      if (this.#closed) return this.#channel?.close();
      if (metadata === null || this.#setting === null) continue;
      if (!sameDevice(metadata, this.#metadata)) {
        return this.#events.ended(meterLost(this.#uri, "another PPK2", "the one that was there"));
      }
      this.set(this.#setting);
      this.#events.back();
      return this.start();
    }
    if (this.#closed) return;
    const expected = `a PPK2 that stays, or is back within ${PATIENCE_MS / 1000} s`;
    this.#events.ended(meterLost(this.#uri, why, expected));
  }

  /** Null where it is not there yet, or does not answer yet: its rights and its ports come one after the other. */
  async #again(): Promise<Metadata | null> {
    try {
      await this.#channel?.close();
      this.#channel = null;
      return await this.open();
    } catch (error) {
      if (error instanceof TwentyWattError) return null;
      throw error;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.after(ms, resolve);
    });
  }
}

/** No two have the same calibration; mode and voltage may be those of a device that was just plugged in. */
const sameDevice = (a: Metadata, b: Metadata | null): boolean =>
  b !== null &&
  a.hardware === b.hardware &&
  JSON.stringify(a.calibration) === JSON.stringify(b.calibration);
