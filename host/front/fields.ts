/** The text of a front end's file → a front end: every key with its type, keys that nobody knows refused. */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Front, SignalKind, SignalNode } from "../model/signal-graph.ts";

type Json = Readonly<Record<string, unknown>>;

type Field =
  | { readonly type: "number"; readonly byDefault?: number | null }
  | { readonly type: "text"; readonly byDefault?: string }
  | { readonly type: readonly string[]; readonly byDefault?: string };

type Fields = Readonly<Record<string, Field>>;

const number: Field = { type: "number" };
const orElse = (byDefault: number | null): Field => ({ type: "number", byDefault });
const UNIT: Field = { type: ["dB", "ln", "log2"] };

const FRONT: Fields = {
  ...{ sampleRateHz: number, unit: { type: "text", byDefault: "" }, scale: number },
  ...{ channels: orElse(1), hop: number, start: orElse(null) },
  rounding: { type: ["nearest", "truncate"], byDefault: "nearest" },
};

const NODES: Readonly<Record<SignalKind, Fields>> = {
  Channel: { index: number },
  Decimate: { factor: number },
  Envelope: { shift: number },
  Preemphasis: { coefficient: number },
  Window: { shape: { type: ["hamming", "hann", "none"] }, length: number },
  Spectrum: { size: number, divisor: orElse(1) },
  Demodulate: { first: number, lines: number },
  MelLog: { bands: number, lowHz: number, highHz: number, unit: UNIT, floor: orElse(1e-30) },
  Log: { first: number, lines: number, unit: UNIT, floor: orElse(1e-30) },
  Dct: { coefficients: number },
  Normalise: {
    mean: { type: ["none", "row", "time"], byDefault: "none" },
    ...{ shift: orElse(4), offset: orElse(0), factor: orElse(1) },
    ...{ low: orElse(-1e9), high: orElse(1e9) },
  },
  Encode: {
    code: { type: ["rate", "crossing", "delta"] },
    ...{ scale: number, threshold: orElse(0), gain: orElse(0) },
    memory: { type: ["kept", "cleared"], byDefault: "kept" },
  },
};

export const REMEDY = "host/front/README.md lists the nodes and their keys.";

/**
 * @param name of the file, for messages and the manifest
 * @throws MODEL_FORMAT with every key that is wrong; what the values amount to is judged by `signalProblems`
 */
export function readFront(text: string, name: string): Front {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new TwentyWattError(problem("MODEL_FORMAT", name, got, "JSON", REMEDY), { cause });
  }
  const reader = new Reader(name);
  const top = reader.object(json, "");
  const own = reader.fields(top, FRONT, "", ["nodes"]);
  const nodes = Array.isArray(top.nodes) ? top.nodes : [];
  if (!Array.isArray(top.nodes)) reader.wrong("nodes", top.nodes, "a list of nodes");
  const read = nodes.map((node, k) => readNode(reader, node, `nodes[${k}]`));
  reader.end();
  return { ...(own as Omit<Front, "name" | "nodes">), name, nodes: read as SignalNode[] };
}

function readNode(reader: Reader, json: unknown, where: string): Json {
  const node = reader.object(json, where);
  const { kind } = node;
  if (typeof kind === "string" && Object.hasOwn(NODES, kind)) {
    const fields = NODES[kind as SignalKind];
    return { kind, ...reader.fields(node, fields, `${where} (${kind})`, ["kind"]) };
  }
  reader.wrong(`${where}.kind`, kind, `one of ${Object.keys(NODES).join(", ")}`);
  return {};
}

/** Notes what is wrong and reads on. */
class Reader {
  readonly #name: string;
  readonly #problems: Problem[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  wrong(where: string, got: unknown, expected: string): void {
    const place = where === "" ? this.#name : `${this.#name}: ${where}`;
    this.#problems.push(problem("MODEL_FORMAT", place, shown(got), expected, REMEDY));
  }

  object(json: unknown, where: string): Json {
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json;
    this.wrong(where, json, "an object");
    return {};
  }

  fields(from: Json, fields: Fields, where: string, besides: readonly string[]): Json {
    const place = (key: string) => (where === "" ? key : `${where}.${key}`);
    const known = [...besides, ...Object.keys(fields)];
    for (const key of Object.keys(from)) {
      if (!known.includes(key)) this.wrong(place(key), `key ${key}`, `one of ${known.join(", ")}`);
    }
    return Object.fromEntries(
      Object.entries(fields).map(([key, field]) => {
        const value = Object.hasOwn(from, key) ? from[key] : field.byDefault;
        if (!fits(value, field)) this.wrong(place(key), value, expectation(field));
        return [key, value];
      }),
    );
  }

  end(): void {
    if (this.#problems.length > 0) throw new TwentyWattError(this.#problems);
  }
}

function fits(value: unknown, { type, byDefault }: Field): boolean {
  if (value === byDefault && value !== undefined) return true;
  if (type === "number") return typeof value === "number" && Number.isFinite(value);
  if (typeof value !== "string") return false;
  return type === "text" ? value.length <= 40 : type.includes(value);
}

function expectation({ type }: Field): string {
  if (type === "number") return "a finite number";
  return type === "text" ? "text of at most 40 characters" : `one of ${type.join(", ")}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.slice(0, 60);
}
