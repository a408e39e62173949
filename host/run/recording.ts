/** --record NODE.what=FILE: spikes as events, potentials and currents as a line of csv per step. */
import { type Problem, TwentyWattError } from "../errors.ts";
import { eventLines } from "../files/events-csv.ts";
import { openStepFile, type StepFile } from "../files/step-file.ts";
import { at } from "../model/at.ts";
import type { MemoryEntry } from "../module/manifest.ts";
import type { MaybePromise, Session } from "../runtime/index.ts";
import {
  numbersOf,
  type Observable,
  observables,
  parseRequest,
  type Request,
} from "./observables.ts";

/** Raises USAGE with everything there is to record, before anything is computed. */
export function recordRequests(
  texts: readonly string[] | undefined,
  memory: readonly MemoryEntry[],
): readonly Request[] {
  if (texts === undefined) return [];
  const problems: Problem[] = [];
  const known = observables(memory);
  const requests = texts.flatMap((text) => parseRequest(text, known, problems) ?? []);
  if (problems.length > 0) throw new TwentyWattError(problems);
  return requests;
}

export type Recording = {
  /** after every step of the module; a promise only where something has to be waited for */
  readonly record: (session: Session, step: number) => Promise<void> | null;
  readonly commit: () => Promise<void>;
  readonly discard: () => Promise<void>;
};

export async function openRecordings(requests: readonly Request[]): Promise<readonly Recording[]> {
  const open: Recording[] = [];
  try {
    for (const { path, observable } of requests) {
      open.push(recording(await openStepFile(path), observable));
    }
  } catch (error) {
    for (const one of open) await one.discard();
    throw error;
  }
  return open;
}

function recording(file: StepFile, observable: Observable): Recording {
  const { steps = 1 } = observable;
  const one = (bytes: readonly Uint8Array[], step: number): string =>
    observable.form === "events"
      ? eventLines(step, at(bytes, 0))
      : `${sums(observable, bytes).join(",")}\n`;
  const line = (bytes: readonly Uint8Array[], step: number): string =>
    Array.from({ length: steps }, (_, k) =>
      one(
        bytes.map((all) => partOf(all, k, steps)),
        step * steps + k,
      ),
    ).join("");
  return {
    record(session, step) {
      const read = readEntries(session, observable);
      return read instanceof Promise
        ? read.then((bytes) => file.add(line(bytes, step)) ?? undefined)
        : file.add(line(read, step));
    },
    commit: file.commit,
    discard: file.discard,
  };
}

/** Of several equal parts the k-th. */
const partOf = (bytes: Uint8Array, k: number, parts: number): Uint8Array =>
  bytes.subarray((k * bytes.length) / parts, ((k + 1) * bytes.length) / parts);

/** The bytes of every entry, at once where the target answers at once. */
export function readEntries(
  session: Session,
  { entries }: Observable,
): MaybePromise<readonly Uint8Array[]> {
  const parts = entries.map(({ ptr, len }) => session.read(ptr, len));
  const ready = (part: MaybePromise<Uint8Array>): part is Uint8Array => !(part instanceof Promise);
  return parts.every(ready) ? parts : Promise.all(parts);
}

/** Values in the file's units, neuron by neuron; the sum where several currents flow into one. */
export function sums(
  { entries, form }: Observable,
  bytes: readonly Uint8Array[],
): Float64Array | Uint8Array {
  const first = at(bytes, 0);
  if (form === "events") return first;
  const total = numbersOf(at(entries, 0), first);
  for (let k = 1; k < bytes.length; k++) {
    numbersOf(at(entries, k), at(bytes, k)).forEach((value, j) => {
      total[j] = at(total, j) + value;
    });
  }
  return total;
}
