/**
 * Reads one HDF5 file into a plain tree, in a worker thread: the HDF5 library is C, and a damaged file may trap it, spin
 * it or make it ask for gigabytes. hdf5.ts ends the worker in such a case; the process never notices.
 *
 * Plain JavaScript, because a worker is loaded by Node itself and Node 20 reads no TypeScript.
 */
import { parentPort } from "node:worker_threads";

const MAX_DEPTH = 16;
const MAX_OBJECTS = 20_000;
/** Once decoded, numbers take 8 bytes each: a network of 16 million parameters. */
const MAX_BYTES = 128 * 2 ** 20;
/** Compressed files and fill values grow when they are read; sparse weights in a dense matrix grow by 30 or so. */
const MAX_GROWTH = 64;
const MIN_BYTES = 16 * 2 ** 20;
/** All the library may have, the file aside: room for MAX_BYTES and its own tables. */
const MAX_HEAP_BYTES = 160 * 2 ** 20;
/** A heap never shrinks: a worker that holds more than this is not kept. */
const KEPT_HEAP_BYTES = 64 * 2 ** 20;
/** deflate, shuffle, fletcher32. Others (lzf) are returned undecoded without an error by h5wasm */
const READABLE_FILTERS = new Set([1, 2, 3]);

// The library prints its stack of errors and its last words: the coded error says what matters.
console.log = console.warn = console.error = () => undefined;

// What the library cannot have, its malloc refuses: an HDF5 error instead of a machine that swaps.
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function limited(pages) {
  if (this.buffer.byteLength + pages * 65_536 > MAX_HEAP_BYTES) throw new RangeError("heap limit");
  return grow.call(this, pages);
};

const { Dataset, File, Group, ready } = await import("h5wasm");

/** What stops the reading of one file; becomes a coded error on the other side. */
class Refused extends Error {
  /** @param {string} where @param {string} got @param {string} expected @param {string} [remedy] */
  constructor(where, got, expected, remedy) {
    super(got);
    this.fact = { where, got, expected, remedy };
  }
}

/** @typedef {{ objects: number, bytes: number, buffers: ArrayBuffer[] }} Budget */

/** @param {any} dataset @param {string} path @param {Budget} budget */
function readDataset(dataset, path, budget) {
  const { shape, filters, metadata } = dataset;
  if (!Array.isArray(shape)) throw new Refused(path, "no data", "a dataset with a value");
  const elements = shape.reduce((n, d) => n * d, 1);
  const size = metadata?.size ?? 8;
  if (!(elements >= 0) || !(size >= 0 && size <= 4096)) {
    throw new Refused(path, `shape [${shape}] of ${size}-byte elements`, "a plain dataset");
  }
  budget.bytes -= elements * Math.max(size, 8);
  if (budget.bytes < 0) {
    const most = `at most ${MAX_BYTES >> 20} MiB in all, and ${MAX_GROWTH} times the file`;
    throw new Refused(path, `shape [${shape}] of ${size}-byte elements`, most);
  }
  for (const { id } of filters ?? []) {
    if (READABLE_FILTERS.has(id)) continue;
    const remedy = "Write the file again with compression=None or compression='gzip'.";
    throw new Refused(path, `HDF5 filter ${id}`, "no filter, gzip or shuffle", remedy);
  }
  const dtype = String(dataset.dtype);
  if (/^[AS]\d*$/.test(dtype)) {
    const { value } = dataset;
    const strings = Array.isArray(value) ? value.flat(8).map(String) : [String(value)];
    if (strings.length !== elements) {
      throw new Refused(path, `${strings.length} strings`, `${elements} for shape [${shape}]`);
    }
    return { kind: "strings", shape, strings };
  }
  if (!/^<[fdbBhHiIlLqQ]$/.test(dtype)) {
    const expected = "little-endian integers, float32, float64 or strings";
    throw new Refused(path, `HDF5 type ${dtype}`, expected, "Convert the values to float32.");
  }
  const numbers = toFloat64(dataset.value);
  if (numbers.length !== elements) {
    throw new Refused(path, `${numbers.length} elements`, `${elements} for shape [${shape}]`);
  }
  budget.buffers.push(numbers.buffer);
  return { kind: "numbers", shape, numbers };
}

/** @param {any} value a scalar or a typed array of its own buffer @returns {Float64Array<ArrayBuffer>} */
function toFloat64(value) {
  if (value instanceof Float64Array) return /** @type {Float64Array<ArrayBuffer>} */ (value);
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Float64Array.from(value, Number);
  }
  return ArrayBuffer.isView(value)
    ? new Float64Array(/** @type {any} */ (value))
    : Float64Array.of(Number(value));
}

/** @param {any} group @param {string} path @param {number} depth @param {Budget} budget */
function readGroup(group, path, depth, budget) {
  if (depth > MAX_DEPTH) throw new Refused(path, `${depth} nested groups`, `at most ${MAX_DEPTH}`);
  const children = new Map();
  for (const key of group.keys()) {
    const where = `${path}/${key}`;
    budget.objects -= 1;
    if (budget.objects < 0) throw new Refused(path, "too many objects", `at most ${MAX_OBJECTS}`);
    // no backend may rely on metadata: skipped unread, unless it is the name of a node
    if (key === "metadata" && !path.endsWith("/nodes")) continue;
    const child = group.get(key);
    if (child instanceof Group) children.set(key, readGroup(child, where, depth + 1, budget));
    else if (child instanceof Dataset) children.set(key, readDataset(child, where, budget));
    else throw new Refused(where, "neither a group nor a dataset", "a NIR file");
  }
  return { kind: "group", children };
}

const library = await ready;

/** @param {Uint8Array} bytes @param {Budget} budget */
function readFile(bytes, budget) {
  library.FS.writeFile("/model.nir", bytes, { canOwn: true });
  const file = new File("/model.nir", "r");
  try {
    if (file.file_id === -1n) throw new Refused("file", "no readable superblock", "an HDF5 file");
    return readGroup(file, "", 0, budget);
  } finally {
    if (file.file_id !== -1n) file.close();
    library.FS.unlink("/model.nir");
  }
}

parentPort?.on("message", (/** @type {Uint8Array} */ bytes) => {
  const most = Math.min(MAX_BYTES, Math.max(MIN_BYTES, MAX_GROWTH * bytes.length));
  /** @type {Budget} */
  const budget = { objects: MAX_OBJECTS, bytes: most, buffers: [] };
  try {
    const tree = readFile(bytes, budget);
    const spent = library.HEAPU8.length > KEPT_HEAP_BYTES;
    parentPort?.postMessage({ tree, spent }, budget.buffers);
  } catch (error) {
    const fact =
      error instanceof Refused
        ? error.fact
        : { where: "file", got: `damaged HDF5 (${error})`, expected: "a readable HDF5 file" };
    // after an error inside the library its memory is not to be trusted again
    const spent = !(error instanceof Refused) || library.HEAPU8.length > KEPT_HEAP_BYTES;
    parentPort?.postMessage({ fact, spent });
  }
});
parentPort?.postMessage("ready");
