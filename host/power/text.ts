/**
 * A meter that prints: an INA219 behind an Arduino or a Pico, or anything else that writes watts, or volts and amperes, with
 * their units on a serial port.
 *
 *   text:/dev/ttyACM0@115200      text:2341:0043
 */
import { fail } from "../errors.ts";
import {
  type Line,
  LineSplitter,
  parsePort,
  serialLine,
  systemTimers,
  type Timers,
} from "../lines/index.ts";
import { type Clock, nanosecondsToSeconds } from "../units.ts";
import { onlyKeys, type Uri } from "../uri.ts";
import type { PowerMeter, PowerSample } from "./meter.ts";
import { meterLost, openPort } from "./port.ts";
import { SampleQueue } from "./sample-queue.ts";
import { PowerLines, type TextReading } from "./text-lines.ts";
import { TextTimes } from "./text-times.ts";

export type TextOptions = {
  readonly line?: Line;
  readonly timers?: Timers;
};

/** The rate is counted over the first readings: at least so many, and so long, as bytes of USB come in bursts. */
const FIRST_READINGS = 3;
const FIRST_SECONDS = 0.5;
/** Adafruit's example prints every two seconds; slower than every five is no meter for a run. */
const OPENING_MS = 10_000;
/** Readings further apart than so many of their usual distances have a gap between them. */
const GAP = 2.5;
const LEAST_GAP_SECONDS = 0.1;
/** INA219: 0.5 % by its datasheet (SBOS448), its shunt mostly 1 %; together, and what ageing and heat add. */
const GAIN = 0.02;
/** Its offset of up to 100 µV over 100 mΩ is 1 mA, at 5 V. */
const OFFSET_WATTS = 0.005;

/** @throws METER_MISSING where the port says nothing that is power */
export async function openText(
  uri: Uri,
  clock: Clock,
  { line = serialLine(uri.rest), timers = systemTimers }: TextOptions = {},
): Promise<PowerMeter> {
  onlyKeys(uri, []);
  const queue = new SampleQueue();
  const lines = new PowerLines();
  const splitter = new LineSplitter("torn");
  const opening = new Opening();
  let times: TextTimes | null = null;
  let reading = false;
  /** What comes between the opening and the first reader is of nobody, but tells of its clock. */
  const take = (one: TextReading): void => {
    if (times === null) {
      opening.add(one);
      return;
    }
    const timed = times.of(one);
    if (timed !== null && reading) queue.push(sampleOf(one, timed));
  };
  const channel = await openPort(uri.text, line, {
    bytes(bytes) {
      const atNs = clock.nowNs();
      for (const text of splitter.push(bytes)) {
        const one = lines.push(text, atNs);
        if (one !== null) take(one);
      }
    },
    closed(why) {
      const problem = meterLost(uri.text, why, "a port that stays");
      opening.end();
      queue.end(problem);
    },
  });
  const giveUp = timers.after(OPENING_MS, () => opening.end());
  await opening.over;
  giveUp();
  const { intervalSeconds, readings } = opening;
  if (intervalSeconds === null) {
    await channel.close();
    return nothing(uri, readings.length, lines);
  }
  const own = new TextTimes(readings, parsePort(uri.rest).baud, splitter.mostBytes);
  times = own;
  const { column } = own;
  const stamped = readings.find(({ stamp }) => stamp !== null)?.stamp ?? null;
  const notes = ["Its shunt is the other board's: nothing here can check it."];
  if (stamped !== null && column === null) {
    notes.push(
      `Its ${stamped.name} does not go as this computer's clock does: times are those of arrival.`,
    );
  }
  if (lines.skipped > 0) {
    notes.push(`${lines.skipped} of its first lines were no readings; the last: ${lines.why}.`);
  }
  return {
    facts: {
      uri: uri.text,
      name: `readings printed on ${uri.rest}`,
      scope: "board",
      quality: "derived",
      reads: true,
      doesNotInclude: ["what is not behind its shunt", "power supply losses"],
      method: `lines of text every ${intervalSeconds.toPrecision(2)} s${column === null ? "" : `, times by its own clock (${column})`}, the trapezoid between them; ±${100 * GAIN} % and ±${1000 * OFFSET_WATTS} mW assumed, as of an INA219 at 5 V`,
      accuracy: {
        gain: GAIN,
        offsetWatts: OFFSET_WATTS,
        timeSeconds: intervalSeconds,
        integrates: false,
      },
      sampleRateHz: null,
      gapSeconds: Math.max(LEAST_GAP_SECONDS, GAP * intervalSeconds),
      notes,
    },
    ...(column !== null && {
      skewPpm: () => own.skewPpm,
      timeSeconds: () => own.seconds ?? intervalSeconds,
    }),
    samples() {
      reading = true;
      return queue;
    },
    async close() {
      queue.end();
      await channel.close();
    },
  };
}

const sampleOf = (
  { watts, volts, amps }: TextReading,
  { tNs, lost }: Pick<PowerSample, "tNs" | "lost">,
): PowerSample => ({
  ...{ tNs, watts, lost },
  ...(volts === null ? {} : { volts }),
  ...(amps === null ? {} : { amps }),
});

function nothing(uri: Uri, readings: number, { skipped, why }: PowerLines): Promise<never> {
  const seen =
    skipped === 0 ? "no line" : `${skipped} lines that are no readings, the last: ${why}`;
  return fail(
    "METER_MISSING",
    `--meter ${uri.text}`,
    readings === 0 ? seen : `${readings} reading in ${OPENING_MS / 1000} s`,
    "watts, or volts and amperes, each with its unit, at least every 5 s",
    "Check the baud rate, text:PORT@BAUD, and print as in `Power: 508.00 mW` or `V:5.01,mA:612.3`.",
  );
}

/** The first readings, until they tell how often they come. */
class Opening {
  readonly over: Promise<void>;
  readonly readings: TextReading[] = [];
  #end: () => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  add(reading: TextReading): void {
    this.readings.push(reading);
    if (this.readings.length >= FIRST_READINGS && this.#seconds >= FIRST_SECONDS) this.end();
  }

  get #seconds(): number {
    const [first, last] = [this.readings[0], this.readings.at(-1)];
    return first && last ? nanosecondsToSeconds(last.atNs - first.atNs) : 0;
  }

  end(): void {
    this.#end();
  }

  /** Null where there are not two moments to compare. */
  get intervalSeconds(): number | null {
    const seconds = this.#seconds;
    return seconds > 0 ? seconds / (this.readings.length - 1) : null;
  }
}
