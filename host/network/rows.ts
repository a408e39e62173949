/** Who connects to whom: compressed rows by presynaptic neuron, in typed arrays only. */
import type { Random } from "../model/random.ts";

export type Rows = {
  /** synapses of source i are at rowStart[i] … rowStart[i + 1] − 1 */
  readonly rowStart: Uint32Array;
  readonly post: Uint32Array;
  /** place of each synapse in the caller's own list; null where there was none */
  readonly order: Uint32Array | null;
};

/** What is to be connected. Indices are local: 0 is the first neuron of this part of a population. */
export type Pairing = {
  /** names the projection in errors */
  readonly where: string;
  readonly pre: number;
  readonly post: number;
  /** source i and target i + shift are the same neuron; null between populations */
  readonly shift: number | null;
  readonly random: Random;
};

/** A projection has at most this many synapses: 400 MB of rows, weights and delays. */
export const MAX_SYNAPSES = 2 ** 25;

/** Rows written one after another, their number of synapses not known before. */
export class RowWriter {
  readonly #rowStart: Uint32Array;
  #post: Uint32Array;
  #row = 0;
  #count = 0;

  /** @param expected synapses: more is allowed, and costs a copy */
  constructor(pre: number, expected: number) {
    this.#rowStart = new Uint32Array(pre + 1);
    this.#post = new Uint32Array(Math.min(Math.ceil(expected), MAX_SYNAPSES));
  }

  get count(): number {
    return this.#count;
  }

  push(post: number): void {
    if (this.#count === this.#post.length) {
      const longer = new Uint32Array(Math.ceil(this.#count * 1.25) + 64);
      longer.set(this.#post);
      this.#post = longer;
    }
    this.#post[this.#count++] = post;
  }

  endRow(): void {
    this.#rowStart[++this.#row] = this.#count;
  }

  finish(): Rows {
    return { rowStart: this.#rowStart, post: this.#post.slice(0, this.#count), order: null };
  }
}

/** Rows of any list of pairs: a counting sort by source that keeps the list's order within a row. */
export function rowsOfPairs(n: number, pre: Uint32Array, post: Uint32Array): Required<Rows> {
  const rowStart = new Uint32Array(n + 1);
  for (const i of pre) rowStart[i + 1] = (rowStart[i + 1] as number) + 1;
  for (let i = 0; i < n; i++)
    rowStart[i + 1] = (rowStart[i + 1] as number) + (rowStart[i] as number);
  if (rowStart[n] !== pre.length) throw new RangeError(`a source that is not one of ${n}`);
  const next = rowStart.slice(0, n);
  const order = new Uint32Array(pre.length);
  const sorted = new Uint32Array(pre.length);
  for (let k = 0; k < pre.length; k++) {
    const i = pre[k] as number;
    const place = next[i] as number;
    next[i] = place + 1;
    sorted[place] = post[k] as number;
    order[place] = k;
  }
  return { rowStart, post: sorted, order };
}

/** Every edge {a, b} of an undirected graph as two synapses, rows sorted by target. */
export function rowsOfUndirected(n: number, a: Uint32Array, b: Uint32Array): Rows {
  const from = new Uint32Array(2 * a.length);
  const to = new Uint32Array(2 * a.length);
  from.set(a);
  from.set(b, a.length);
  to.set(b);
  to.set(a, a.length);
  const unsorted = rowsOfPairs(n, from, to);
  // the transpose of a symmetric graph is the graph itself, its rows in order of their sources
  for (let i = 0; i < n; i++) from.fill(i, unsorted.rowStart[i], unsorted.rowStart[i + 1]);
  const { rowStart, post } = rowsOfPairs(n, unsorted.post, from);
  return { rowStart, post, order: null };
}
