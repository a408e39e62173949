/** Rows of tensors as the elements of a .npy file: which type and shape they have, read and written. */
import { open } from "node:fs/promises";
import { fail } from "../errors.ts";
import { elements } from "../model/graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { type AtomicFile, createAtomic, withIo } from "./file.ts";
import {
  MOST_NPY_HEAD_BYTES,
  NPY_ELEMENT_BYTES,
  type NpyElement,
  type NpyHead,
  npyHead,
  readNpyHead,
} from "./npy.ts";
import { fileElement } from "./tensor-values.ts";

/** One inference, or one step. */
export type NpyRow = {
  readonly element: NpyElement;
  readonly shape: readonly number[];
};

export const isNpy = (path: string): boolean => /\.npy$/i.test(path);

/** @returns null where no type of a .npy file holds them all */
export function npyRowOf(tensors: readonly ManifestTensor[]): NpyRow | null {
  const [first, ...others] = tensors;
  if (first === undefined) return null;
  const element = npyElement(first);
  if (element === null || others.some((tensor) => npyElement(tensor) !== element)) return null;
  const all = tensors.reduce((n, { shape }) => n + elements(shape), 0);
  return { element, shape: others.length === 0 ? first.shape : [all] };
}

/** Values and samples are real numbers there, as in csv: the scale of their integers is the network's own. */
function npyElement(tensor: ManifestTensor): NpyElement | null {
  const element = tensor.edge === "value" ? "f32" : fileElement(tensor);
  return element === "i32" ? null : element;
}

/** @throws INPUT_FORMAT where no .npy file can hold the rows */
export function requireNpyRow(path: string, tensors: readonly ManifestTensor[]): NpyRow {
  return npyRowOf(tensors) ?? fail("INPUT_FORMAT", path, ...whatDoesNotFit(tensors));
}

/** What a row holds, what a .npy file can, and what to do. */
export const whatDoesNotFit = (tensors: readonly ManifestTensor[]) =>
  [
    `a .npy file for elements of ${[...new Set(tensors.map(fileElement))].join(" and ")}`,
    "spikes, int8, int16 or real numbers, all of one type",
    "Take a .csv file of real values, or a .bin file of the elements.",
  ] as const;

/** How many rows an array has. @throws INPUT_SIZE for another shape */
export function npyRows(path: string, head: NpyHead, row: NpyRow): number {
  const values = elements(row.shape);
  const count = elements(head.shape);
  const rows = count / values;
  if (count > 0 && Number.isInteger(rows) && fits(axesOf(head.shape), axesOf(row.shape), values)) {
    return rows;
  }
  const expected = `[n, ${row.shape.join(", ")}], or n rows of ${values} elements`;
  const remedy = "Save the array in one of these shapes; `twentywatt inspect` shows the network's.";
  return fail("INPUT_SIZE", path, `shape [${head.shape.join(", ")}]`, expected, remedy);
}

/** Axes of length 1 neither add nor order anything. */
const axesOf = (shape: readonly number[]): readonly number[] => shape.filter((axis) => axis !== 1);

/** One row or many, in its own shape or flat. */
function fits(axes: readonly number[], row: readonly number[], values: number): boolean {
  const same = (some: readonly number[]) =>
    some.join() === row.join() || some.join() === `${values}`;
  return axes.length <= 1 || same(axes) || same(axes.slice(1));
}

/** @throws INPUT_SIZE where a file is not as long as its head says */
function requireBytes(path: string, head: NpyHead, bytes: number): void {
  const expected = elements(head.shape) * NPY_ELEMENT_BYTES[head.element];
  if (bytes === expected) return;
  const remedy = "Write the file again; its head and its elements are not of one array.";
  const says = `${expected}, as its shape [${head.shape.join(", ")}] says`;
  fail("INPUT_SIZE", path, `${bytes} bytes of elements`, says, remedy);
}

/** A file that is there: refused before anything is computed. @param size of the whole file */
export async function inspectNpy(path: string, size: number, row: NpyRow): Promise<NpyHead> {
  return withIo(path, "a readable file", async () => {
    const file = await open(path, "r");
    try {
      const start = new Uint8Array(Math.min(size, MOST_NPY_HEAD_BYTES));
      const { bytesRead } = await file.read(start, 0, start.length, 0);
      const head =
        readNpyHead(path, start.subarray(0, bytesRead), row.element) ?? endsInHead(path, size);
      requireBytes(path, head, size - head.offset);
      return head;
    } finally {
      await file.close();
    }
  });
}

/** The elements' bytes of a file that was read whole. */
export function npyBody(path: string, bytes: Uint8Array, row: NpyRow): Uint8Array {
  const head = readNpyHead(path, bytes, row.element) ?? endsInHead(path, bytes.length);
  requireBytes(path, head, bytes.length - head.offset);
  npyRows(path, head, row);
  return bytes.subarray(head.offset);
}

const endsInHead = (path: string, size: number): never =>
  fail(
    "INPUT_SIZE",
    path,
    `${size} bytes, which end in the head`,
    "a whole .npy file",
    "Write the file again: it ends before its elements begin.",
  );

/** The elements' bytes of a file or a pipe, of which the head is judged when it is there. */
export async function* npyElements(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  row: NpyRow,
): AsyncGenerator<Uint8Array> {
  let head: NpyHead | null = null;
  let start = new Uint8Array(0);
  let bytes = 0;
  for await (const chunk of chunks) {
    let part = chunk;
    if (head === null) {
      start = new Uint8Array(Buffer.concat([start, chunk]));
      head = readNpyHead(path, start, row.element);
      if (head === null) continue;
      npyRows(path, head, row);
      part = start.subarray(head.offset);
    }
    bytes += part.length;
    if (bytes > elements(head.shape) * NPY_ELEMENT_BYTES[head.element]) break;
    if (part.length > 0) yield part;
  }
  if (head === null) return endsInHead(path, start.length);
  requireBytes(path, head, bytes);
}

/**
 * A file whose head says at the end how many rows there are.
 *
 * @throws IO for a pipe or a device, whose beginning cannot be written again
 */
export async function createNpy(path: string, row: NpyRow): Promise<AtomicFile> {
  const file = await createAtomic(path);
  const rowBytes = elements(row.shape) * NPY_ELEMENT_BYTES[row.element];
  let bytes = 0;
  try {
    if (file.writeStart === null) {
      const expected = "a file: a .npy file says at its beginning how long it is";
      fail("IO", path, "a pipe or a device", expected, "Write a .bin or a .csv file.");
    }
    await file.write(npyHead(row.element, row.shape, 0));
  } catch (error) {
    await file.discard();
    throw error;
  }
  return {
    ...file,
    write(part) {
      bytes += part.length;
      return file.write(part);
    },
    async commit() {
      await file.writeStart?.(npyHead(row.element, row.shape, bytes / rowBytes));
      await file.commit();
    },
  };
}
