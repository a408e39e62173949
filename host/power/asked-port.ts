/** Meters behind a serial port that answer when they are asked, always with as many bytes. */
import { fail } from "../errors.ts";
import { type Line, serialLine, systemTimers, type Timers } from "../lines/index.ts";
import { systemClock } from "../units.ts";
import type { Uri } from "../uri.ts";
import type { PowerFacts, PowerMeter } from "./meter.ts";
import { type Asked, inBackground, polledMeter } from "./polled.ts";
import { meterLost, openPort, portUnder, type SerialMeterOptions } from "./port.ts";

export type AskedPort = {
  /**
   * One question at a time.
   *
   * @throws METER_MISSING where no whole answer comes in time, METER_LOST where the port has gone
   */
  readonly ask: (request: Uint8Array, bytes: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
};

export type AskedPortOptions = {
  readonly uri: string;
  readonly line: Line;
  readonly timers: Timers;
  /** an answer takes no longer; what comes later belongs to nobody */
  readonly patienceMs: number;
  /** where nothing answers */
  readonly remedy: string;
};

type Waiting = {
  readonly answer: Uint8Array;
  filled: number;
  readonly done: (error: unknown) => void;
};

export async function openAskedPort(options: AskedPortOptions): Promise<AskedPort> {
  const { uri, line, timers, patienceMs, remedy } = options;
  let waiting: Waiting | null = null;
  let gone: unknown = null;
  const end = (error: unknown): void => {
    const { done } = waiting ?? {};
    waiting = null;
    done?.(error);
  };
  const channel = await openPort(uri, line, {
    bytes(bytes) {
      // nobody asked, or it is the end of an answer that was given up
      if (waiting === null) return;
      const room = waiting.answer.length - waiting.filled;
      waiting.answer.set(bytes.subarray(0, room), waiting.filled);
      waiting.filled += Math.min(room, bytes.length);
      if (waiting.filled === waiting.answer.length) end(null);
    },
    closed(why) {
      gone = meterLost(uri, why, "a meter that stays");
      end(gone);
    },
  });
  const late = (): void => {
    if (waiting === null) return;
    const { filled, answer } = waiting;
    const got = filled === 0 ? "no answer" : `${filled} bytes of an answer`;
    try {
      fail("METER_MISSING", `--meter ${uri}`, got, `${answer.length} bytes`, remedy);
    } catch (error) {
      end(error);
    }
  };
  return {
    ask: (request, bytes) =>
      new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone);
        const answer = new Uint8Array(bytes);
        const callOff = timers.after(patienceMs, late);
        const done = (error: unknown): void => {
          callOff();
          if (error === null) resolve(answer);
          else reject(error);
        };
        waiting = { answer, filled: 0, done };
        channel.write(request);
      }),
    async close() {
      gone ??= meterLost(uri, "a port that was closed", "a meter that stays");
      end(gone);
      await channel.close();
    },
  };
}

export type AskedMeter = SerialMeterOptions & {
  readonly uri: Uri;
  readonly baud?: number;
  readonly patienceMs: number;
  readonly remedy: string;
  readonly request: Uint8Array;
  readonly answerBytes: number;
  /** @throws METER_MISSING for what is no whole answer of this meter */
  readonly reading: (answer: Uint8Array) => Asked;
  readonly periodMs: number;
};

/**
 * A meter of one question, which it must have answered once.
 *
 * @throws METER_MISSING where nothing answers as it does
 */
export async function openAskedMeter(facts: PowerFacts, meter: AskedMeter): Promise<PowerMeter> {
  const { uri, baud, request, answerBytes, reading, periodMs, patienceMs, remedy } = meter;
  const { clock = systemClock, every = inBackground, timers = systemTimers } = meter;
  const path = baud === undefined ? uri.rest : portUnder(uri, baud);
  const line = meter.line ?? serialLine(path);
  const port = await openAskedPort({ uri: uri.text, line, timers, patienceMs, remedy });
  const ask = async (): Promise<Asked> => reading(await port.ask(request, answerBytes));
  try {
    await ask();
  } catch (error) {
    await port.close();
    throw error;
  }
  return polledMeter(facts, { clock, every, periodMs, ask, close: port.close });
}
