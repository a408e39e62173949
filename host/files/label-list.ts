/**
 * Labels of recordings, beside them in their folder: classes.txt with a name on each line, and labels.csv with a row
 * `file,classes,class` for each recording, the form that `run --labels` reads.
 */
import { basename, dirname, join } from "node:path";
import { fail } from "../errors.ts";
import { statOrNull, writeAtomic } from "./file.ts";
import { type LabelRow, readLabelRows, readNames } from "./labels.ts";

const inFolderOf = (file: string, name: string): string => join(dirname(file), name);

/** The names of classes.txt beside a file; null where there is none. */
export async function namesBeside(file: string): Promise<readonly string[] | null> {
  const path = inFolderOf(file, "classes.txt");
  return (await isThere(path)) ? readNames(path) : null;
}

/** A pipe or a device would be waited for, and could not be written again. */
async function isThere(path: string): Promise<boolean> {
  const found = await statOrNull(path);
  if (found !== null && !found.isFile()) {
    fail("IO", path, "a pipe, a device or a folder", "a file", "Remove it, or record elsewhere.");
  }
  return found !== null;
}

type LabelList = { readonly classes: readonly string[]; readonly rows: readonly LabelRow[] };

/**
 * What a recording's label is added to.
 *
 * @throws USAGE for what cannot stand in it; INPUT_FORMAT, IO where what is there is no such list, or cannot be read
 */
export async function listFor(recording: string, label: string): Promise<LabelList> {
  if (label.trim() === "" || /[\r\n,]/.test(label)) {
    fail("USAGE", "--label", JSON.stringify(label), "a name without commas and line breaks");
  }
  if (/[\r\n]/.test(basename(recording))) {
    fail("USAGE", "--output", JSON.stringify(recording), "a name without line breaks");
  }
  const path = inFolderOf(recording, "labels.csv");
  const rows = (await isThere(path)) ? await readLabelRows(path) : [];
  if (rows === null) {
    const remedy = "Record into another folder, or leave --label out.";
    return fail(
      "INPUT_FORMAT",
      path,
      "labels of single samples",
      "rows file,classes,class",
      remedy,
    );
  }
  return { classes: (await namesBeside(recording)) ?? [], rows };
}

/** @returns the path of labels.csv */
export async function addLabel(recording: string, label: string): Promise<string> {
  const { classes, rows } = await listFor(recording, label);
  const own = label.trim();
  const names = classes.includes(own) ? classes : [...classes, own];
  const file = basename(recording);
  const all = [...rows.filter((row) => row.file !== file), { file, label: names.indexOf(own) }];
  const labelsPath = inFolderOf(recording, "labels.csv");
  await writeLines(inFolderOf(recording, "classes.txt"), names);
  await writeLines(
    labelsPath,
    all.map((row) => `${row.file},${names.length},${row.label}`),
  );
  return labelsPath;
}

const writeLines = (path: string, lines: readonly string[]): Promise<void> =>
  writeAtomic(path, new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
