/** Inputs from files: .bin, .npy and .csv as a stream of module inputs, never the whole file in memory. */
import { fail } from "../errors.ts";
import { mulberry32 } from "../model/random.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";
import { elementSource } from "./element-source.ts";
import { stepBytes } from "./elements.ts";
import { bytesOf, sizeOf } from "./read-bytes.ts";
import { elementTensors, fileBytes, quantise, storeElement } from "./tensor-values.ts";

export type Inputs = {
  /** inferences in the file, where its size tells */
  readonly count: number | null;
  /** whole module inputs, many back to back; each batch is valid until the next is asked for */
  readonly batches: () => AsyncGenerator<Uint8Array>;
};

/** Of one batch: large enough for the disk, small enough to answer SIGINT at once. */
const BATCH_BYTES = 1 << 18;
/** A line holds its values at no more than this many characters each. */
const CELL_CHARACTERS = 64;

const REMEDY =
  "Give a file whose name ends so; `twentywatt run --help` says what each of them holds.";

/** Raises INPUT_FORMAT, INPUT_SIZE, IO. */
export async function openInputs(
  path: string,
  tensors: readonly ManifestTensor[],
): Promise<Inputs> {
  const lower = path.toLowerCase();
  if (lower.endsWith(".events.csv")) {
    return fail(
      "INPUT_FORMAT",
      path,
      "events",
      ".bin, .npy or .csv: a layered network has no spikes",
      REMEDY,
    );
  }
  if (lower.endsWith(".csv")) {
    await sizeOf(path); // a missing file or a folder is refused before anything is compiled
    return csvInputs(path, tensors);
  }
  if (/\.(bin|npy)$/.test(lower)) return binaryInputs(path, tensors);
  return fail("INPUT_FORMAT", path, "another extension", ".bin, .npy or .csv", REMEDY);
}

/** Uniform over the bytes, seeded: to see a network run without any input at hand. */
export function noiseInputs(
  tensors: readonly ManifestTensor[],
  seed: number,
  count: number,
): Inputs {
  const length = stepBytes(tensors);
  return {
    count,
    async *batches() {
      const random = mulberry32(seed);
      const most = Math.max(1, Math.floor(BATCH_BYTES / length));
      for (let left = count; left > 0; ) {
        const batch = new Uint8Array(length * Math.min(left, most));
        for (let k = 0; k < batch.length; k++) batch[k] = Math.floor(random() * 256);
        yield batch;
        left -= batch.length / length;
      }
    },
  };
}

async function binaryInputs(path: string, tensors: readonly ManifestTensor[]): Promise<Inputs> {
  const bytes = fileBytes(tensors);
  const { size, chunks } = await elementSource(path, tensors);
  if (size !== null && (size === 0 || size % bytes !== 0)) wrongSize(path, size, bytes);
  return {
    count: size === null ? null : size / bytes,
    async *batches() {
      const convert = converter(path, tensors);
      let total = 0;
      let rest = new Uint8Array(0);
      for await (const chunk of chunks()) {
        total += chunk.length;
        rest = new Uint8Array(Buffer.concat([rest, chunk]));
        const whole = rest.length - (rest.length % bytes);
        for (let at = 0; at < whole; ) {
          const length = Math.max(bytes, Math.min(whole - at, BATCH_BYTES - (BATCH_BYTES % bytes)));
          yield convert(rest.subarray(at, at + length));
          at += length;
        }
        rest = rest.slice(whole);
      }
      if (rest.length > 0 || total === 0) wrongSize(path, total, bytes);
    },
  };
}

function wrongSize(path: string, got: number, bytes: number): never {
  return fail("INPUT_SIZE", path, `${got} bytes`, `a whole multiple of ${bytes} bytes`);
}

/** The file's elements → module bytes. Integers and samples pass untouched. */
function converter(
  path: string,
  tensors: readonly ManifestTensor[],
): (bytes: Uint8Array) => Uint8Array {
  if (tensors.every(({ edge }) => edge !== "f32")) return (bytes) => bytes;
  const perElement = elementTensors(tensors);
  const held = perElement.reduce((n, { dtype }) => n + ELEMENT_BYTES[dtype], 0);
  let inference = 0;
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const inferences = bytes.length / fileBytes(tensors);
    const out = new DataView(new ArrayBuffer(inferences * held));
    for (let k = 0, at = 0, to = 0; k < inferences * perElement.length; k++) {
      const element = k % perElement.length;
      const tensor = perElement[element] as ManifestTensor;
      const width = ELEMENT_BYTES[tensor.dtype];
      if (tensor.edge !== "f32") {
        for (let end = at + width; at < end; ) out.setUint8(to++, view.getUint8(at++));
        continue;
      }
      const real = view.getFloat32(at, true);
      at += 4;
      if (!Number.isFinite(real)) {
        const where = `${path}: inference ${inference + Math.floor(k / perElement.length)}`;
        fail("INPUT_FORMAT", `${where}, value ${element}`, `${real}`, "a finite number");
      }
      storeElement(out, to, tensor, quantise(real, tensor));
      to += width;
    }
    inference += inferences;
    return new Uint8Array(out.buffer);
  };
}

/** @param bytes where the text comes from; default: the file */
export function csvInputs(
  path: string,
  tensors: readonly ManifestTensor[],
  bytes: () => AsyncIterable<Uint8Array> = () => bytesOf(path),
): Inputs {
  const perElement = elementTensors(tensors);
  return {
    count: null,
    async *batches() {
      let number = 0;
      let blank = 0;
      for await (const line of lines(path, perElement.length * CELL_CHARACTERS + 1024, bytes())) {
        number += 1;
        if (line.trim() === "") {
          blank ||= number;
          continue;
        }
        if (blank > 0) fail("INPUT_FORMAT", `${path}: line ${blank}`, "an empty line", "values");
        yield row(path, number, line, perElement);
      }
      if (number === 0 || blank === 1) fail("INPUT_SIZE", path, "0 lines", "a line per inference");
    },
  };
}

export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function row(
  path: string,
  number: number,
  line: string,
  perElement: readonly ManifestTensor[],
): Uint8Array {
  const cells = line.split(",");
  if (cells.length !== perElement.length) {
    const [got, expected] = [`${cells.length} values`, `${perElement.length} values`];
    fail("INPUT_SIZE", `${path}: line ${number}`, got, expected);
  }
  const held = perElement.reduce((n, { dtype }) => n + ELEMENT_BYTES[dtype], 0);
  const out = new DataView(new ArrayBuffer(held));
  let to = 0;
  cells.forEach((cell, k) => {
    const text = cell.trim();
    const real = Number(text);
    if (!NUMBER.test(text) || !Number.isFinite(real)) {
      const got = text === "" ? "an empty cell" : JSON.stringify(text.slice(0, 40));
      const remedy = "Write plain decimal numbers, without header and without quotes.";
      fail("INPUT_FORMAT", `${path}: line ${number}, value ${k + 1}`, got, "a number", remedy);
    }
    const tensor = perElement[k] as ManifestTensor;
    storeElement(out, to, tensor, quantise(real, tensor));
    to += ELEMENT_BYTES[tensor.dtype];
  });
  return new Uint8Array(out.buffer);
}

/** Lines without their ends (\n or \r\n), without a byte order mark; an unending line is refused. */
export async function* lines(
  path: string,
  maxLength: number,
  bytes: AsyncIterable<Uint8Array> = bytesOf(path),
): AsyncGenerator<string> {
  for await (const block of lineBlocks(path, maxLength, bytes)) yield* block;
}

const MOST_BLANK = 2 ** 20;

/** The lines that came together: what a pipe has brought need not wait for more. */
export async function* lineBlocks(
  path: string,
  maxLength: number,
  bytes: AsyncIterable<Uint8Array> = bytesOf(path),
): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  let blank = 0;
  const tooLong = () =>
    fail("INPUT_FORMAT", path, `a line of more than ${maxLength} characters`, "shorter lines");
  for await (const chunk of bytes) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > maxLength || parts.some((part) => part.length > maxLength)) tooLong();
    const whole = parts.map((part) => (part.endsWith("\r") ? part.slice(0, -1) : part));
    const last = whole.findLastIndex((line) => line.trim() !== "");
    blank = last < 0 ? blank + whole.length : whole.length - 1 - last;
    // at the end of a file they say nothing: a pipe that brings no more than them has no end
    if (blank > MOST_BLANK) {
      fail("INPUT_FORMAT", path, `more than ${MOST_BLANK} empty lines`, "lines with values");
    }
    yield whole;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
