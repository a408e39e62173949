/**
 * The extents of a kernel as text → the bytes that firmware/kernels/tw_extents.c follows. A line each:
 *
 *     in NAME TYPE[COUNT]       read: so many elements; TYPE@4 asks for an address that is a multiple of four
 *     out NAME TYPE[COUNT]      written, or read and written; `out?`, `in?`: address 0 is none
 *     key NAME TYPE[COUNT]      read, and what is read decides what is touched: nobody may write there
 *     room LIST COUNT           events are appended, so many at most
 *     where A <= B, A == B
 *     ring POSITION SLOTS AHEAD | none
 *     walk AXES RUNS, strided in|out NAME TYPE RUN STEP|1 first|second|still [OFFSET]
 *     rows ROWS TARGETS SYNAPSE_BYTES TARGET_BYTES DELAYS|none WEIGHTS|none WEIGHT_BYTES; then reach and late
 *     lanes, fused: as the operations of that name
 *
 * COUNT, A and B are sums and products of arguments, numbers and max(), word() and events().
 */
import { at } from "../model/at.ts";

const ARGUMENTS = 32;
/** In the order of the enumeration in tw_extents.h. */
const OPERATIONS = [
  ...["byte", "short", "multiply", "add", "subtract", "divide", "remainder", "max"],
  ...["word", "atMost", "equal", "range", "events", "ring", "rows", "lanes", "walk", "strided"],
  ...["fused", "room", "end"],
] as const;
type OperationName = (typeof OPERATIONS)[number];
const code = (name: OperationName): number => ARGUMENTS + OPERATIONS.indexOf(name);

const NONE = 0xff;
const WRITTEN = 0x10;
const KEY = 0x20;
const OPTIONAL = 0x40;
const SECOND = 0x20;
const STILL = 0x40;

/** log2 of the bytes of an element, and of its alignment: no memory of a board is aligned to eight. */
const TYPES: Readonly<Record<string, readonly [size: number, align: number]>> = {
  i8: [0, 0],
  u8: [0, 0],
  i16: [1, 1],
  u16: [1, 1],
  i32: [2, 2],
  u32: [2, 2],
  i64: [3, 2],
  u64: [3, 2],
};

/**
 * @param parameters names, in the kernel's order
 * @throws an Error that names the line: the table is ours
 */
export function compileRule(text: string, parameters: readonly string[]): Uint8Array {
  const lines = text.split("\n").map((line) => line.trim());
  const bytes = lines
    .filter((line) => line !== "")
    .flatMap((line) => {
      try {
        return statement(line, parameters);
      } catch (cause) {
        throw new Error(`"${line}": ${(cause as Error).message}`, { cause });
      }
    });
  return Uint8Array.from([...bytes, code("end")]);
}

function statement(line: string, parameters: readonly string[]): number[] {
  const [verb = "", ...words] = line.split(/\s+/);
  const rest = line.slice(verb.length).trim();
  const argument = (k: number): number => argumentOf(at(words, k), parameters);
  const optional = (k: number): number => (words[k] === "none" ? NONE : argument(k));
  switch (verb) {
    case "in":
    case "out":
    case "key":
    case "in?":
    case "out?":
      return range(verb, rest, parameters);
    case "where":
      return comparison(rest, parameters);
    case "room":
      return [...expression(words.slice(1).join(" "), parameters), code("room"), argument(0)];
    case "ring":
      return [code("ring"), argument(0), argument(1), optional(2), words[3] === "always" ? 1 : 0];
    case "walk":
      return [code("walk"), argument(0), argument(1)];
    case "strided":
      return strided(words, parameters);
    case "rows":
      return [
        ...[code("rows"), argument(0), argument(1), optional(4), optional(5)],
        ...[Number(words[2]), Number(words[3]), Number(words[6])],
      ];
    case "late":
      // what rows left: the largest delay, and below it the largest target + 1
      return [
        ...[...expression(at(words, 0), parameters), code("add")],
        ...[...expression(at(words, 1), parameters), code("atMost")],
        ...[...expression(at(words, 2), parameters), code("atMost")],
      ];
    case "lanes":
      return [
        ...[code("lanes"), argument(0), argument(1), Number(words[2])],
        ...[code("range"), argument(3), flagsOf("u8@2") | WRITTEN],
      ];
    case "fused":
      return [
        ...expression(words.slice(3).join(" "), parameters),
        ...[code("fused"), argument(0), argument(1), argument(2)],
      ];
    default:
      throw new Error("no such statement");
  }
}

const argumentOf = (name: string, parameters: readonly string[]): number => {
  const k = parameters.indexOf(name);
  if (k < 0) throw new Error(`no argument ${name}`);
  return k;
};

const worth = (values: Readonly<Record<string, number>>, word: string): number => {
  const value = values[word];
  if (value === undefined) throw new Error(`${word}: none of ${Object.keys(values).join(", ")}`);
  return value;
};

const ACCESS: Readonly<Record<string, number>> = {
  in: 0,
  out: WRITTEN,
  key: KEY,
  "in?": OPTIONAL,
  "out?": WRITTEN | OPTIONAL,
};

function flagsOf(type: string): number {
  const [name = "", align] = type.split("@");
  const sizes = TYPES[name];
  if (!sizes) throw new Error(`no type ${name}`);
  return at(sizes, 0) | ((align === undefined ? at(sizes, 1) : Math.log2(Number(align))) << 2);
}

function range(verb: string, rest: string, parameters: readonly string[]): number[] {
  const [, name = "", type = "", count = ""] = /^(\w+) ([\w@]+)\[(.*)\]$/.exec(rest) ?? [];
  return [
    ...expression(count, parameters),
    ...[code("range"), argumentOf(name, parameters), flagsOf(type) | worth(ACCESS, verb)],
  ];
}

function comparison(rest: string, parameters: readonly string[]): number[] {
  const [, left = "", sign = "", right = ""] = /^(.*?) (<=|==) (.*)$/.exec(rest) ?? [];
  const operation = sign === "==" ? code("equal") : code("atMost");
  return [...expression(left, parameters), ...expression(right, parameters), operation];
}

function strided(words: readonly string[], parameters: readonly string[]): number[] {
  const [access = "", name = "", type = "", run = "", step = "", side = "", offset] = words;
  const sides: Readonly<Record<string, number>> = { first: 0, second: SECOND, still: STILL };
  const flags = flagsOf(type) | (access === "out" ? WRITTEN : 0) | worth(sides, side);
  return [
    ...[code("strided"), argumentOf(name, parameters), argumentOf(run, parameters)],
    ...[step === "1" ? NONE : argumentOf(step, parameters), flags],
    offset === undefined ? NONE : argumentOf(offset, parameters),
  ];
}

const SIGNS: Readonly<Record<string, readonly [priority: number, name: OperationName]>> = {
  "+": [1, "add"],
  "-": [1, "subtract"],
  "*": [2, "multiply"],
  "/": [2, "divide"],
  "%": [2, "remainder"],
};

/** Sums, products and functions; operands first, then the operation. */
function expression(text: string, parameters: readonly string[]): number[] {
  const tokens = text.match(/[A-Za-z_]\w*|\d+|[^\s]/g) ?? [];
  let next = 0;
  const take = (expected?: string): string => {
    const token = tokens[next++] ?? "";
    if (expected !== undefined && token !== expected)
      throw new Error(`got ${token}, not ${expected}`);
    return token;
  };
  const sum = (least: number): number[] => {
    let left = primary();
    for (;;) {
      const [priority, name] = SIGNS[tokens[next] ?? ""] ?? [0, "end" as const];
      if (priority <= least) return left;
      next++;
      left = [...left, ...sum(priority), code(name)];
    }
  };
  const list = (): number[][] => {
    const found: number[][] = [];
    do found.push(sum(0));
    while (tokens[next] === "," && next++ >= 0);
    take(")");
    return found;
  };
  const primary = (): number[] => {
    const token = take();
    if (token === "(") {
      const inner = sum(0);
      take(")");
      return inner;
    }
    if (/^\d/.test(token)) return number(Number(token));
    if (tokens[next] !== "(") return [argumentOf(token, parameters)];
    take("(");
    return callOf(token, list());
  };
  const result = sum(0);
  if (next !== tokens.length) throw new Error(`"${tokens.slice(next).join(" ")}" is left`);
  return result;
}

const number = (value: number): number[] =>
  value < 256 ? [code("byte"), value] : [code("short"), value & 255, value >> 8];

/** A function of an expression: its first argument is a kernel's own where it says what to look at. */
function callOf(name: string, [first = [], second = []]: number[][]): number[] {
  switch (name) {
    case "max":
      return [...first, ...second, code("max")];
    case "word":
      return [...second, code("word"), at(first, 0)];
    case "events":
      return [code("events"), at(first, 0)];
    default:
      throw new Error(`no function ${name}`);
  }
}
