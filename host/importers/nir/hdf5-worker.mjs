/**
 * Reads one HDF5 file into a plain tree, in a worker thread: the HDF5 library is C, and a damaged file may trap it, spin
 * it or make it ask for gigabytes. hdf5.ts ends the worker in such a case; the process never notices.
 *
 * Plain JavaScript, because a worker is loaded by Node itself and Node 20 reads no TypeScript.
 */
import { parentPort } from "node:worker_threads";
import { Dataset, File, Group, ready } from "h5wasm";

const MAX_DEPTH = 16;
const MAX_OBJECTS = 20_000;
const MAX_BYTES = 128 * 2 ** 20;
/** deflate, shuffle, fletcher32. Others (lzf) are returned undecoded without an error by h5wasm */
const READABLE_FILTERS = new Set([1, 2, 3]);

/** What stops the reading of one file; becomes a coded error on the other side. */
class Refused extends Error {
  /** @param {string} where @param {string} got @param {string} expected */
  constructor(where, got, expected) {
    super(got);
    this.fact = { where, got, expected };
  }
}

/** @param {any} dataset @param {string} path @param {{ objects: number, bytes: number }} budget */
function readDataset(dataset, path, budget) {
  const shape = dataset.shape ?? [];
  const elements = shape.reduce((/** @type {number} */ n, /** @type {number} */ d) => n * d, 1);
  const size = dataset.metadata?.size ?? 8;
  if (!(elements >= 0) || !(size >= 0 && size <= 4096)) {
    throw new Refused(path, `shape [${shape}] of ${size}-byte elements`, "a plain dataset");
  }
  budget.bytes -= elements * Math.max(size, 8);
  if (budget.bytes < 0) throw new Refused(path, `shape [${shape}]`, "a file of at most 128 MiB");
  for (const filter of dataset.filters ?? []) {
    if (!READABLE_FILTERS.has(filter.id)) {
      throw new Refused(path, `HDF5 filter ${filter.id}`, "no filter, gzip or shuffle");
    }
  }
  const dtype = String(dataset.dtype);
  if (dtype === "S" || dtype.includes("S")) {
    const value = dataset.value;
    const strings = typeof value === "string" ? [value] : Array.isArray(value) ? value.flat(8) : [];
    return { kind: "strings", shape, strings: strings.map(String) };
  }
  if (!/^[<>|]?[fdbBhHiIlLqQ]$/.test(dtype)) {
    throw new Refused(path, `HDF5 type ${dtype}`, "integers, float32, float64 or strings");
  }
  const value = dataset.value;
  const flat = typeof value === "object" && value !== null ? value : [value];
  const numbers = Float64Array.from(flat, Number);
  if (numbers.length !== elements) {
    throw new Refused(path, `${numbers.length} elements`, `${elements} for shape [${shape}]`);
  }
  return { kind: "numbers", shape, numbers };
}

/** @param {any} group @param {string} path @param {number} depth @param {{ objects: number, bytes: number }} budget */
function readGroup(group, path, depth, budget) {
  if (depth > MAX_DEPTH) throw new Refused(path, `${depth} nested groups`, `at most ${MAX_DEPTH}`);
  const children = new Map();
  for (const key of group.keys()) {
    const where = `${path}/${key}`;
    budget.objects -= 1;
    if (budget.objects < 0) throw new Refused(path, "too many objects", `at most ${MAX_OBJECTS}`);
    const child = group.get(key);
    if (child instanceof Group) {
      // no backend may rely on metadata: skipped unread
      if (key !== "metadata") children.set(key, readGroup(child, where, depth + 1, budget));
    } else if (child instanceof Dataset) children.set(key, readDataset(child, where, budget));
    else throw new Refused(where, "neither a group nor a dataset", "a NIR file");
  }
  return { kind: "group", children };
}

const { FS } = await ready;

parentPort?.on("message", (/** @type {Uint8Array} */ bytes) => {
  let answer;
  try {
    FS.writeFile("/model.nir", bytes);
    const file = new File("/model.nir", "r");
    if (file.file_id === -1n) throw new Refused("file", "no HDF5 superblock", "an HDF5 file");
    try {
      const budget = { objects: MAX_OBJECTS, bytes: MAX_BYTES };
      answer = { tree: readGroup(file, "", 0, budget), spent: false };
    } finally {
      file.close();
    }
  } catch (error) {
    const fact =
      error instanceof Refused
        ? error.fact
        : { where: "file", got: `damaged HDF5 (${error})`, expected: "a readable HDF5 file" };
    // after a trap inside the library its memory is not to be trusted again
    answer = { fact, spent: !(error instanceof Refused) };
  }
  parentPort?.postMessage(answer);
});
parentPort?.postMessage("ready");
