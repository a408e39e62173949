/** The text of a front end's file → a front end: every key with its type, keys that nobody knows refused. */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import {
  type Field,
  FRONT_FIELDS,
  SIGNAL_FIELDS,
  type SignalFields,
} from "../model/signal-fields.ts";
import type { Front, SignalKind, SignalNode } from "../model/signal-graph.ts";

type Json = Readonly<Record<string, unknown>>;

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
  const own = reader.fields(top, FRONT_FIELDS, "", ["nodes"]);
  const nodes = Array.isArray(top.nodes) ? top.nodes : [];
  if (!Array.isArray(top.nodes)) reader.wrong("nodes", top.nodes, "a list of nodes");
  const read = nodes.map((node, k) => readNode(reader, node, `nodes[${k}]`));
  reader.end();
  return { ...(own as Omit<Front, "name" | "nodes">), name, nodes: read as SignalNode[] };
}

function readNode(reader: Reader, json: unknown, where: string): Json {
  const node = reader.object(json, where);
  const { kind } = node;
  if (typeof kind === "string" && Object.hasOwn(SIGNAL_FIELDS, kind)) {
    const fields = SIGNAL_FIELDS[kind as SignalKind];
    return { kind, ...reader.fields(node, fields, `${where} (${kind})`, ["kind"]) };
  }
  reader.wrong(`${where}.kind`, kind, `one of ${Object.keys(SIGNAL_FIELDS).join(", ")}`);
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

  fields(from: Json, fields: SignalFields, where: string, besides: readonly string[]): Json {
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
