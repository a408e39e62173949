/** Typed access to the datasets of one NIR node. Collects problems instead of stopping at the first. */
import { type Problem, problem } from "../../errors.ts";
import { at } from "../../model/at.ts";
import type { Values } from "../../model/spiking-graph.ts";
import type { Hdf5Group, Hdf5Numbers } from "./hdf5/index.ts";

const NOT_GIVEN = "Write the node with nir.write(), which stores every parameter.";
const SHAPES = "Export the node with parameters of one shape.";
const VALUES = "Correct the value where the network was trained, and export it again.";

export class Fields {
  readonly name: string;
  readonly type: string;
  readonly #group: Hdf5Group;
  readonly #problems: Problem[];
  /** datasets that were read, and null for those whose problem is noted */
  readonly #read = new Map<string, Hdf5Numbers | null>();

  constructor(name: string, type: string, group: Hdf5Group, problems: Problem[]) {
    this.name = name;
    this.type = type;
    this.#group = group;
    this.#problems = problems;
  }

  /** Notes a problem of this node. */
  refuse(field: string, got: string, expected: string, remedy: string = SHAPES): void {
    const where = `node ${this.name} (${this.type})${field ? `, ${field}` : ""}`;
    this.#problems.push(problem("MODEL_SHAPE", where, got, expected, remedy));
  }

  has(field: string): boolean {
    return this.#group.children.has(field);
  }

  /** A list without elements: h5py's form of an empty tuple. */
  isEmpty(field: string): boolean {
    const entry = this.#group.children.get(field);
    return entry?.kind === "numbers" && entry.numbers.length === 0;
  }

  /** A numeric dataset, or null after noting, once, what is wrong. */
  numbers(field: string): Hdf5Numbers | null {
    const known = this.#read.get(field);
    if (known !== undefined) return known;
    const entry = this.#numbers(field);
    this.#read.set(field, entry);
    return entry;
  }

  #numbers(field: string): Hdf5Numbers | null {
    const entry = this.#group.children.get(field);
    if (entry?.kind !== "numbers") {
      this.refuse(field, entry ? entry.kind : "nothing", "a numeric dataset", NOT_GIVEN);
      return null;
    }
    if (entry.numbers.length === 0) {
      this.refuse(field, `shape [${entry.shape}]`, "at least one element");
      return null;
    }
    const bad = firstUnlike(entry.numbers, Number.isFinite);
    if (bad >= 0) {
      this.refuse(`${field}[${bad}]`, String(entry.numbers[bad]), "a finite number", VALUES);
      return null;
    }
    return entry;
  }

  /** Integers ≥ low: sizes, strides. A scalar counts as one. */
  integers(field: string, counts: readonly number[], low: number): readonly number[] | null {
    const entry = this.numbers(field);
    if (entry === null) return null;
    const list = Array.from(entry.numbers.subarray(0, 32));
    const wrong = list.some((x) => !Number.isInteger(x) || x < low || x > 2 ** 31 - 1);
    if (wrong || !counts.includes(entry.numbers.length)) {
      const many = counts.length > 3 ? "" : `${counts.join(" or ")} `;
      this.refuse(field, `[${list.slice(0, 8)}]`, `${many}integers ≥ ${low}`);
      return null;
    }
    return list;
  }

  /** A string dataset, or null where the field is absent or numeric. */
  text(field: string): string | null {
    const entry = this.#group.children.get(field);
    return entry?.kind === "strings" ? (entry.strings[0] ?? null) : null;
  }

  /**
   * A parameter of the node's shape, or one value for all. Equal values become one number, so that the compiler can fold
   * them.
   */
  parameter(
    field: string,
    shape: readonly number[],
    range: "any" | "positive" | "nonnegative" = "any",
  ): Values {
    const entry = this.numbers(field);
    if (entry === null) return Number.NaN;
    if (entry.numbers.length > 1 && entry.shape.join() !== shape.join()) {
      this.refuse(field, `shape [${entry.shape}]`, `shape [${shape}], as its other parameters`);
      return Number.NaN;
    }
    const bad = range === "any" ? -1 : firstUnlike(entry.numbers, inRange[range]);
    if (bad >= 0) {
      this.refuse(`${field}[${bad}]`, String(entry.numbers[bad]), `a ${range} number`, VALUES);
    }
    const first = at(entry.numbers, 0);
    return firstUnlike(entry.numbers, (x) => x === first) < 0 ? first : entry.numbers;
  }
}

/** As findIndex of the opposite, several times as fast for millions of elements. */
function firstUnlike(numbers: Float64Array, like: (x: number) => boolean): number {
  for (let k = 0; k < numbers.length; k++) if (!like(numbers[k] as number)) return k;
  return -1;
}

const inRange = {
  positive: (x: number) => x > 0,
  nonnegative: (x: number) => x >= 0,
} as const;

/** Multiplies Values by a factor. */
export const scaled = (values: Values, factor: number): Values =>
  factor === 1
    ? values
    : typeof values === "number"
      ? values * factor
      : values.map((x) => x * factor);
