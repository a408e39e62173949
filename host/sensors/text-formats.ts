/**
 * Lines of text as people print numbers, one row a format:
 *
 *     csv      1.5,-2,3        with a header line or without; also with ; and decimal commas
 *     kv       t=21.5 rh=40    k=v or k: v, between commas, semicolons or blanks
 *     jsonl    {"t":21.5}      one flat object a line
 *     plotter  a:1 b:2         Arduino's serial plotter: values between blanks, commas or tabs, labelled or not
 */

export type TextFormat = "csv" | "kv" | "jsonl" | "plotter";
export const TEXT_FORMATS: readonly TextFormat[] = ["csv", "kv", "jsonl", "plotter"];

/** A line as names and numbers; names are null where the line has none. */
export type Row = { readonly names: readonly string[] | null; readonly values: readonly number[] };

export type TextDialect = {
  readonly format: TextFormat;
  /** of csv */
  readonly separator: "," | ";" | "\t";
  readonly decimalComma: boolean;
};

export const PLAIN_CSV: TextDialect = { format: "csv", separator: ",", decimalComma: false };

/** More than an IMU of nine axes with clock, counter and temperature, eight times. */
export const MAX_CHANNELS = 96;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** @returns NaN for what is no finite number: "", "nan", "1e999" */
export function numberIn(text: string, decimalComma = false): number {
  const trimmed = text.trim();
  const plain = decimalComma ? trimmed.replace(",", ".") : trimmed;
  if (!NUMBER.test(plain)) return Number.NaN;
  const value = Number(plain);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** @returns null where the line is none of this format, or a value of it is no finite number */
export function readRow(line: string, dialect: TextDialect): Row | null {
  const row = PARSERS[dialect.format](line.trim(), dialect);
  if (row === null || row.values.length === 0 || row.values.length > MAX_CHANNELS) return null;
  return row.values.every(Number.isFinite) ? row : null;
}

/** The names of a header line of csv; null where the line is none. */
export function readHeader(line: string, { separator }: TextDialect): readonly string[] | null {
  const names = line
    .trim()
    .replace(/^#\s*/, "")
    .split(separator)
    .map((cell) => unquoted(cell.trim()));
  const distinct = new Set(names).size === names.length;
  const named = names.every(
    (name) => /^[\p{L}_][^\p{Cc}]{0,63}$/u.test(name) && !/^(nan|inf|infinity)$/i.test(name),
  );
  return distinct && named && names.length <= MAX_CHANNELS ? names : null;
}

const unquoted = (cell: string): string => /^"(.*)"$/.exec(cell)?.[1] ?? cell;

type Parser = (line: string, dialect: TextDialect) => Row | null;

const PARSERS: Readonly<Record<TextFormat, Parser>> = {
  csv: (line, { separator, decimalComma }) => ({
    names: null,
    values: line.split(separator).map((cell) => numberIn(unquoted(cell.trim()), decimalComma)),
  }),
  kv: (line) => pairs(line, /([\p{L}_][\p{L}\p{N}_.-]*)\s*[=:]\s*([^\s,;=:]+)[\s,;]*/uy),
  jsonl: flatObject,
  plotter(line) {
    const labelled = pairs(line, /([^\s,:=][^,:=\t]*):\s*([^\s,;:]+)[\s,]*/uy);
    if (labelled) return labelled;
    const cells = line.split(/[\s,]+/);
    return { names: null, values: cells.map((cell) => numberIn(cell)) };
  },
};

/** All of the line as pairs of a name and a value, or null. */
function pairs(line: string, pattern: RegExp): Row | null {
  const names: string[] = [];
  const values: number[] = [];
  pattern.lastIndex = 0;
  let end = 0;
  while (end < line.length) {
    pattern.lastIndex = end;
    const [whole, name = "", value = ""] = pattern.exec(line) ?? [];
    if (!whole) return null;
    names.push(name.trim());
    values.push(numberIn(value));
    end += whole.length;
  }
  return names.length > 0 && new Set(names).size === names.length ? { names, values } : null;
}

function flatObject(line: string): Row | null {
  if (!line.startsWith("{")) return null;
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) return null;
  const entries = Object.entries(read).flatMap(([name, value]): [string, number][] =>
    typeof value === "number"
      ? [[name, value]]
      : typeof value === "boolean"
        ? [[name, value ? 1 : 0]]
        : Array.isArray(value)
          ? value.map((one, k) => [`${name}[${k}]`, typeof one === "number" ? one : Number.NaN])
          : [],
  );
  return { names: entries.map(([name]) => name), values: entries.map(([, value]) => value) };
}
