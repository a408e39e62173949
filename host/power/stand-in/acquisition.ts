/** What the meter saw, as the monitor says it while it acquires, and as windows with bounds of our own. */
import { fail } from "../../errors.ts";
import { type Clock, nanosecondsToSeconds } from "../../units.ts";
import type { Accuracy, EnergyReading, PowerMeter } from "../meter.ts";
import { meterLost } from "../port.ts";
import { Trace } from "../trace.ts";
import { readingOf } from "../window.ts";
import { MarkEdges, type Pin } from "./edges.ts";
import type { BoardLine } from "./interface.ts";
import { SampleText } from "./samples.ts";

/** Between the last two timestamps of one `infer`. */
export type Window = {
  readonly inferences: number;
  readonly reading: EnergyReading;
};

/** Edges are known this late at most: what was said before them could not be said again. */
const LAG_NS = 100_000_000;
/** Readings that nothing asks for any more. */
const KEEP_NS = 5_000_000_000;
const FIRST_READING_SECONDS = 5;
/** "m-infer-start-NNNN" with its end, and a turn of this program's. */
const LINE_BYTES = 20;
const TURN_SECONDS = 0.004;

export class Acquisition {
  readonly #power: PowerMeter;
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #marks: MarkEdges | null;
  readonly #byLines: boolean;
  readonly #accuracy: Accuracy;
  #text: SampleText | null = null;
  #latestNs: bigint | null = null;
  #marked = false;
  #error: unknown = null;
  #run: { readonly fromNs: bigint; inferences: number; readonly edges: bigint[] } | null = null;

  /** @param bytesPerSecond of the board's line; 0: no time worth counting */
  constructor(power: PowerMeter, pin: Pin, clock: Clock, bytesPerSecond: number) {
    this.#power = power;
    this.#clock = clock;
    this.#trace = new Trace(power.facts.gapSeconds);
    this.#marks = typeof pin === "object" && "mark" in pin ? new MarkEdges(pin.mark) : null;
    this.#byLines = pin === "lines";
    const line = bytesPerSecond > 0 ? LINE_BYTES / bytesPerSecond : 0;
    const { accuracy } = power.facts;
    const late = this.#byLines ? TURN_SECONDS + line : 0;
    // a pin that the meter samples has no time but the meter's own
    const timeSeconds = this.#marks ? 0 : accuracy.timeSeconds + late;
    this.#accuracy = { ...accuracy, timeSeconds };
  }

  /** Reads until the meter is closed. @param failed hears why it ended before */
  read(failed: (error: unknown) => void): void {
    const ended = (error: unknown): void => {
      this.#error = error;
      failed(error);
    };
    this.#readAll().then(
      () =>
        ended(meterLost(this.#power.facts.uri, "the end of its readings", "a meter that goes on")),
      ended,
    );
  }

  async #readAll(): Promise<void> {
    for await (const sample of this.#power.samples()) {
      this.#trace.add(sample);
      this.#latestNs = sample.tNs;
      this.#marked ||= sample.marks !== undefined;
      const edge = this.#marks?.add(sample) ?? null;
      if (edge !== null) this.edge(edge);
    }
  }

  /** @throws what the meter ended with, METER_LOST where it says nothing, USAGE where it has no such pin */
  async firstReading(turn: () => Promise<void>): Promise<void> {
    const fromNs = this.#clock.nowNs();
    while (this.#latestNs === null) {
      if (this.#error !== null) throw this.#error;
      if (nanosecondsToSeconds(this.#clock.nowNs() - fromNs) > FIRST_READING_SECONDS) {
        const { uri } = this.#power.facts;
        throw meterLost(uri, "no reading", `a first reading within ${FIRST_READING_SECONDS} s`);
      }
      await turn();
    }
    if (this.#marks === null || this.#marked) return;
    const expected = "a meter that samples logic inputs: ppk2:PORT";
    fail("USAGE", "--pin", `a pin of ${this.#power.facts.name}, which samples none`, expected);
  }

  get running(): boolean {
    return this.#text !== null;
  }

  start(): void {
    const ns = this.#trace.since(this.#clock.nowNs());
    if (ns !== null) this.#text = new SampleText(this.#trace, ns);
  }

  stop(): void {
    this.#text = null;
  }

  /** A command goes to the board. */
  begin(command: string): void {
    const run = /^(infer|timestamp)\b/.test(command);
    this.#run = run ? { fromNs: this.#clock.nowNs(), inferences: 0, edges: [] } : null;
  }

  /** A line of its answer. */
  line({ text, beganNs, endedNs }: BoardLine, command: string): void {
    const [, inferences] = /^m-infer-start-(\d{1,9})$/.exec(text) ?? [];
    if (inferences !== undefined && this.#run) this.#run.inferences = Number(inferences);
    if (!this.#byLines) return;
    if (inferences !== undefined) this.edge(endedNs);
    const stamped = text === "m-ready" && /^timestamp\b/.test(command);
    if (text === "m-infer-done" || stamped) this.edge(beganNs);
  }

  /** The timestamp pin fell. */
  edge(tNs: bigint): void {
    const ns = this.#trace.since(tNs);
    if (ns === null) return;
    this.#text?.edge(ns);
    this.#run?.edges.push(tNs);
  }

  /** Whether the monitor's lines have reached this moment. */
  said(tNs: bigint): boolean {
    const ns = this.#trace.since(tNs);
    return this.#text === null || (ns !== null && this.#text.saidNs > ns);
  }

  /** What the monitor has to say by now. */
  turn(): string {
    const { nowNs } = this.#clock;
    const keepNs = this.#trace.since((this.#run?.fromNs ?? nowNs()) - BigInt(KEEP_NS));
    if (keepNs !== null) this.#trace.forget(Math.min(keepNs, this.#text?.saidNs ?? keepNs));
    const latest = this.#latestNs === null ? null : this.#trace.since(this.#latestNs);
    const now = this.#trace.since(nowNs());
    if (latest === null || now === null || this.#text === null) return "";
    return this.#text.upTo(Math.min(latest, now - LAG_NS));
  }

  /** Of the run that just ended; null where it had no two timestamps, or nothing was acquired. */
  window(): Window | null {
    const run = this.#run;
    this.#run = null;
    if (run === null || run.edges.length < 2 || run.inferences === 0) return null;
    const edges = [...run.edges].sort((a, b) => Number(a - b));
    const [from, to] = [edges.at(-2), edges.at(-1)].map((tNs) => this.#trace.since(tNs as bigint));
    if (from === null || from === undefined || to === null || to === undefined) return null;
    const reading = readingOf(this.#trace, from, to, this.#accuracy);
    return { inferences: run.inferences, reading };
  }
}
