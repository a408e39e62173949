/**
 * lpm01a:PORT[?mv=MILLIVOLTS&rate=HERTZ&format=binary|ascii]: ST's X-NUCLEO-LPM01A, which feeds a device with 1.8 … 3.3 V and measures up to 50 mA of
 * it, up to 100,000 times a second.
 *
 *   lpm01a:/dev/ttyACM0?mv=3300      without mv the voltage is as it was left
 *   lpm01a:/dev/ttyACM0?format=ascii its samples as text, up to 10,000 a second
 */
import { fail } from "../errors.ts";
import { serialLine, systemTimers } from "../lines/index.ts";
import { systemClock } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { Lpm01aDialogue } from "./lpm01a-dialogue.ts";
import { Lpm01aLines } from "./lpm01a-lines.ts";
import { Lpm01aStream } from "./lpm01a-stream.ts";
import type { Lpm01aBytes, StreamEvents, Stretch } from "./lpm01a-stretches.ts";
import type { PowerMeter } from "./meter.ts";
import { meterLost, openPort, portUnder, type SerialMeterOptions } from "./port.ts";
import { SampleTime } from "./ppk2-time.ts";
import { lostTogether, SampleQueue } from "./sample-queue.ts";

/** Of its USB port, which takes any. */
const BAUD = 3_686_400;
const MILLIVOLTS = [1800, 3300] as const;
const RATES = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
  ...[2000, 5000, 10_000, 20_000, 50_000, 100_000],
] as const;
const USUAL_RATE = 10_000;
/** Each with its word for the device, and the rate up to which it streams that way. */
const FORMATS = {
  binary: { word: "bin_hexa", mostHz: 100_000 },
  ascii: { word: "ascii_dec", mostHz: 10_000 },
} as const;
type Format = keyof typeof FORMATS;
const isFormat = (text: string): text is Format => Object.hasOwn(FORMATS, text);
const MOST_AMPS = 0.05;
/** ST states 2 % of the reading, and the lowest range in some hundreds of nanoamperes; with the voltage's own error. */
const GAIN = 0.03;
const OFFSET_AMPS = 5e-7;
/** Its bytes wait a millisecond or two for the USB host. */
const TIME_SECONDS = 0.002;
/** It stamps the time once a second, and samples are given when that has come. */
const STAMP_SECONDS = 1;
const SILENT_MS = 3000;
const TURN_MS = 200;
const STOP_MS = 50;

/** @throws METER_MISSING where no LPM01A answers */
export async function openLpm01a(
  uri: Uri,
  { clock = systemClock, line, timers = systemTimers }: SerialMeterOptions = {},
): Promise<PowerMeter> {
  const asked = askedFor(uri);
  const { rateHz, format } = asked;
  const queue = new SampleQueue();
  const dialogue = new Lpm01aDialogue(uri.text, timers);
  let stream: Lpm01aBytes | null = null;
  let samples: Lpm01aSamples | null = null;
  let heardMs = 0;
  /** why it has stopped by itself */
  let over = "";
  const end = (got: string): void => queue.end(meterLost(uri.text, got, "an LPM01A that streams"));
  const channel = await openPort(uri.text, line ?? serialLine(portUnder(uri, BAUD)), {
    bytes(bytes) {
      heardMs = 0;
      if (stream === null || samples === null) return dialogue.bytes(bytes);
      stream.push(bytes);
      const { latest } = stream;
      if (latest !== null) samples.arrived(latest, clock.nowNs());
      samples.deliver(queue);
      if (over !== "") end(over);
    },
    closed(why) {
      dialogue.closed();
      end(why);
    },
  });
  const say = (command: string) => dialogue.say(channel, command);
  let millivolts: number;
  try {
    await dialogue.silence(channel);
    await say("htc");
    const { word } = FORMATS[format];
    for (const command of ["acqtime inf", "trigsrc sw", "output current", `format ${word}`]) {
      await say(command);
    }
    await say(`freq ${rateHz >= 1000 ? `${rateHz / 1000}k` : rateHz}`);
    millivolts = asked.millivolts ?? millivoltsIn(uri, await say("volt get"));
    if (asked.millivolts !== null) await say(`volt ${millivolts}m`);
    await say("pwr on nostatus");
  } catch (error) {
    await channel.close();
    throw error;
  }

  let error = "";
  let callOff = () => {};
  const watch = (): void => {
    callOff = timers.after(TURN_MS, () => {
      heardMs += TURN_MS;
      if (heardMs >= SILENT_MS) end(`nothing for ${SILENT_MS / 1000} s`);
      else watch();
    });
  };
  const begin = (): void => {
    samples = new Lpm01aSamples(rateHz, millivolts / 1000);
    const events: StreamEvents = {
      stretch: (stretch) => samples?.take(stretch),
      volts: (volts) => samples?.feed(volts),
      error(text) {
        error = text.slice(0, 80);
      },
      over(why) {
        over = error === "" ? why : `${why}, after ${JSON.stringify(error)}`;
      },
    };
    stream =
      format === "ascii" ? new Lpm01aLines(rateHz, events) : new Lpm01aStream(rateHz, events);
    dialogue.send(channel, "start");
    watch();
  };
  const volts = millivolts / 1000;
  return {
    facts: {
      uri: uri.text,
      name: `ST LPM01A, ${millivolts} mV`,
      scope: "target",
      quality: "derived",
      reads: true,
      doesNotInclude: ["everything that it does not feed", "its own supply"],
      method: `current × ${volts} V, ${rateHz.toLocaleString("en")} samples a second, lost ones counted by its time stamps; ±${100 * GAIN} % assumed`,
      accuracy: {
        gain: GAIN,
        offsetWatts: OFFSET_AMPS * volts,
        timeSeconds: TIME_SECONDS,
        integrates: false,
      },
      sampleRateHz: rateHz,
      gapSeconds: 2.5 / rateHz,
      delaySeconds: 1.5 * STAMP_SECONDS,
      notes: [
        `It feeds ${millivolts} mV${asked.millivolts === null ? ", as it was left" : ""}; up to 50 mA.`,
      ],
    },
    samples() {
      if (stream === null) begin();
      return queue;
    },
    async close() {
      callOff();
      queue.end();
      dialogue.send(channel, "stop");
      await dialogue.pause(STOP_MS);
      dialogue.send(channel, "hrc");
      await dialogue.pause(STOP_MS);
      await channel.close();
    },
  };
}

type Setting = {
  readonly millivolts: number | null;
  readonly rateHz: number;
  readonly format: Format;
};

function askedFor(uri: Uri): Setting {
  onlyKeys(uri, ["mv", "rate", "format"]);
  const format = uri.query.get("format") ?? "binary";
  if (!isFormat(format)) {
    return fail("USAGE", uri.text, `format=${format}`, Object.keys(FORMATS).join(" or "));
  }
  const rateHz = numberOf(uri, "rate", USUAL_RATE, [RATES[0], 100_000]);
  if (!RATES.some((rate) => rate === rateHz)) {
    fail("USAGE", uri.text, `rate=${rateHz}`, `one of ${RATES.join(", ")}`);
  }
  const { mostHz } = FORMATS[format];
  if (rateHz > mostHz) {
    const got = `rate=${rateHz} as ${format}`;
    fail("USAGE", uri.text, got, `at most ${mostHz} a second`, "Take format=binary.");
  }
  if (!uri.query.has("mv")) return { millivolts: null, rateHz, format };
  const millivolts = Math.round(numberOf(uri, "mv", Number.NaN, MILLIVOLTS));
  return { millivolts, rateHz, format };
}

/** "3292-03": 3292 · 10⁻³ V. */
function millivoltsIn({ text }: Uri, answer: string): number {
  const [, digits, power] = /^(\d{1,4})-(\d{1,2})$/.exec(answer.trim()) ?? [];
  const millivolts = Math.round(1000 * Number(digits) * 10 ** -Number(power));
  if (millivolts >= MILLIVOLTS[0] / 2 && millivolts <= 1.1 * MILLIVOLTS[1]) return millivolts;
  const got = `the voltage ${JSON.stringify(answer)}`;
  return fail("METER_MISSING", `--meter ${text}`, got, "volts", "Say it: ?mv=3300.");
}

/** Stretches of amperes as readings of power with their times. */
class Lpm01aSamples {
  readonly #rateHz: number;
  readonly #time: SampleTime;
  #volts: number;
  #stretches: Stretch[] = [];
  #originNs: bigint | null = null;
  #lastNs = Number.NEGATIVE_INFINITY;
  /** of samples that are not delivered */
  #lost: number | null = 0;

  constructor(rateHz: number, volts: number) {
    this.#rateHz = rateHz;
    this.#time = new SampleTime(rateHz);
    this.#volts = volts;
  }

  /** What it measures of its own output. */
  feed(volts: number): void {
    this.#volts = volts;
  }

  take(stretch: Stretch): void {
    this.#stretches.push(stretch);
  }

  /** @param index of the sample that came last */
  arrived(index: number, atNs: bigint): void {
    this.#originNs ??= atNs;
    this.#time.arrived(index, Number(atNs - this.#originNs));
  }

  deliver(queue: SampleQueue): void {
    const originNs = this.#originNs;
    if (originNs === null) return;
    for (const { fromMs, amps, lost } of this.#stretches.splice(0)) {
      const first = Math.round((fromMs * this.#rateHz) / 1000);
      for (const [k, each] of amps.entries()) this.#give(first + k + 1, each, originNs, queue);
      this.#lost = lostTogether(this.#lost, lost);
    }
  }

  #give(index: number, amps: number, originNs: bigint, queue: SampleQueue): void {
    if (amps > MOST_AMPS) {
      this.#lost = lostTogether(this.#lost, 1);
      return;
    }
    // an early burst moves times back; those that were given stand
    this.#lastNs = Math.max(this.#lastNs, this.#time.at(index));
    const tNs = originNs + BigInt(Math.round(this.#lastNs));
    const { volts, lost } = { volts: this.#volts, lost: this.#lost };
    queue.push({ tNs, watts: amps * volts, seconds: 1 / this.#rateHz, volts, amps, lost });
    this.#lost = 0;
  }
}
