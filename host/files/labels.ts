/** --classes and --labels: names of the outputs, and what each sample is. */
import { fail } from "../errors.ts";
import { plural } from "../text.ts";
import { lines } from "./input.ts";
import { bytesOf } from "./read-bytes.ts";

const MAX_LINE = 4096;
/** A pipe or a device may bring lines without an end: more than any list of labels has, and little beside memory. */
const MOST_CHARACTERS = 2 ** 26;
const MOST_LINES = 2 ** 22;

/** A name per line. @param signal ends waiting for a pipe, as INTERRUPTED */
export async function readNames(path: string, signal?: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { text } of numberedLines(path, signal)) names.push(text.trim());
  return names;
}

/** A name per line; as many as there are outputs. */
export async function readClasses(
  path: string,
  outputs: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const names = await readNames(path, signal);
  if (names.length === outputs) return names;
  const got = plural(names.length, "name");
  return fail("INPUT_SIZE", path, got, `${outputs}, one per output`, "Write one name per line.");
}

/** The class of each input in turn; an Int32Array is one. */
export type Labels = {
  /** Infinity: all inputs are of one class */
  readonly length: number;
  readonly at: (input: number) => number | undefined;
};

/** A row of the form `file,classes,class`. */
export type LabelRow = {
  readonly file: string;
  readonly classes: number;
  readonly label: number;
  /** for who refuses it */
  readonly where: string;
};

/** Rows of the form `file,classes,class`; null for a file whose first line is not of it. */
export async function readLabelRows(
  path: string,
  signal?: AbortSignal,
): Promise<readonly LabelRow[] | null> {
  const rows: LabelRow[] = [];
  for await (const { text, number } of numberedLines(path, signal)) {
    if (rows.length === 0 && !text.includes(",")) return null;
    rows.push(labelRow(text, `${path}: line ${number}`));
  }
  return rows;
}

/** An integer per line, or rows `file,classes,class`, in input order. All lines of one form. */
export async function readLabels(
  path: string,
  outputs: number,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const labels: number[] = [];
  let form: typeof rowLabel | null = null;
  for await (const { text, number } of numberedLines(path, signal)) {
    form ??= text.includes(",") ? rowLabel : plainLabel;
    const where = `${path}: line ${number}`;
    const label = form(text, where, outputs);
    if (label >= outputs) {
      fail("INPUT_FORMAT", where, `class ${label}`, `a class from 0 to ${outputs - 1}`, REMEDY);
    }
    labels.push(label);
  }
  if (labels.length === 0) fail("INPUT_SIZE", path, "no labels", "a label per sample");
  return Int32Array.from(labels);
}

const REMEDY = "Write an integer per line, or rows file,classes,class, without a header.";

function plainLabel(text: string, where: string): number {
  return integer(text) ?? fail("INPUT_FORMAT", where, quoted(text), "an integer from 0", REMEDY);
}

function rowLabel(text: string, where: string, outputs: number): number {
  const { classes, label } = labelRow(text, where);
  if (classes !== outputs) {
    fail("INPUT_FORMAT", where, `${classes} classes`, `${outputs}, as the network has`, REMEDY);
  }
  return label;
}

function labelRow(text: string, where: string): LabelRow {
  const cells = text.split(",");
  // the file's name may hold commas; the two numbers at the end cannot
  const [classes, label] = cells.slice(-2).map(integer);
  if (cells.length < 3 || classes == null || label == null) {
    return fail("INPUT_FORMAT", where, quoted(text), "file,classes,class", REMEDY);
  }
  return { file: cells.slice(0, -2).join(","), classes, label, where };
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));

function integer(text: string): number | null {
  const trimmed = text.trim();
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : null;
}

type Line = { readonly text: string; readonly number: number };

/** Blank lines at the end do not count; one in between would shift every label after it. */
async function* numberedLines(path: string, signal?: AbortSignal): AsyncGenerator<Line> {
  let number = 0;
  let blank = 0;
  let characters = 0;
  for await (const text of lines(path, MAX_LINE, bytesOf(path, signal))) {
    number += 1;
    characters += text.length + 1;
    if (characters > MOST_CHARACTERS || number > MOST_LINES) {
      const most = `at most ${MOST_LINES} lines of ${MOST_CHARACTERS} characters`;
      fail("INPUT_FORMAT", path, "a list without an end, or nearly", most);
    }
    if (text.trim() === "") {
      blank ||= number;
      continue;
    }
    if (blank > 0) fail("INPUT_FORMAT", `${path}: line ${blank}`, "an empty line", "a value");
    yield { text: text.slice(0, MAX_LINE), number };
  }
}

/** The largest value; of equal ones the first, as argmax has it everywhere. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) {
    if ((values[k] as number) > (values[best] as number)) best = k;
  }
  return best;
}
