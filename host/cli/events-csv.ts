/**
 * .events.csv: `step,index[,count]`, a line per element that spikes. Steps are the network's own, from 0 at its start:
 * a run that resumes at step 500 writes on from 500, and reads on from there.
 */
import { fail } from "../errors.ts";
import type { ManifestTensor } from "../model/manifest.ts";
import { lines } from "./input.ts";
import { elementCount } from "./spiking-ports.ts";
import { BATCH_BYTES, type Batch, type StepInputs, type Window } from "./steps.ts";
import { count as digits } from "./text.ts";

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
  const n = elementCount(tensors);
  return { count: null, batches: () => batches(path, n, window) };
}

/** Events before the first step were heard by the run that this one resumes. */
async function* batches(path: string, n: number, window: Window): AsyncGenerator<Batch> {
  const { firstStep, steps, warn } = window;
  const end = steps === null ? Number.POSITIVE_INFINITY : firstStep + steps;
  const most = Math.max(1, Math.floor(BATCH_BYTES / n));
  let bytes = new Uint8Array(n * most);
  /** of the first row in `bytes` */
  let start = firstStep;
  let last = firstStep - 1;
  let passed = 0;
  for await (const { step, index, count, where } of events(path, n)) {
    if (step < firstStep) {
      passed += 1;
      continue;
    }
    if (step >= end) break;
    if (step >= start + most) {
      if (last >= start) {
        yield { bytes, steps: last + 1 - start, stride: n };
        bytes = new Uint8Array(n * most);
        start = last + 1;
      }
      const gap = step - start;
      if (steps === null && gap > LONGEST_GAP) {
        const got = `${digits(gap)} silent steps before step ${step}`;
        const remedy = "Correct the step, or say with --steps how far to run.";
        fail("INPUT_FORMAT", where, got, `at most ${digits(LONGEST_GAP)}`, remedy);
      }
      if (gap > 0) yield { bytes: new Uint8Array(n), steps: gap, stride: 0 };
      start = step;
    }
    const at = (step - start) * n + index;
    const sum = (bytes[at] ?? 0) + count;
    if (sum > MAX_COUNT) {
      const got = `${sum} spikes of index ${index} in step ${step}`;
      fail("INPUT_FORMAT", where, got, `at most ${MAX_COUNT}`, REMEDY);
    }
    bytes[at] = sum;
    last = step;
  }
  if (passed > 0) {
    warn(`${path}: ${digits(passed)} events before step ${firstStep}, where this run begins`);
  }
  if (last >= start) yield { bytes, steps: last + 1 - start, stride: n };
}

async function* events(
  path: string,
  n: number,
): AsyncGenerator<Event & { readonly where: string }> {
  let number = 0;
  let blank = 0;
  let before = 0;
  for await (const line of lines(path, MAX_LINE)) {
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
