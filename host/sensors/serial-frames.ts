/**
 * Frames of samples from a port (sample-frame.ts). A frame that is damaged is dropped; the number of the next one says how
 * many samples went with it.
 */
import { fail, type Problem, problem } from "../errors.ts";
import { DeviceClock, FrameReceiver } from "../lines/index.ts";
import { plural } from "../text.ts";
import { type Clock, secondsToNanoseconds } from "../units.ts";
import { unitOfEach } from "./channel-units.ts";
import { readSampleFrame, SAMPLES, type SampleFrame } from "./sample-frame.ts";
import { type Block, lostAt } from "./sensor.ts";
import type { Deliver, Known, SerialSource, Wanted } from "./serial-source.ts";

/** Of 32 bits each in their sums: chance does not make two. */
const FRAMES_TO_KNOW = 2;
const MICROSECOND_NS = 1000;
/** A number that is further ahead is behind: the device started anew. */
const HALF_CIRCLE = 2 ** 31;

type Arrived = { readonly frame: SampleFrame; readonly atNs: bigint };

export class FrameSource implements SerialSource {
  known: Known | null = null;
  readonly #uri: string;
  readonly #wanted: Wanted;
  readonly #receiver: FrameReceiver;
  readonly #clock = new DeviceClock(MICROSECOND_NS);
  #arrived: Arrived[] = [];
  #atNs = 0n;
  /** of the frame that all others must be like */
  #first: SampleFrame | null = null;
  #last: { readonly number: number; readonly samples: number } | null = null;
  /** about so many, where numbers do not say it */
  #guessed = 0;
  /** samples that were no numbers, since the last one that was */
  #unreadable = 0;
  /** frames with a good sum that hold something else */
  #foreign = 0;

  constructor(uri: string, wanted: Wanted, clock: Clock) {
    this.#uri = uri;
    this.#wanted = wanted;
    const frame = ({ type, payload }: { readonly type: number; readonly payload: Uint8Array }) => {
      const read = type === SAMPLES ? readSampleFrame(payload) : null;
      if (read) this.#arrived.push({ frame: read, atNs: this.#atNs });
      else this.#foreign += 1;
    };
    this.#receiver = new FrameReceiver(clock, { frame, text: () => {} });
  }

  get claims(): boolean {
    return this.#first !== null || this.#arrived.length >= FRAMES_TO_KNOW;
  }

  push(bytes: Uint8Array, atNs: bigint, deliver: Deliver): void {
    this.#atNs = atNs;
    this.#receiver.push(bytes);
    if (this.known || this.#arrived.length >= FRAMES_TO_KNOW) this.#take(deliver);
  }

  lose(samples: number): void {
    this.#guessed += samples;
  }

  torn(): void {
    this.#receiver.reset();
  }

  giveUp(deliver: Deliver): Problem | null {
    // the sum of one is good enough where nothing else is left to believe
    if (this.#arrived.length > 0) {
      this.#take(deliver);
      return null;
    }
    const others = this.#foreign > 0 ? [`${plural(this.#foreign, "frame")} of something else`] : [];
    const { bad } = this.#receiver;
    const damaged = bad > 0 ? [`${plural(bad, "damaged frame")}`] : [];
    const got = [...others, ...damaged].join(" and ") || "no frame";
    const remedy =
      "Check the baud rate, serial:PORT@BAUD, and the frames against host/sensors/README.md.";
    return problem("SENSOR_MISSING", this.#uri, got, "frames of samples", remedy);
  }

  rest(atNs: bigint, deliver: Deliver): void {
    const missing = this.#unreadable + this.#guessed;
    const channels = this.#first?.channels;
    if (missing > 0 && channels !== undefined) deliver(lostAt(atNs, missing, channels));
  }

  damage(): string | null {
    const { bad } = this.#receiver;
    return bad === 0 ? null : plural(bad, "damaged frame");
  }

  #take(deliver: Deliver): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const { frame, atNs } of arrived) {
      for (const block of this.#blocks(frame, atNs)) deliver(block);
    }
  }

  #blocks(frame: SampleFrame, atNs: bigint): Block[] {
    this.#learn(frame);
    const samples = frame.values.length / frame.channels;
    const last = this.#last;
    if (last?.number === frame.number) return []; // the same one again
    const ahead = last === null ? null : (frame.number - last.number - last.samples) >>> 0;
    const known = ahead !== null && ahead < HALF_CIRCLE;
    this.#last = { number: frame.number, samples };
    const rateHz = this.known?.description.sampleRateHz ?? null;
    const durationNs =
      rateHz === null || samples === 1 ? 0n : secondsToNanoseconds((samples - 1) / rateHz);
    const startNs = this.#clock.hostNs(frame.time, atNs) - durationNs;
    const missing = this.#unreadable + (known ? ahead : this.#guessed);
    this.#unreadable = 0;
    this.#guessed = 0;
    return this.#finite(frame, startNs, missing, rateHz);
  }

  /** Blocks between the samples that are no numbers, which are lost. */
  #finite(frame: SampleFrame, startNs: bigint, missing: number, rateHz: number | null): Block[] {
    const { values, channels } = frame;
    const blocks: Block[] = [];
    let lostBefore = missing;
    for (let from = 0; from < values.length; ) {
      let to = from;
      while (to < values.length && values.subarray(to, to + channels).every(Number.isFinite)) {
        to += channels;
      }
      if (to > from) {
        const since = rateHz === null ? 0n : secondsToNanoseconds(from / channels / rateHz);
        const part = values.subarray(from, to);
        blocks.push({ timeNs: startNs + since, values: part, channels, lostBefore });
        lostBefore = 0;
      }
      if (to < values.length) lostBefore += 1;
      from = to + channels;
    }
    this.#unreadable = lostBefore;
    return blocks;
  }

  /** The first frame says what it is; the others must agree. */
  #learn(frame: SampleFrame): void {
    const first = this.#first;
    const { channels, form, rateHz } = frame;
    if (first === null) {
      const units = unitOfEach(this.#uri, this.#wanted.unit, channels);
      const names = units.map((unit, k) => ({ name: `c${k}`, unit }));
      const of = plural(channels, "channel");
      this.#first = frame;
      this.known = {
        description: { channels: names, sampleRateHz: this.#wanted.rateHz ?? rateHz },
        evidence: `frames of samples, whole by their sums (${of} of ${form})`,
        timing: "times of the device, losses by the numbers of samples",
      };
    } else if (channels !== first.channels || rateHz !== first.rateHz) {
      const text = ({ channels: n, rateHz: r }: SampleFrame) =>
        `${plural(n, "channel")}${r === null ? "" : ` at ${r} Hz`}`;
      const remedy = "Open it again; one run takes one set of channels.";
      fail("SENSOR_LOST", this.#uri, `frames of ${text(frame)}`, text(first), remedy);
    }
  }
}
