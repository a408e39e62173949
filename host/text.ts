/** Text for people: numbers with digit groups, shapes, tables whose columns line up. */

/** Whole numbers: 2,656,768. Intl would take 20 ms to wake up. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** "1 sample", "500 samples" */
export const plural = (n: number, noun: string): string =>
  `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

export const shapeText = (shape: readonly number[]): string => `[${shape.join(",")}]`;

/** Three significant digits, never in the e-notation. */
export function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  // rounded first: 9.999 has one digit less behind the point than it seems
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  return magnitude >= 2 ? count(Math.round(value)) : value.toFixed(Math.min(2 - magnitude, 20));
}

/** How many times something: 13.2; from 100 on two digits, all that bounds this far apart are worth: 4,100,000. */
export const multiple = (value: number): string =>
  Math.abs(value) < 100 ? significant(value) : count(Number(value.toPrecision(2)));

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
  [1e-12, "p"],
  [1e-15, "f"],
];

/** 12.3 µJ; −45 mW. The last prefix also takes what is smaller. */
export function quantity(value: number, unit: string): string {
  if (value === 0) return `0 ${unit}`;
  // rounded first: what would round up to 1000 belongs to the next prefix
  const rounded = Number(value.toPrecision(3));
  const row = PREFIXES.find(([factor]) => Math.abs(rounded) >= factor) ?? [1e-15, "f"];
  return `${significant(rounded / row[0])} ${row[1]}${unit}`;
}

/** Not `Math.max(...)`: a call takes some 100,000 arguments. */
const longest = (texts: readonly string[]): number =>
  texts.reduce((most, { length }) => Math.max(most, length), 0);

export type Align = "left" | "right";

/** Rows of cells, two spaces between columns, no spaces at the ends of lines. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[]): string[] {
  const widths = align.map((_, k) => longest(rows.map((row) => row[k] ?? "")));
  return rows.map((row) =>
    row
      .map((cell, k) => {
        const width = widths[k] as number;
        return align[k] === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

const LABEL_WIDTH = 10;

/** "model     kws.tflite": a label, then one line or several under each other. */
export const labelled = (label: string, lines: readonly string[]): string[] =>
  lines.map((line, k) => `${(k === 0 ? label : "").padEnd(LABEL_WIDTH)}${line}`.trimEnd());

/**
 * What a terminal obeys or what turns the order of text around: the control characters of both sets (C1 has a CSI of its
 * own), line and paragraph separators, marks and overrides of direction (Unicode 15, 23.2).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COMMANDS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text with each of these as its number, `\x1b` or `\u202e`: seen, and not obeyed. */
export const printable = (text: string, show: (code: number) => string = escaped): string =>
  text.replace(COMMANDS, (character) => show(character.charCodeAt(0)));

const escaped = (code: number): string =>
  code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;

/** A stream, as far as its width and its manners matter. */
export type Screen = {
  readonly isTTY?: boolean | undefined;
  /** of the terminal as its window is now */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** Narrower than this nothing is legible, and a width of 0 is a terminal that does not know its own. */
const LEAST_COLUMNS = 20;

/** Columns of a line; without end where no terminal shows it: pipes and files get every line whole. */
export const widthOf = ({ isTTY, columns }: Screen): number =>
  isTTY === true && columns ? Math.max(columns, LEAST_COLUMNS) : Number.POSITIVE_INFINITY;

/** Whether a line may be drawn over, and coloured. https://no-color.org: whatever NO_COLOR says, unless it is empty. */
export const takesEscapes = (
  { isTTY }: Screen,
  { TERM, NO_COLOR }: Readonly<Record<string, string | undefined>>,
): boolean => isTTY === true && TERM !== "dumb" && !NO_COLOR;

/** A line as it is written to a stream: shown and not obeyed, and no wider than its terminal. */
export const typeset = (line: string, screen: Screen): string =>
  fitted([printable(line)], widthOf(screen))
    .map((part) => `${part}\n`)
    .join("");

/**
 * Lines that a terminal of this width shows as they are: sentences wrapped below their own beginning, tables with their
 * last columns wrapped or on lines of their own. Cells stand two spaces apart, which tells one from the other.
 */
export function fitted(lines: readonly string[], columns: number): string[] {
  const shown: string[][] = [];
  for (let k = 0; k < lines.length; ) {
    const rows = tableAt(lines, k);
    shown.push(
      rows.length > 0
        ? fittedTable(rows, columns, hangOf(rows[0] ?? "")).flat()
        : lines.slice(k, k + 1).flatMap((line) => whole(line, columns)),
    );
    k += Math.max(1, rows.length);
  }
  return shown.flat();
}

const whole = (line: string, columns: number): string[] =>
  columnsOf(line) <= columns ? [line] : wrapped(line, columns, hangOf(line));

const isRow = (line: string): boolean => line.slice(hangOf(line)).includes("  ");
const isBelowLabel = (line: string): boolean => line.startsWith(" ".repeat(LABEL_WIDTH));

/** The rows of a table that begin there: what stands behind another label is another table. */
function tableAt(lines: readonly string[], start: number): readonly string[] {
  let end = start;
  while (end < lines.length && isRow(lines[end] ?? "")) {
    const another = /^\S/.test(lines[end] ?? "") && isBelowLabel(lines[end - 1] ?? "");
    if (end > start && another) break;
    end += 1;
  }
  return lines.slice(start, end);
}

/** Further columns of a row that stand on a line of their own. */
const INDENT = 4;

/** @returns for each row its lines */
function fittedTable(rows: readonly string[], columns: number, hang: number): string[][] {
  if (rows.every((row) => columnsOf(row) <= columns)) return rows.map((row) => [row]);
  const starts = columnStarts(rows).filter((start) => start > hang);
  const room = (start: number) =>
    rows.every((row) => columnsOf(row.slice(0, start).trimEnd()) <= columns);
  const start = starts.filter(room).at(-1);
  if (start === undefined) return rows.map((row) => whole(row, columns));
  // the last column is wrapped where it stands, unless that would be a narrow one
  if (start === starts.at(-1) && start <= 0.6 * columns) {
    return rows.map((row) => wrapped(row, columns, start));
  }
  const indent = " ".repeat(Math.min(hang + INDENT, columns >> 1));
  const rest = rows.map((row) => (row.length > start ? indent + row.slice(start) : ""));
  return fittedTable(rest, columns, indent.length).map((more, k) => [
    (rows[k] ?? "").slice(0, start).trimEnd(),
    ...more.filter((line) => line.trim() !== ""),
  ]);
}

/** Where columns begin: behind two spaces in every row. */
function columnStarts(rows: readonly string[]): number[] {
  const length = longest(rows);
  const starts: number[] = [];
  for (let place = 2; place < length; place++) {
    const free = rows.every((row) => row.slice(place - 2, place).trim() === "");
    if (free && rows.some((row) => /\S/.test(row[place] ?? ""))) starts.push(place);
  }
  return starts;
}

/** Where what a label of labelled() stands before begins, or the line's own beginning. */
function hangOf(line: string): number {
  const head = line.slice(0, LABEL_WIDTH);
  return /^\S* {2,}$/.test(head) ? LABEL_WIDTH : line.length - line.trimStart().length;
}

/** The beginning that fits, with "…" for what does not. */
export function clipped(line: string, columns: number): string {
  return columnsOf(line) <= columns ? line : `${beginning(line, columns - 1).trimEnd()}…`;
}

/** A line broken between words; all but the first begin behind `hang` spaces. A word that is too long is broken too. */
export function wrapped(line: string, columns: number, hang: number): string[] {
  const indent = " ".repeat(Math.min(hang, columns >> 1));
  const rows: string[] = [];
  let row = "";
  for (const word of line.split(/(?<=\S) /)) {
    const longer = row === "" ? word : `${row} ${word}`;
    if (columnsOf(longer) <= columns) {
      row = longer;
      continue;
    }
    if (row !== "") rows.push(row);
    row = row === "" ? word : `${indent}${word.trimStart()}`;
    while (columnsOf(row) > columns) {
      const part = beginning(row, columns);
      rows.push(part);
      row = `${indent}${row.slice(part.length)}`;
    }
  }
  return [...rows, row];
}

/** As many whole characters as fit. */
function beginning(line: string, columns: number): string {
  let end = 0;
  let used = 0;
  for (const character of line) {
    used += columnsOf(character);
    if (used > columns) break;
    end += character.length;
  }
  return line.slice(0, end);
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** Columns in a terminal: combining marks take none, East Asian characters and pictures two. */
export function columnsOf(text: string): number {
  if (/^[ -~…µ×·→]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) {
    if (!/[\p{M}\p{Cf}]/u.test(character)) columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/** Of the words the one that differs least from what was written, for a misspelling; null where none is near. */
export function nearest(written: string, words: readonly string[]): string | null {
  // a third of the letters may be wrong, as in most spelling correctors
  let least = Math.floor(Math.min(written.length, 40) / 3) + 1;
  let found: string | null = null;
  for (const word of words) {
    const apart = edits(written.slice(0, 40).toLowerCase(), word.toLowerCase());
    if (apart >= least) continue;
    least = apart;
    found = word;
  }
  return found;
}

/** "Did you mean run? ", to stand before what to do; nothing where no word is near. */
export function didYouMean(written: string, words: readonly string[]): string {
  const found = nearest(written, words);
  return found === null || found === written ? "" : `Did you mean ${found}? `;
}

/** Letters put in, left out, exchanged, or swapped with their neighbour (Damerau's distance, restricted). */
function edits(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, k) => k);
  const cell = (list: readonly number[], k: number) => list[k] as number;
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const swapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      next.push(
        Math.min(
          cell(next, j) + 1,
          cell(row, j + 1) + 1,
          cell(row, j) + (a[i] === b[j] ? 0 : 1),
          swapped ? cell(before, j - 1) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return cell(row, b.length);
}
