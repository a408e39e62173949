/** Which format lines of text are in, and what each of their columns is. */
import {
  MAX_CHANNELS,
  PLAIN_CSV,
  type Row,
  readHeader,
  readRow,
  TEXT_FORMATS,
  type TextDialect,
  type TextFormat,
} from "./text-formats.ts";

/** Enough to tell formats apart, and few enough that a slow sensor is not waited for long. */
export const LINES_TO_DETECT = 8;

export type Layout = {
  readonly dialect: TextDialect;
  /** of every column */
  readonly names: readonly string[];
  /** the names come with each line, or from a header; false: they were made up here */
  readonly named: boolean;
  /** index of the first of these lines that is data: a header goes before */
  readonly firstData: number;
  /** one sentence */
  readonly evidence: string;
};

/** Tried in turn; the first that reads the most lines is it. */
const DIALECTS: readonly TextDialect[] = [
  { ...PLAIN_CSV, format: "jsonl" },
  { ...PLAIN_CSV, format: "kv" },
  { ...PLAIN_CSV, format: "plotter" },
  PLAIN_CSV,
  { format: "csv", separator: ";", decimalComma: true },
  { format: "csv", separator: ";", decimalComma: false },
  { format: "csv", separator: "\t", decimalComma: true },
  { format: "csv", separator: "\t", decimalComma: false },
];

/**
 * @param lines the first ones, whole
 * @param wanted only this format, where the user says so
 * @returns null where most of the lines are in none of them
 */
export function detect(lines: readonly string[], wanted: TextFormat | null): Layout | null {
  const candidates = DIALECTS.filter(({ format }) => wanted === null || format === wanted)
    .filter(
      (dialect) => (wanted !== null && dialect.format !== "csv") || !ambiguous(lines, dialect),
    )
    .map((dialect) => ({ dialect, ...fitOf(lines, dialect) }))
    .filter(({ read }) => read * 2 > lines.length)
    .sort((a, b) => b.read - a.read || b.columns - a.columns);
  const [best] = candidates;
  if (!best) return null;
  const { dialect, columns, firstRow, read } = best;
  const header = headerOf(lines, best);
  const names = firstRow.names ?? header?.names ?? madeUp(columns);
  const named = firstRow.names !== null || header !== null;
  return {
    ...{ dialect, names, named },
    firstData: header ? header.line + 1 : 0,
    evidence: evidenceOf(dialect, {
      ...{ read, header: header !== null, columns },
      lines: lines.length,
    }),
  };
}

/** A column alone is no evidence for its separator, and "a:1" is k:v as well as plotter. */
function ambiguous(
  lines: readonly string[],
  { format, separator, decimalComma }: TextDialect,
): boolean {
  if (format === "plotter") return lines.some((line) => /[,\t]/.test(line) && !/:/.test(line));
  if (format === "kv") return !lines.some((line) => /=|:\s|;/.test(line));
  if (format !== "csv") return false;
  if (decimalComma && !lines.some((line) => /\d,\d/.test(line))) return true;
  return separator !== "," && !lines.some((line) => line.includes(separator));
}

type Fit = { readonly read: number; readonly columns: number; readonly firstRow: Row };

const NOTHING: Row = { names: null, values: [] };

function fitOf(lines: readonly string[], dialect: TextDialect): Fit {
  const rows = lines.map((line) => readRow(line, dialect));
  const counts = new Map<number, number>();
  for (const row of rows) {
    if (row) counts.set(row.values.length, (counts.get(row.values.length) ?? 0) + 1);
  }
  const most = [...counts].sort((a, b) => b[1] - a[1])[0];
  if (most === undefined) return { columns: 0, read: 0, firstRow: NOTHING };
  const [columns, read] = most;
  const firstRow = rows.find((row) => row?.values.length === columns) ?? NOTHING;
  return { columns, read, firstRow };
}

/** A line of names with as many cells, before the first line of numbers. */
function headerOf(lines: readonly string[], { dialect, columns }: Fit & { dialect: TextDialect }) {
  if (dialect.format !== "csv") return null;
  for (const [line, text] of lines.entries()) {
    const names = readHeader(text, dialect);
    if (names?.length === columns) return { line, names };
    if (readRow(text, dialect)) return null;
  }
  return null;
}

const madeUp = (columns: number): readonly string[] =>
  Array.from({ length: Math.min(columns, MAX_CHANNELS) }, (_, k) => `c${k}`);

type Found = { read: number; lines: number; header: boolean; columns: number };

function evidenceOf({ format, separator, decimalComma }: TextDialect, found: Found): string {
  const { read, lines, header, columns } = found;
  const between = { ",": "commas", ";": "semicolons", "\t": "tabs" }[separator];
  const how = {
    csv: `${columns} columns between ${between}${decimalComma ? ", decimal commas" : ""}, ${header ? "a header" : "no header"}`,
    kv: "pairs of name and value",
    jsonl: "an object on each line",
    plotter: "values as Arduino's plotter takes them",
  }[format];
  return `${read} of the first ${lines} lines are ${format} (${how})`;
}

export const isTextFormat = (text: string): text is TextFormat =>
  TEXT_FORMATS.some((format) => format === text);
