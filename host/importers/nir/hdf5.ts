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

type Fact = { readonly where: string; readonly got: string; readonly expected: string };
type Answer =
  | { readonly tree: Hdf5Group; readonly spent: false }
  | { readonly fact: Fact; readonly spent: boolean };

/** A good file takes 10–60 ms; the library may also spin for ever on a damaged one. */
const TIMEOUT_MS = 10_000;

let idle: Promise<Worker> | null = null;

/** Reads the whole file. Raises MODEL_FORMAT on anything that is not a readable HDF5 file, within TIMEOUT_MS. */
export async function readHdf5(bytes: Uint8Array): Promise<Hdf5Group> {
  const worker = await (idle ?? startWorker());
  idle = null; // one file at a time for each worker
  worker.ref();
  const answer = await ask(worker, bytes);
  worker.unref();
  if (answer === null || answer.spent) void worker.terminate();
  else idle = Promise.resolve(worker);
  if (answer === null) {
    return fail("MODEL_FORMAT", "file", "an HDF5 file that cannot be read", "a NIR file");
  }
  if ("fact" in answer) {
    const { where, got, expected } = answer.fact;
    return fail("MODEL_FORMAT", where, got, expected, "Write the file again with nir.write().");
  }
  return answer.tree;
}

async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL("./hdf5-worker.mjs", import.meta.url), {
    // the library prints its error stack: nobody reads it, the coded error says what matters
    stderr: true,
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.stderr.resume();
  worker.stdout.resume();
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  worker.unref();
  return worker;
}

/** null: the worker died or did not answer in time. */
function ask(worker: Worker, bytes: Uint8Array): Promise<Answer | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(null), TIMEOUT_MS);
    const done = (answer: Answer | null) => {
      clearTimeout(timer);
      worker.removeAllListeners("message");
      worker.removeAllListeners("error");
      worker.removeAllListeners("exit");
      worker.on("error", () => undefined); // a late death after an answer harms nobody
      resolve(answer);
    };
    worker.once("message", (answer: Answer) => done(answer));
    worker.once("error", () => done(null));
    worker.once("exit", () => done(null));
    worker.postMessage(bytes);
  });
}
