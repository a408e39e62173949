/** `run --labels`: a class for each input in turn, or for whole recordings that lie beside the list. */
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../errors.ts";
import { namesBeside } from "../files/label-list.ts";
import { type LabelRow, type Labels, readLabelRows, readLabels } from "../files/labels.ts";
import { sizeOf } from "../files/read-bytes.ts";
import { openPlain } from "../sensors/plain-file.ts";
import { MAGIC } from "../sensors/recording-format.ts";
import { parseUri } from "../uri.ts";
import type { RunOptions } from "./run.ts";

export type ListedRecording = {
  readonly path: string;
  readonly file: string;
  /** its name in classes.txt; null where there is none beside the list */
  readonly name: string | null;
  readonly row: LabelRow;
};

/**
 * @param names of the network's outputs: then the classes of recordings are found by name, else their numbers must be those
 *   of the network
 * @throws INPUT_FORMAT, INPUT_SIZE
 */
export async function labelsFor(
  signal: AbortSignal,
  { labels, input = "" }: RunOptions,
  names: readonly string[] | null,
  classCount: number,
): Promise<Labels | null> {
  if (labels === undefined) return null;
  const uri = parseUri(input);
  const list = uri?.kind === "rec" ? await recordingsOf(labels, signal) : null;
  if (uri === null || list === null) return readLabels(labels, classCount, signal);
  // a row that does not fit is found before the first of several recordings is run
  const classes = list.map((one) => classOf(one, names, classCount));
  const own = classes[list.findIndex(({ path }) => resolve(path) === resolve(uri.rest))];
  if (own === undefined) {
    const got = `no row for ${basename(uri.rest)}`;
    const remedy = "Give a recording of the list, or leave --labels out.";
    fail("INPUT_FORMAT", labels, got, "a row for the recording that is run", remedy);
  }
  return { length: Number.POSITIVE_INFINITY, at: () => own };
}

/** The recordings that a file of labels lists, as `record --label` writes it; null for labels of single samples. */
export async function recordingsOf(
  labels: string | undefined,
  signal: AbortSignal,
): Promise<readonly ListedRecording[] | null> {
  // nothing lies beside a pipe; and what comes out of it, comes once
  if (labels === undefined || (await sizeOf(labels)) === null) return null;
  const rows = await readLabelRows(labels, signal);
  if (rows === null) return null;
  const folder = dirname(labels);
  const [first] = rows;
  if (first === undefined || !(await isRecording(join(folder, first.file)))) return null;
  const names = await namesBeside(labels);
  return rows.map((row) => {
    const name = names?.[row.label] ?? null;
    if (names !== null && name === null) {
      const expected = `a line of classes.txt, which has ${names.length}`;
      fail("INPUT_FORMAT", row.where, `class ${row.label}`, expected, "Complete classes.txt.");
    }
    return { path: join(folder, row.file), file: row.file, name, row };
  });
}

function classOf(
  { name, row: { where, classes, label } }: ListedRecording,
  names: readonly string[] | null,
  classCount: number,
): number {
  if (name !== null && names !== null) {
    const found = names.indexOf(name);
    if (found >= 0) return found;
    const remedy =
      "Correct classes.txt beside it, or name the outputs as there with --classes FILE.";
    const expected = `one of the network's: ${names.join(", ")}`;
    return fail("INPUT_FORMAT", where, `the class ${name}`, expected, remedy);
  }
  if (classes === classCount && label < classCount) return label;
  const remedy = "Name the network's outputs with --classes FILE: then classes are found by name.";
  const got = classes === classCount ? `class ${label}` : `${classes} classes`;
  return fail("INPUT_FORMAT", where, got, `${classCount}, as the network has`, remedy);
}

/** By its name, as it may be gone; or by how it begins. */
async function isRecording(path: string): Promise<boolean> {
  if (/\.rec$/i.test(path)) return true;
  const file = await openPlain(path, path).catch(() => null);
  if (file === null) return false;
  try {
    const start = Buffer.alloc(MAGIC.length);
    await file.read(start, 0, start.length, 0);
    return start.toString("latin1") === MAGIC;
  } finally {
    await file.close();
  }
}
