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

export type Align = "left" | "right";

/** Rows of cells, two spaces between columns, no spaces at the ends of lines. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[]): string[] {
  const widths = align.map((_, k) => Math.max(0, ...rows.map((row) => (row[k] ?? "").length)));
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
