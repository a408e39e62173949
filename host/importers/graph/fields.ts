/**
 * Typed access to the fields of a JSON object. Collects problems instead of stopping at the first. `close()` refuses the
 * fields that nobody asked for: a misspelt one would be a default that nobody chose.
 */
import { type Problem, problem } from "../../errors.ts";
import { nearest } from "../../text.ts";

/** More problems than this say nothing new, and a list of millions would be no message. */
const MAX_PROBLEMS = 100;
/** Of a field whose range is judged by what it means. */
const MAX_INTEGER = 2 ** 31 - 1;
/** Of a name: what a message can show. */
const MAX_TEXT = 4096;
const SHORT = `at most ${MAX_TEXT} characters`;
/** Far above any network for a small module; a list of millions of objects would take minutes to refuse. */
const MAX_OBJECTS = 65_536;

/** Numbers, and how they are written: little-endian, row-major. */
const DTYPES = {
  u8: Uint8Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

export type Dtype = keyof typeof DTYPES;

export class Fields {
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #problems: Problem[];
  readonly #asked = new Set<string>();

  constructor(json: unknown, where: string, problems: Problem[]) {
    this.#where = where;
    this.#problems = problems;
    const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
    this.#json = isObject ? (json as Record<string, unknown>) : {};
    if (!isObject) this.refuse("", json, "an object");
  }

  /** Notes a problem of a field. */
  refuse(field: string, got: unknown, expected: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    const where = field === "" ? this.#where : `${this.#where}, ${field}`;
    this.#problems.push(problem("MODEL_FORMAT", where, shown(got), expected, REMEDY));
  }

  /** Notes a problem in words of its own. */
  judge(code: Problem["code"], got: string, expected: string, remedy: string = REMEDY): void {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    this.#problems.push(problem(code, this.#where, got, expected, remedy));
  }

  /** Notes a problem for every field that was not asked for, with the name that was meant. */
  close(): void {
    const known = [...this.#asked];
    for (const field of Object.keys(this.#json)) {
      if (this.#asked.has(field)) continue;
      const meant = nearest(field, known);
      const remedy = meant === null ? "Leave the field out." : `Write ${meant}, or leave it out.`;
      this.judge("MODEL_FORMAT", `field ${field.slice(0, SHOWN)}`, known.join(", "), remedy);
    }
  }

  /** The same fields in the order in which the document has them. */
  inOrder(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const order = Object.keys(this.#json).filter((field) => Object.hasOwn(fields, field));
    return { ...Object.fromEntries(order.map((field) => [field, fields[field]])), ...fields };
  }

  has(field: string): boolean {
    const value = this.#value(field);
    return value !== undefined && value !== null;
  }

  isNumber(field: string): boolean {
    return typeof this.#value(field) === "number";
  }

  object(field: string): Fields {
    return new Fields(this.#value(field), `${this.#where}, ${field}`, this.#problems);
  }

  /** One Fields per entry. */
  objects(field: string): readonly Fields[] {
    const where = (k: number) => `${this.#where}, ${field}[${k}]`;
    const list = this.#list(field);
    if (list.length > MAX_OBJECTS) {
      const got = `${list.length} of ${field}`;
      this.judge("MODEL_FORMAT", got, `at most ${MAX_OBJECTS}`, "Give a smaller network.");
      return [];
    }
    return list.map((json, k) => new Fields(json, where(k), this.#problems));
  }

  text(field: string): string {
    const value = this.#value(field);
    if (typeof value === "string" && value.length <= MAX_TEXT) return value;
    this.refuse(field, value, typeof value === "string" ? SHORT : "text");
    return "";
  }

  texts(field: string): readonly string[] {
    const values = this.#list(field);
    const fits = (value: unknown) => typeof value === "string" && value.length <= MAX_TEXT;
    const wrong = values.find((value) => !fits(value));
    if (wrong === undefined) return values as string[];
    this.refuse(field, wrong, typeof wrong === "string" ? SHORT : "texts");
    return [];
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T {
    const given = this.#value(field);
    const found = allowed.find((value) => value === given);
    if (found !== undefined) return found;
    this.refuse(field, given, `one of ${allowed.join(", ")}`);
    return allowed[0] as T;
  }

  number(field: string): number {
    const value = this.#value(field);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.refuse(field, value, "a number");
    return 1;
  }

  integer(field: string, low = -MAX_INTEGER, high = MAX_INTEGER): number {
    const value = this.#value(field);
    if (isInteger(value, low, high)) return value;
    this.refuse(field, value, `an integer from ${low} to ${high}`);
    return low;
  }

  numbers(field: string): readonly number[] {
    const values = this.#list(field);
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong === undefined) return values as number[];
    this.refuse(field, wrong, "numbers");
    return [];
  }

  integers(field: string, low = -MAX_INTEGER, high = MAX_INTEGER): readonly number[] {
    const values = this.#list(field);
    const wrong = values.find((value) => !isInteger(value, low, high));
    if (wrong === undefined) return values as number[];
    this.refuse(field, wrong, `integers from ${low} to ${high}`);
    return [];
  }

  /** Base64, or null for none. */
  bytes(field: string): Uint8Array | null {
    const text = this.#value(field);
    if (text === undefined || text === null) return null;
    // Buffer skips what is not base64: only what comes back the same was whole
    if (typeof text === "string") {
      const bytes = Buffer.from(text, "base64");
      if (bytes.toString("base64") === text) return new Uint8Array(bytes);
    }
    this.refuse(field, text, "base64");
    return new Uint8Array(0);
  }

  /**
   * `{"dtype": "f64", "shape": [2, 3], "data": "base64"}`, or null after noting what is wrong.
   *
   * @param dtypes those it may have
   * @param shape  the one it must have
   */
  array(field: string, dtypes: readonly Dtype[], shape: readonly number[]) {
    const value = this.#value(field);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.refuse(field, value, "an array: {dtype, shape, data}");
      return null;
    }
    const fields = this.object(field);
    const before = this.#problems.length;
    const dtype = fields.oneOf("dtype", dtypes);
    const given = fields.integers("shape", 0);
    const bytes = fields.bytes("data");
    fields.close();
    if (this.#problems.length > before || bytes === null) {
      if (bytes === null) fields.refuse("data", null, "base64");
      return null;
    }
    if (given.join() !== shape.join()) {
      fields.judge("MODEL_SHAPE", `shape [${given.slice(0, 8)}]`, `shape [${shape}]`);
      return null;
    }
    const size = shape.reduce((n, d) => n * d, DTYPES[dtype].BYTES_PER_ELEMENT);
    if (bytes.length !== size) {
      fields.judge("MODEL_SHAPE", `${bytes.length} bytes`, `${size} bytes of ${dtype}`);
      return null;
    }
    return new DTYPES[dtype](bytes.buffer as ArrayBuffer);
  }

  #list(field: string): readonly unknown[] {
    const value = this.#value(field);
    if (Array.isArray(value)) return value;
    this.refuse(field, value, "a list");
    return [];
  }

  #value(field: string): unknown {
    this.#asked.add(field);
    return Object.hasOwn(this.#json, field) ? this.#json[field] : undefined;
  }
}

/** Characters of what a file holds that a message repeats. */
const SHOWN = 60;

/** Short, and without a walk through what may be nested without end. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) {
    const flat = value.length <= 8 && value.every((item) => typeof item !== "object");
    return flat ? JSON.stringify(value.map(beginning)).slice(0, SHOWN) : "a list";
  }
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(beginning(value)).slice(0, SHOWN);
}

const beginning = (value: unknown): unknown =>
  typeof value === "string" ? value.slice(0, SHOWN) : value;

const REMEDY = "Write the graph with graphJson() of this version, or mend the field.";

const isInteger = (value: unknown, low: number, high: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
