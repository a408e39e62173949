/** Inputs of a spiking network, step after step: .bin, .npy and .csv rows, seeded noise, silence. Never the whole file in memory. */

import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { mulberry32, subseed } from "../model/random.ts";
import { countCheck, DECLARE, limitOf } from "../module/count-limits.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { elementSource } from "./element-source.ts";
import { elementCount, stepBytes } from "./elements.ts";
import { eventInputs } from "./events-csv.ts";
import { lineBlocks, NUMBER } from "./input.ts";
import { bytesOf, sizeOf } from "./read-bytes.ts";
import { BATCH_BYTES, type StepInputs, type Window } from "./steps.ts";

const CELL_CHARACTERS = 64;
/** Of the steps, an element of noise spikes in so many. */
const NOISE_SHARE = 1 / 50;

/** Raises USAGE, INPUT_FORMAT, INPUT_SIZE, IO. */
export async function openStepInputs(
  path: string,
  tensors: readonly ManifestTensor[],
  window: Window,
): Promise<StepInputs> {
  if (tensors.length === 0) {
    fail("USAGE", "--input", path, "no input: this network has none", "Leave the option out.");
  }
  const lower = path.toLowerCase();
  if (lower.endsWith(".events.csv")) {
    await sizeOf(path); // a missing file or a folder is refused before anything is compiled
    return eventInputs(path, tensors, window);
  }
  if (lower.endsWith(".csv")) {
    await sizeOf(path);
    return csvSteps(path, tensors);
  }
  if (/\.(bin|npy)$/.test(lower)) return binarySteps(path, tensors);
  return fail("INPUT_FORMAT", path, "another extension", ".bin, .npy, .csv or .events.csv");
}

/** Nothing comes in. */
export const silentSteps = (): StepInputs => ({ count: 0, async *batches() {} });

/**
 * Spikes with a probability of 1/50, or values between −1 and 1. Every step has a seed of its own, so that a resumed
 * run hears what an uninterrupted one would have heard.
 */
export function noiseSteps(
  tensors: readonly ManifestTensor[],
  seed: number,
  { firstStep, steps }: Window & { readonly steps: number },
): StepInputs {
  const bytes = stepBytes(tensors);
  return {
    count: steps,
    async *batches() {
      const most = Math.max(1, Math.floor(BATCH_BYTES / bytes));
      for (let done = 0; done < steps; ) {
        const some = Math.min(steps - done, most);
        const batch = new Uint8Array(bytes * some);
        for (let k = 0; k < some; k++) {
          const random = mulberry32(subseed(seed, firstStep + done + k));
          noise(new DataView(batch.buffer, k * bytes, bytes), tensors, random);
        }
        yield { bytes: batch, steps: some, stride: bytes };
        done += some;
      }
    },
  };
}

function noise(row: DataView, tensors: readonly ManifestTensor[], random: () => number): void {
  let at = 0;
  for (const { shape, edge, scale } of tensors) {
    for (let k = elements(shape); k > 0; k--) {
      if (edge === "spike") row.setUint8(at++, random() < NOISE_SHARE ? 1 : 0);
      else {
        row.setInt16(at, saturate(Math.round((2 * random() - 1) / scale)), true);
        at += 2;
      }
    }
  }
}

const saturate = (q: number): number => Math.max(-32768, Math.min(32767, q));

/** u8 counts or i16 little-endian: as the module reads them. */
async function binarySteps(path: string, tensors: readonly ManifestTensor[]): Promise<StepInputs> {
  const bytes = stepBytes(tensors);
  const check = countCheck(tensors);
  const { size, chunks } = await elementSource(path, tensors);
  if (size !== null && (size === 0 || size % bytes !== 0)) wrongSize(path, size, bytes);
  return {
    count: size === null ? null : size / bytes,
    async *batches() {
      let [total, read] = [0, 0];
      let rest = new Uint8Array(0);
      for await (const chunk of chunks()) {
        total += chunk.length;
        rest = new Uint8Array(Buffer.concat([rest, chunk]));
        const steps = Math.floor(rest.length / bytes);
        for (let k = 0; check && k < steps; k++) {
          check(rest.subarray(k * bytes, (k + 1) * bytes), `${path}: row ${read + k + 1}`);
        }
        read += steps;
        if (steps > 0) yield { bytes: rest.subarray(0, steps * bytes), steps, stride: bytes };
        rest = rest.slice(steps * bytes);
      }
      if (rest.length > 0 || total === 0) wrongSize(path, total, bytes);
    },
  };
}

function wrongSize(path: string, got: number, bytes: number): never {
  const expected = `a whole multiple of ${bytes} bytes: a row per step`;
  return fail("INPUT_SIZE", path, `${got} bytes`, expected);
}

/** @param bytes where the text comes from; default: the file */
export function csvSteps(
  path: string,
  tensors: readonly ManifestTensor[],
  bytes: () => AsyncIterable<Uint8Array> = () => bytesOf(path),
): StepInputs {
  const cells = elementCount(tensors);
  const stride = stepBytes(tensors);
  return {
    count: null,
    async *batches() {
      const most = Math.max(1, Math.floor(BATCH_BYTES / stride));
      let number = 0;
      let blank = 0;
      for await (const block of lineBlocks(path, cells * CELL_CHARACTERS + 1024, bytes())) {
        let batch = new Uint8Array(stride * Math.min(most, block.length));
        let steps = 0;
        for (const line of block) {
          number += 1;
          if (line.trim() === "") {
            blank ||= number;
            continue;
          }
          if (blank > 0) fail("INPUT_FORMAT", `${path}: line ${blank}`, "an empty line", "values");
          parseRow(line, tensors, cells, `${path}: line ${number}`, batch, steps * stride);
          steps += 1;
          if (steps * stride < batch.length) continue;
          yield { bytes: batch, steps, stride };
          batch = new Uint8Array(batch.length);
          steps = 0;
        }
        if (steps > 0) yield { bytes: batch, steps, stride };
      }
      if (number === 0 || blank === 1) fail("INPUT_SIZE", path, "0 lines", "a line per step");
    },
  };
}

function parseRow(
  line: string,
  tensors: readonly ManifestTensor[],
  count: number,
  where: string,
  to: Uint8Array,
  start: number,
): void {
  const cells = line.split(",");
  if (cells.length !== count) {
    fail("INPUT_SIZE", where, `${cells.length} values`, `${count} values`);
  }
  const view = new DataView(to.buffer);
  let [k, place] = [0, start];
  for (const tensor of tensors) {
    for (const end = k + elements(tensor.shape); k < end; k++) {
      place += putCell(view, place, at(cells, k).trim(), tensor, `${where}, value ${k + 1}`);
    }
  }
}

/**
 * A real number, or a count of spikes, as the module reads it.
 *
 * @returns bytes written
 * @throws INPUT_FORMAT for what is none, and what is beyond the range
 */
export function putCell(
  to: DataView,
  place: number,
  text: string,
  tensor: ManifestTensor,
  where: string,
): number {
  if (tensor.edge === "spike") {
    to.setUint8(place, spikeCount(text, tensor, where));
    return 1;
  }
  to.setInt16(place, quantised(text, tensor, where), true);
  return 2;
}

function spikeCount(text: string, tensor: ManifestTensor, where: string): number {
  const count = Number(text);
  const most = limitOf(tensor);
  const isCount = NUMBER.test(text) && Number.isInteger(count) && count >= 0;
  if (isCount && count <= most) return count;
  const remedy =
    isCount && count <= 255
      ? DECLARE
      : "Write 0 or 1 per neuron; for real values, use --input-kind values.";
  return fail("INPUT_FORMAT", where, quoted(text), `a count of spikes, 0 to ${most}`, remedy);
}

/** Half away from zero, as everywhere at the edges. */
function quantised(text: string, { scale }: ManifestTensor, where: string): number {
  const real = Number(text);
  if (!NUMBER.test(text) || !Number.isFinite(real)) {
    const remedy = "Write plain decimal numbers, without header and without quotes.";
    return fail("INPUT_FORMAT", where, quoted(text), "a number", remedy);
  }
  const q = Math.sign(real) * Math.round(Math.abs(real) / scale);
  if (q >= -32768 && q <= 32767) return q;
  const range = `${-32768 * scale} to ${32767 * scale}`;
  const remedy = "Scale the input, and the weights behind it.";
  return fail("INPUT_FORMAT", where, quoted(text), `a value from ${range}`, remedy);
}

const quoted = (text: string): string =>
  text === "" ? "an empty cell" : JSON.stringify(text.slice(0, 40));
