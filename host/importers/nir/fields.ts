/** Typed access to the datasets of one NIR node. Collects problems instead of stopping at the first. */
import { type Problem, problem } from "../../errors.ts";
import type { Values } from "../../model/spiking-graph.ts";
import type { Hdf5Group, Hdf5Numbers } from "./hdf5.ts";

export class Fields {
  readonly name: string;
  readonly type: string;
  readonly #group: Hdf5Group;
  readonly #problems: Problem[];

  constructor(name: string, type: string, group: Hdf5Group, problems: Problem[]) {
    this.name = name;
    this.type = type;
    this.#group = group;
    this.#problems = problems;
  }

  /** Notes a problem of this node. */
  refuse(field: string, got: string, expected: string, remedy?: string): void {
    const where = `node ${this.name} (${this.type})${field ? `, ${field}` : ""}`;
    this.#problems.push(problem("MODEL_SHAPE", where, got, expected, remedy));
  }

  has(field: string): boolean {
    return this.#group.children.has(field);
  }

  /** A numeric dataset, or null after noting what is wrong. */
  numbers(field: string): Hdf5Numbers | null {
    const entry = this.#group.children.get(field);
    if (entry?.kind !== "numbers") {
      this.refuse(field, entry ? entry.kind : "nothing", "a numeric dataset");
      return null;
    }
    const bad = entry.numbers.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      this.refuse(`${field}[${bad}]`, String(entry.numbers[bad]), "a finite number");
      return null;
    }
    return entry;
  }

  /** Integers ≥ low: sizes, strides. A scalar counts as one. */
  integers(field: string, count: number | null, low: number): readonly number[] | null {
    const entry = this.numbers(field);
    if (entry === null) return null;
    const list = Array.from(entry.numbers);
    const wrong = list.find((x) => !Number.isInteger(x) || x < low || x > 2 ** 31 - 1);
    if (wrong !== undefined || (count !== null && list.length !== count)) {
      const many = count === null ? "integers" : `${count} integer${count === 1 ? "" : "s"}`;
      this.refuse(field, `[${list.slice(0, 8)}]`, `${many} ≥ ${low}`);
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
   * A neuron parameter of the node's shape. Old files write scalars: they hold for every neuron. Equal values become
   * one number, so that the compiler can fold them.
   */
  parameter(field: string, shape: readonly number[], range?: "positive" | "nonnegative"): Values {
    const entry = this.numbers(field);
    if (entry === null) return Number.NaN;
    const elements = shape.reduce((n, d) => n * d, 1);
    const scalar = entry.numbers.length === 1;
    if (!scalar && entry.shape.join() !== shape.join()) {
      this.refuse(field, `shape [${entry.shape}]`, `shape [${shape}], as its other parameters`);
      return Number.NaN;
    }
    const low = range === "positive" ? Number.MIN_VALUE : range === "nonnegative" ? 0 : -Infinity;
    const bad = entry.numbers.findIndex((x) => x < low);
    if (bad >= 0) this.refuse(`${field}[${bad}]`, String(entry.numbers[bad]), `${range} values`);
    const first = entry.numbers[0] ?? Number.NaN;
    if (elements === 0) this.refuse(field, "no elements", "at least one neuron");
    return entry.numbers.every((x) => x === first) ? first : entry.numbers;
  }
}

/** Multiplies Values by a factor. */
export const scaled = (values: Values, factor: number): Values =>
  factor === 1
    ? values
    : typeof values === "number"
      ? values * factor
      : values.map((x) => x * factor);
