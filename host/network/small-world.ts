/**
 * Watts & Strogatz 1998: a ring on which every neuron knows its k nearest, each edge rewired with probability p to a
 * target drawn from all others. Undirected: every edge is two synapses, and the number of edges stays n·k/2.
 */
import { fail } from "../errors.ts";
import { type Connect, refuseTooMany } from "./connect.ts";
import { type Pairing, rowsOfUndirected } from "./rows.ts";

export const smallWorld = (k: number, p: number): Connect => ({
  kind: "rows",
  rows: (pairing) => {
    const n = withinItself(pairing, `smallWorld(${k}, ${p})`);
    const { where, random } = pairing;
    const refuse = (expected: string): never =>
      fail("MODEL_RANGE", where, `smallWorld(${k}, ${p})`, expected, CHANGE);
    if (!(Number.isInteger(k) && k >= 2 && k % 2 === 0 && k < n)) {
      refuse(`an even number of neighbours from 2 to ${n - 1}`);
    }
    if (!(p >= 0 && p <= 1)) refuse("a probability from 0 to 1");
    refuseTooMany(where, n * k);

    // edge {i, to[i·half + d]}: an edge belongs to the neuron it started from, so looking for one takes k comparisons
    const half = k / 2;
    const to = new Uint32Array(n * half);
    for (let i = 0; i < n; i++) {
      for (let d = 0; d < half; d++) to[i * half + d] = (i + d + 1) % n;
    }
    const owns = (i: number, j: number): boolean => {
      for (let e = i * half; e < (i + 1) * half; e++) if (to[e] === j) return true;
      return false;
    };
    // neuron after neuron for the nearest neighbours, then for the next, as in the paper; a full neuron keeps its edges
    for (let d = 0; d < half && p > 0 && k < n - 1; d++) {
      for (let i = 0; i < n; i++) {
        if (random() >= p) continue;
        for (let redraws = 0; redraws < 64 * n; redraws++) {
          const j = Math.floor(random() * n);
          if (j === i || owns(i, j) || owns(j, i)) continue;
          to[i * half + d] = j;
          break;
        }
      }
    }
    const from = Uint32Array.from(to, (_, e) => Math.floor(e / half));
    return rowsOfUndirected(n, from, to);
  },
});

/** The size of a part of a population that is connected with itself; raises for anything else. */
export function withinItself({ where, pre, post, shift }: Pairing, rule: string): number {
  if (shift === 0 && pre === post) return pre;
  return fail(
    "MODEL_SHAPE",
    where,
    `${rule} between ${pre} and ${post} neurons`,
    "one population as source and target",
    CHANGE,
  );
}

const CHANGE = "Change the rule in the code that builds this network.";
