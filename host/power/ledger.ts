/**
 * The ledger: reads an instrument all the time and cuts windows out of what it says. An instrument that is slow, late or
 * unplugged lowers a window's coverage; it never stands in for another, and never for a constant.
 */
import { fail } from "../errors.ts";
import { pause as pauseInRealTime } from "../lines/index.ts";
import { type Clock, secondsToMilliseconds } from "../units.ts";
import type { Cutter } from "./marker.ts";
import type { Accuracy, EnergyReading, Meter, PowerMeter, StepEnergy } from "./meter.ts";
import { PulseCutter } from "./pulses.ts";
import { Trace } from "./trace.ts";
import { readingOf } from "./window.ts";

/** Resolves after so many milliseconds, or when the signal aborts: passed in, so that tests bring their own time. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** The first reading of a plug in the network may take this long. */
const FIRST_READING_MS = 5000;
/** Readings come this late at most, beside the distance of two of them. */
const LATE_MS = 500;
/** Most instruments keep nothing back. */
const NO_DELAY = 0;
/**
 * A pin tells by itself which readings are a step's: pulses are looked for so far around the window too, where nothing else
 * raises it. So an instrument whose times are late by milliseconds loses no step at the window's end.
 */
const AROUND_NS = 50_000_000n;

/** @param cutter what cuts a window for each step; null: nothing does */
export function meterOf(
  power: PowerMeter,
  clock: Clock,
  pause: Pause = pauseInRealTime,
  cutter: Cutter | null = null,
): Meter {
  const { facts } = power;
  const stream = new Stream(power, cutter instanceof PulseCutter ? cutter : null);
  let startNs: bigint | null = null;

  /** Waits until the stream has reached a moment, has ended, or is later than it may be. */
  const until = async (tNs: bigint, ms: number): Promise<void> => {
    const reached = new AbortController();
    await Promise.race([stream.reached(tNs), pause(ms, reached.signal)]);
    reached.abort();
  };
  /** An instrument that is gone takes nothing of what was done meanwhile: the window keeps its loss. */
  const now = (): { readonly tNs: bigint; readonly loss?: unknown } => {
    try {
      return { tNs: power.readNow?.() ?? clock.nowNs() };
    } catch (loss) {
      return { tNs: clock.nowNs(), loss };
    }
  };
  const accuracyNow = (): Accuracy => {
    const timeSeconds = power.timeSeconds?.();
    return timeSeconds === undefined ? facts.accuracy : { ...facts.accuracy, timeSeconds };
  };
  const stepsIn = (by: Cutter, from: number, to: number, accuracy: Accuracy): StepEnergy =>
    by instanceof PulseCutter
      ? by.cut(from - Number(AROUND_NS), to + Number(AROUND_NS), accuracy)
      : by.cut(stream.trace, from, to, { ...facts, accuracy }, power.skewPpm?.() ?? null);
  return {
    ...facts,
    async start() {
      stream.begin();
      const first = startNs === null;
      now();
      await until(FIRST, FIRST_READING_MS);
      if (stream.latestNs === null) noReading(stream, facts.uri);
      stream.trace.forget();
      cutter?.forget();
      const { tNs, loss } = now();
      if (first && loss !== undefined) throw loss;
      startNs = tNs;
    },
    async stop(): Promise<EnergyReading> {
      const { tNs: endNs, loss = stream.error ?? undefined } = now();
      const { gapSeconds, delaySeconds = NO_DELAY } = facts;
      const lastNs = cutter instanceof PulseCutter ? endNs + AROUND_NS : endNs;
      // where it cannot be read any more, nothing comes that would be worth the wait
      if (loss === undefined) {
        await until(lastNs, LATE_MS + secondsToMilliseconds(gapSeconds + delaySeconds));
      }
      const from = startNs === null ? null : stream.trace.since(startNs);
      const to = stream.trace.since(endNs);
      if (from === null || to === null) return noReading(stream, facts.uri);
      const accuracy = accuracyNow();
      return {
        ...readingOf(stream.trace, from, to, accuracy),
        ...(cutter && { steps: stepsIn(cutter, from, to, accuracy) }),
        ...(loss !== undefined && { loss }),
      };
    },
    async close() {
      await power.close();
    },
  };
}

const FIRST = -(2n ** 62n);

function noReading(stream: Stream, uri: string): never {
  if (stream.error !== null) throw stream.error;
  return fail("METER_MISSING", `--meter ${uri}`, "no reading", "a first reading within 5 s");
}

/** The instrument's readings as they come, and who waits for them. */
class Stream {
  readonly trace: Trace;
  readonly #power: PowerMeter;
  readonly #pulses: PulseCutter | null;
  #begun = false;
  #ended = false;
  latestNs: bigint | null = null;
  error: unknown = null;
  #waiting: { readonly tNs: bigint; readonly resolve: () => void }[] = [];

  constructor(power: PowerMeter, pulses: PulseCutter | null) {
    this.#power = power;
    this.#pulses = pulses;
    this.trace = new Trace(power.facts.gapSeconds);
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#read();
  }

  /** Resolves once a reading of this moment or later has come, or none will. */
  reached(tNs: bigint): Promise<void> {
    if (this.#ended || (this.latestNs !== null && this.latestNs >= tNs)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ tNs, resolve });
    });
  }

  async #read(): Promise<void> {
    try {
      for await (const sample of this.#power.samples()) {
        this.trace.add(sample);
        this.#pulses?.add(sample, this.trace.since(sample.tNs) ?? 0);
        this.latestNs = sample.tNs;
        this.#wake((tNs) => tNs <= sample.tNs);
      }
    } catch (error) {
      this.error = error;
    }
    this.#ended = true;
    this.#wake(() => true);
  }

  #wake(due: (tNs: bigint) => boolean): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter(({ tNs }) => due(tNs));
    this.#waiting = this.#waiting.filter(({ tNs }) => !due(tNs));
    for (const { resolve } of ready) resolve();
  }
}
