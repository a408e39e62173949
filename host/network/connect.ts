/** Rules of connection. By default no neuron connects to itself, and none twice to the same target. */
import { fail } from "../errors.ts";
import { log } from "../model/elementary.ts";
import { checkKeys } from "./keys.ts";
import { MAX_SYNAPSES, type Pairing, type Rows, RowWriter, rowsOfPairs } from "./rows.ts";

/** Shapes with a form of their own in the graph keep their name; all others are rows. */
export type Connect =
  | { readonly kind: "all-to-all"; readonly self: boolean }
  | { readonly kind: "one-to-one" }
  | { readonly kind: "rows"; readonly rows: (pairing: Pairing) => Rows };

type Self = { readonly self?: boolean };

const selfOf = (where: string, given: Self): boolean => {
  checkKeys(where, given, { self: true });
  return given.self ?? false;
};

export const allToAll = (given: Self = {}): Connect => ({
  kind: "all-to-all",
  self: selfOf("allToAll", given),
});

/** Neuron k to neuron k: parts of the same size. */
export const oneToOne = (): Connect => ({ kind: "one-to-one" });

/**
 * Every pair with probability p. Up to 10^8 pairs by definition: for each source, for each target in order, connect if
 * the next number is below p. Beyond that by the length of the gaps between synapses, whose distribution is geometric:
 * the same statistics in time proportional to the synapses.
 */
export const probability = (p: number, given: Self = {}): Connect =>
  byProbability(p, selfOf("probability", given));

const byProbability = (p: number, self: boolean): Connect => ({
  kind: "rows",
  rows: (pairing) => {
    const { where, pre, post } = pairing;
    if (!(p >= 0 && p <= 1)) {
      fail("MODEL_RANGE", where, `probability(${p})`, "a probability from 0 to 1", CHANGE);
    }
    const mean = p * pre * post;
    refuseTooMany(where, Math.round(mean));
    const writer = new RowWriter(pre, mean + 6 * Math.sqrt(mean) + 16);
    if (pre * post <= MAX_TRIED_PAIRS || p === 1) tryEveryPair(pairing, self, p, writer);
    else if (p > 0) skipGaps(pairing, self, p, writer);
    else for (let i = 0; i < pre; i++) writer.endRow();
    return writer.finish();
  },
});

const MAX_TRIED_PAIRS = 1e8;

/** Target of source i that is i itself; −1 where there is none, or where it may connect. */
const own = ({ shift }: Pairing, self: boolean, i: number): number =>
  self || shift === null ? -1 : i + shift;

function tryEveryPair(pairing: Pairing, self: boolean, p: number, writer: RowWriter): void {
  const { pre, post, random } = pairing;
  for (let i = 0; i < pre; i++) {
    const skipped = own(pairing, self, i);
    for (let j = 0; j < post; j++) if (j !== skipped && random() < p) writer.push(j);
    writer.endRow();
  }
}

function skipGaps(pairing: Pairing, self: boolean, p: number, writer: RowWriter): void {
  const { pre, post, random } = pairing;
  const scale = 1 / log(1 - p);
  // P(gap ≥ k) = (1 − p)^k; 1 − random() is in (0, 1]
  const gap = () => Math.floor(log(1 - random()) * scale);
  let j = gap();
  for (let i = 0; i < pre; i++) {
    const skipped = own(pairing, self, i);
    for (; j < post; j += 1 + gap()) if (j !== skipped) writer.push(j);
    j -= post;
    writer.endRow();
  }
}

/** Every target gets exactly k synapses, from different sources. */
export const inDegree = (k: number, given: Self = {}): Connect =>
  byDegree(k, selfOf("inDegree", given));

const byDegree = (k: number, self: boolean): Connect => ({
  kind: "rows",
  rows: (pairing) => {
    const { where, pre, post, shift, random } = pairing;
    const most = pre - (self || shift === null ? 0 : 1);
    if (!(Number.isInteger(k) && k >= 0 && k <= most)) {
      fail("MODEL_RANGE", where, `inDegree(${k})`, `a whole number from 0 to ${most}`, CHANGE);
    }
    refuseTooMany(where, k * post);
    const from = new Uint32Array(k * post);
    const to = new Uint32Array(k * post);
    const chosenBy = new Uint32Array(pre); // target + 1 that drew this source last
    for (let j = 0, n = 0; j < post; j++) {
      const twin = self || shift === null ? -1 : j - shift;
      const candidates = pre - (twin >= 0 && twin < pre ? 1 : 0);
      // Floyd's sample of k out of the candidates: one number each, no redraws
      for (let top = candidates - k; top < candidates; top++, n++) {
        const drawn = Math.floor(random() * (top + 1));
        const source = (c: number) => (twin >= 0 && twin < pre && c >= twin ? c + 1 : c);
        const i = chosenBy[source(drawn)] === j + 1 ? source(top) : source(drawn);
        chosenBy[i] = j + 1;
        from[n] = i;
        to[n] = j;
      }
    }
    return { ...rowsOfPairs(pre, from, to), order: null };
  },
});

/** Exactly these pairs; weights and delays given as lists stand in the same order. */
export const list = (pre: ArrayLike<number>, post: ArrayLike<number>): Connect => ({
  kind: "rows",
  rows: ({ where, pre: sources, post: targets }) => {
    if (pre.length !== post.length) {
      const got = `${pre.length} sources and ${post.length} targets`;
      fail("MODEL_SHAPE", where, got, "lists of the same length", CHANGE);
    }
    refuseTooMany(where, pre.length);
    const indices = (values: ArrayLike<number>, n: number, what: string) =>
      Uint32Array.from(values, (x, k) =>
        Number.isInteger(x) && x >= 0 && x < n
          ? x
          : fail("MODEL_SHAPE", where, `${what}[${k}] = ${x}`, `0 … ${n - 1}`, CHANGE),
      );
    return rowsOfPairs(sources, indices(pre, sources, "source"), indices(post, targets, "target"));
  },
});

export function refuseTooMany(where: string, synapses: number): void {
  if (synapses <= MAX_SYNAPSES) return;
  const remedy = "Lower the probability or the degree, or split the population.";
  fail("MODEL_RANGE", where, `${synapses} synapses`, `at most ${MAX_SYNAPSES}`, remedy);
}

const CHANGE = "Change the rule in the code that builds this network.";
