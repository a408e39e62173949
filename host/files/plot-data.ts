/**
 * What a plot keeps of a run, in memory that does not grow with it: columns of time that become twice as wide whenever
 * they run out, and a sample of rows. A picture has no more columns either.
 */

export const COLUMNS = 1024;

/** Columns of equal width; when all are used, pairs of them become one. */
class Columns {
  /** steps of one column */
  width = 1;
  steps = 0;

  /** The column of the next step; `merge` is called where columns become wider. */
  next(merge: () => void): number {
    if (this.steps === COLUMNS * this.width) {
      this.width *= 2;
      merge();
    }
    return Math.floor(this.steps++ / this.width);
  }
}

/** Which neurons of a population spiked in which column of time. */
export class Raster {
  readonly name: string;
  /** elements, of which `shown` are rows */
  readonly n: number;
  /** the element of each row */
  readonly shown: Int32Array;
  readonly #columns = new Columns();
  /** rows × COLUMNS: 1 where there was a spike */
  #lit: Uint8Array;

  constructor(name: string, n: number, mostRows: number) {
    this.name = name;
    this.n = n;
    const rows = Math.min(n, mostRows);
    this.shown = Int32Array.from({ length: rows }, (_, row) => Math.floor((row * n) / rows));
    this.#lit = new Uint8Array(rows * COLUMNS);
  }

  get width(): number {
    return this.#columns.width;
  }

  add(spikes: Uint8Array): void {
    const column = this.#columns.next(() => this.#merge());
    for (let row = 0; row < this.shown.length; row++) {
      if ((spikes[this.shown[row] as number] as number) > 0) {
        this.#lit[row * COLUMNS + column] = 1;
      }
    }
  }

  /** Runs of columns with spikes: [first, count]. */
  *runs(row: number): Generator<readonly [number, number]> {
    const line = this.#lit.subarray(row * COLUMNS, (row + 1) * COLUMNS);
    for (let at = line.indexOf(1); at >= 0; at = line.indexOf(1, at)) {
      const dark = line.indexOf(0, at);
      const end = dark < 0 ? COLUMNS : dark;
      yield [at, end - at];
      at = end;
    }
  }

  #merge(): void {
    const merged = new Uint8Array(this.#lit.length);
    for (let k = 0; k < merged.length; k++) {
      if (this.#lit[k] === 0) continue;
      const row = Math.floor(k / COLUMNS);
      merged[row * COLUMNS + ((k % COLUMNS) >> 1)] = 1;
    }
    this.#lit = merged;
  }
}

/** The course of a value: lowest and highest in each column. */
export class Trace {
  readonly name: string;
  readonly neuron: number;
  readonly #columns = new Columns();
  #low = new Float64Array(COLUMNS).fill(Number.POSITIVE_INFINITY);
  #high = new Float64Array(COLUMNS).fill(Number.NEGATIVE_INFINITY);

  constructor(name: string, neuron: number) {
    this.name = name;
    this.neuron = neuron;
  }

  get width(): number {
    return this.#columns.width;
  }

  get used(): number {
    return Math.ceil(this.#columns.steps / this.#columns.width);
  }

  add(value: number): void {
    const column = this.#columns.next(() => this.#merge());
    this.#low[column] = Math.min(this.#low[column] as number, value);
    this.#high[column] = Math.max(this.#high[column] as number, value);
  }

  bounds(column: number): readonly [low: number, high: number] {
    return [this.#low[column] as number, this.#high[column] as number];
  }

  #merge(): void {
    const half = (from: Float64Array, of: (a: number, b: number) => number, empty: number) => {
      const merged = new Float64Array(COLUMNS).fill(empty);
      for (let k = 0; k < COLUMNS / 2; k++) {
        merged[k] = of(from[2 * k] as number, from[2 * k + 1] as number);
      }
      return merged;
    };
    this.#low = half(this.#low, Math.min, Number.POSITIVE_INFINITY);
    this.#high = half(this.#high, Math.max, Number.NEGATIVE_INFINITY);
  }
}
