/**
 * .events.csv: `step,index[,count]`, a line per element that spikes. Steps are the network's own, from 0 at its start:
 * a run that resumes at step 500 writes on from 500, and reads on from there.
 */

import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { DECLARE, limitOf } from "../module/count-limits.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { count as digits } from "../text.ts";
import { lineBlocks } from "./input.ts";
import { BATCH_BYTES, type Batch, type StepInputs, type Window } from "./steps.ts";

const MAX_LINE = 256;
const EVENT = /^\s*(\d{1,15})\s*,\s*(\d{1,15})\s*(?:,\s*(\d{1,15})\s*)?$/;
const MAX_COUNT = 255;
/** Silent steps between two events that need no --steps: a typing error should not run for a day. */
const LONGEST_GAP = 100_000_000;

const REMEDY = "Write step,index or step,index,count: whole numbers, steps in order, no header.";

type Event = { readonly step: number; readonly index: number; readonly count: number };

/** Raises USAGE where the network takes values. */
export function eventInputs(
  path: string,
  tensors: readonly ManifestTensor[],
  window: Window,
): StepInputs {
  if (tensors.some(({ edge }) => edge !== "spike")) {
    const remedy = "Give real values as .csv or i16 as .bin.";
    fail("INPUT_FORMAT", path, "events", "values: the network was built so", remedy);
  }
  const limits = tensors.flatMap((tensor) =>
    Array.from({ length: elements(tensor.shape) }, () => limitOf(tensor)),
  );
  return { count: null, batches: () => batches(path, limits, window) };
}

/** Events before the first step were heard by the run that this one resumes. */
async function* batches(
  path: string,
  /** by element */
  limits: readonly number[],
  window: Window,
): AsyncGenerator<Batch> {
  const n = limits.length;
  const { firstStep, steps, warn } = window;
  const end = steps === null ? Number.POSITIVE_INFINITY : firstStep + steps;
  const rows = new Rows(n, firstStep);
  let passed = 0;
  let over = false;
  for await (const block of events(path, n)) {
    for (const { step, index, count, where } of block) {
      if (step < firstStep) {
        passed += 1;
        continue;
      }
      over = step >= end;
      if (over) break;
      if (!rows.holds(step)) {
        yield* rows.upTo(step);
        const gap = step - rows.start;
        if (steps === null && gap > LONGEST_GAP) {
          const got = `${digits(gap)} silent steps before step ${step}`;
          const remedy = "Correct the step, or say with --steps how far to run.";
          fail("INPUT_FORMAT", where, got, `at most ${digits(LONGEST_GAP)}`, remedy);
        }
        yield* rows.silence(step);
      }
      const sum = rows.add(step, index, count);
      const most = at(limits, index);
      if (sum > most) {
        const got = `${sum} spikes of index ${index} in step ${step}`;
        fail("INPUT_FORMAT", where, got, `at most ${most}`, most < MAX_COUNT ? DECLARE : REMEDY);
      }
    }
    if (over) break;
    // of the last step more may come
    yield* rows.upTo(rows.last);
  }
  if (passed > 0) {
    warn(`${path}: ${digits(passed)} events before step ${firstStep}, where this run begins`);
  }
  yield* rows.upTo(rows.last + 1);
}

/** Steps that follow each other, as rows of counts. */
class Rows {
  /** of the first row */
  start: number;
  /** with an event */
  last: number;
  readonly #n: number;
  readonly #most: number;
  #bytes: Uint8Array;

  constructor(n: number, start: number) {
    this.#n = n;
    this.#most = Math.max(1, Math.floor(BATCH_BYTES / n));
    this.#bytes = new Uint8Array(n * this.#most);
    this.start = start;
    this.last = start - 1;
  }

  holds(step: number): boolean {
    return step < this.start + this.#most;
  }

  /** @returns spikes of this element in this step so far; the row is only valid up to 255 */
  add(step: number, index: number, count: number): number {
    const place = (step - this.start) * this.#n + index;
    const sum = at(this.#bytes, place) + count;
    this.#bytes[place] = sum;
    this.last = step;
    return sum;
  }

  /** The rows before a step that had events in them or after them; later ones stay. */
  *upTo(step: number): Generator<Batch> {
    const steps = Math.min(step, this.last + 1) - this.start;
    if (steps <= 0) return;
    const bytes = this.#bytes;
    this.#bytes = new Uint8Array(bytes.length);
    this.#bytes.set(bytes.subarray(steps * this.#n));
    this.start += steps;
    yield { bytes, steps, stride: this.#n };
  }

  /** Empty steps before one. */
  *silence(step: number): Generator<Batch> {
    const steps = step - this.start;
    if (steps <= 0) return;
    this.start = step;
    this.last = step - 1;
    yield { bytes: new Uint8Array(this.#n), steps, stride: 0 };
  }
}

/** Those of the lines that came together. */
async function* events(
  path: string,
  n: number,
): AsyncGenerator<Iterable<Event & { readonly where: string }>> {
  let number = 0;
  let blank = 0;
  let before = 0;
  function* parsed(block: readonly string[]): Generator<Event & { readonly where: string }> {
    for (const line of block) {
      number += 1;
      const where = `${path}: line ${number}`;
      if (line.trim() === "") {
        blank ||= number;
        continue;
      }
      if (blank > 0) fail("INPUT_FORMAT", `${path}: line ${blank}`, "an empty line", "an event");
      const event = parse(line, where);
      const { step, index } = event;
      if (step < before) {
        fail("INPUT_FORMAT", where, `step ${step} after step ${before}`, "steps in order", REMEDY);
      }
      if (index >= n) {
        const expected = n === 1 ? "index 0: the input has one element" : `0 to ${n - 1}`;
        fail("INPUT_FORMAT", where, `index ${index}`, expected, REMEDY);
      }
      before = step;
      yield { ...event, where };
    }
  }
  for await (const block of lineBlocks(path, MAX_LINE)) yield parsed(block);
}

function parse(line: string, where: string): Event {
  const [, step, index, count] = EVENT.exec(line) ?? [];
  if (step === undefined) {
    const got = JSON.stringify(line.slice(0, 40));
    return fail("INPUT_FORMAT", where, got, "step,index or step,index,count", REMEDY);
  }
  const spikes = count === undefined ? 1 : Number(count);
  if (spikes > MAX_COUNT) fail("INPUT_FORMAT", where, `count ${count}`, "0 to 255", REMEDY);
  return { step: Number(step), index: Number(index), count: spikes };
}

/** The lines of one step; nothing where nothing spiked. */
export function eventLines(step: number, counts: Uint8Array): string {
  let text = "";
  for (let k = 0; k < counts.length; k++) {
    const spikes = counts[k] as number;
    if (spikes > 0) text += spikes === 1 ? `${step},${k}\n` : `${step},${k},${spikes}\n`;
  }
  return text;
}
