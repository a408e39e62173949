/** Typed access to the fields of a JSON object. Collects problems instead of stopping at the first. */
import { type Problem, problem } from "../../errors.ts";

/** More problems than this say nothing new, and a list of millions would be no message. */
const MAX_PROBLEMS = 100;
/** Of a field whose range is judged by what it means. */
const MAX_INTEGER = 2 ** 31 - 1;

export class Fields {
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #problems: Problem[];

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
    const text = (JSON.stringify(got) ?? "nothing").slice(0, 60);
    this.#problems.push(problem("MODEL_FORMAT", where, text, expected, REMEDY));
  }

  has(field: string): boolean {
    return this.#json[field] !== undefined && this.#json[field] !== null;
  }

  object(field: string): Fields {
    return new Fields(this.#json[field], `${this.#where}, ${field}`, this.#problems);
  }

  /** One Fields per entry. */
  objects(field: string): readonly Fields[] {
    const where = (k: number) => `${this.#where}, ${field}[${k}]`;
    return this.#list(field).map((json, k) => new Fields(json, where(k), this.#problems));
  }

  text(field: string): string {
    const value = this.#json[field];
    if (typeof value === "string") return value;
    this.refuse(field, value, "text");
    return "";
  }

  texts(field: string): readonly string[] {
    const values = this.#list(field);
    const wrong = values.find((value) => typeof value !== "string");
    if (wrong === undefined) return values as string[];
    this.refuse(field, wrong, "texts");
    return [];
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T {
    const found = allowed.find((value) => value === this.#json[field]);
    if (found !== undefined) return found;
    this.refuse(field, this.#json[field], `one of ${allowed.join(", ")}`);
    return allowed[0] as T;
  }

  number(field: string): number {
    const value = this.#json[field];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.refuse(field, value, "a number");
    return 1;
  }

  integer(field: string, low = -MAX_INTEGER, high = MAX_INTEGER): number {
    const value = this.#json[field];
    if (isInteger(value, low, high)) return value;
    this.refuse(field, value, `an integer from ${low} to ${high}`);
    return low;
  }

  numbers(field: string): readonly number[] {
    const values = this.#list(field);
    const wrong = values.find((value) => typeof value !== "number" || !Number.isFinite(value));
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
    if (!this.has(field)) return null;
    const text = this.text(field);
    // Buffer skips what is not base64: only what comes back the same was whole
    const bytes = Buffer.from(text, "base64");
    if (bytes.toString("base64") === text) return new Uint8Array(bytes);
    this.refuse(field, text, "base64");
    return new Uint8Array(0);
  }

  #list(field: string): readonly unknown[] {
    const value = this.#json[field];
    if (Array.isArray(value)) return value;
    this.refuse(field, value, "a list");
    return [];
  }
}

const REMEDY = "Write the graph with graphJson() of this version, or mend the field.";

const isInteger = (value: unknown, low: number, high: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
