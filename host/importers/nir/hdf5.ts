/** HDF5 bytes → a plain tree. Loads the HDF5 library only when a .nir file is read, and keeps it in a worker. */
import { Worker } from "node:worker_threads";
import { fail } from "../../errors.ts";

export type Hdf5Group = { readonly kind: "group"; readonly children: ReadonlyMap<string, Hdf5> };
export type Hdf5Numbers = {
  readonly kind: "numbers";
  readonly shape: readonly number[];
  /** int64 values are exact below 2^53; NIR's are sizes */
  readonly numbers: Float64Array;
};
export type Hdf5Strings = {
  readonly kind: "strings";
  readonly shape: readonly number[];
  readonly strings: readonly string[];
};
export type Hdf5 = Hdf5Group | Hdf5Numbers | Hdf5Strings;

type Fact = {
  readonly where: string;
  readonly got: string;
  readonly expected: string;
  readonly remedy?: string;
};
type Answer =
  | { readonly tree: Hdf5Group; readonly spent: boolean }
  | { readonly fact: Fact; readonly spent: boolean };

/** A good file takes 10–60 ms and a few for each megabyte; on a damaged one the library may spin for ever. */
const PATIENCE_MS = 5000;
const PATIENCE_MS_PER_MIB = 1000;

/** A worker that waits for its next file, and the file that has its turn: one at a time. */
let idle: Worker | null = null;
let turn: Promise<unknown> = Promise.resolve();

/** Reads the whole file. Raises MODEL_FORMAT on anything that is not a readable HDF5 file, in bounded time and memory. */
export function readHdf5(bytes: Uint8Array): Promise<Hdf5Group> {
  const mine = turn.then(() => readNow(bytes));
  turn = mine.catch(() => undefined);
  return mine;
}

async function readNow(bytes: Uint8Array): Promise<Hdf5Group> {
  const worker = idle ?? (await startWorker());
  idle = null;
  worker.ref(); // the process waits for an answer, and only for that
  const answer = await ask(worker, bytes);
  worker.unref();
  if (answer === null || answer.spent) void worker.terminate();
  else idle = worker;
  if (answer === null) {
    return fail("MODEL_FORMAT", "file", "an HDF5 file that cannot be read", "a NIR file", REWRITE);
  }
  if ("fact" in answer) {
    const { where, got, expected, remedy = REWRITE } = answer.fact;
    return fail("MODEL_FORMAT", where, got, expected, remedy);
  }
  return answer.tree;
}

const REWRITE = "Write the file again with nir.write().";

/** Its streams are kept from the terminal and never read: reading would keep the process alive. */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL("./hdf5-worker.mjs", import.meta.url), {
    stderr: true,
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the HDF5 reader ended before it began")));
  });
  quiet(worker);
  return worker;
}

/** A worker needs listeners of its own: only those added here are removed. */
function quiet(worker: Worker): void {
  for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
}

/** null: the worker died or did not answer in time. */
function ask(worker: Worker, bytes: Uint8Array): Promise<Answer | null> {
  return new Promise((resolve) => {
    const patienceMs = PATIENCE_MS + (PATIENCE_MS_PER_MIB * bytes.length) / 2 ** 20;
    const timer = setTimeout(() => done(null), patienceMs);
    const done = (answer: Answer | null) => {
      clearTimeout(timer);
      quiet(worker);
      worker.on("error", () => undefined); // a late death after an answer harms nobody
      worker.once("exit", () => {
        if (idle === worker) idle = null;
      });
      resolve(answer);
    };
    worker.once("message", done);
    worker.once("error", () => done(null));
    worker.once("exit", () => done(null));
    worker.postMessage(bytes);
  });
}
