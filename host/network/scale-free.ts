/**
 * Barabási & Albert 1999: growth from m + 1 neurons that all know each other; every further one connects to m others,
 * drawn in proportion to the edges they have. Undirected: every edge is two synapses.
 */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { type Connect, refuseTooMany } from "./connect.ts";
import { rowsOfUndirected } from "./rows.ts";
import { withinItself } from "./small-world.ts";

export const scaleFree = (m: number): Connect => ({
  kind: "rows",
  rows: (pairing) => {
    const n = withinItself(pairing, `scaleFree(${m})`);
    const { where, random } = pairing;
    if (!(Number.isInteger(m) && m >= 1 && m < n)) {
      const expected = `a whole number from 1 to ${n - 1}`;
      fail("MODEL_RANGE", where, `scaleFree(${m})`, expected, CHANGE);
    }
    const edges = (m * (m + 1)) / 2 + m * (n - m - 1);
    refuseTooMany(where, 2 * edges);
    const a = new Uint32Array(edges);
    const b = new Uint32Array(edges);
    let count = 0;
    const connect = (i: number, j: number): void => {
      a[count] = i;
      b[count++] = j;
    };
    for (let i = 1; i <= m; i++) for (let j = 0; j < i; j++) connect(i, j);
    for (let i = m + 1; i < n; i++) {
      const before = count; // this neuron's own edges attract nothing yet
      for (let drawn = 0; drawn < m; ) {
        // an end of an edge drawn evenly is a neuron drawn by its degree
        const end = Math.floor(random() * 2 * before);
        const j = end < before ? at(a, end) : at(b, end - before);
        if (b.subarray(before, count).includes(j)) continue;
        connect(i, j);
        drawn += 1;
      }
    }
    return rowsOfUndirected(n, a, b);
  },
});

const CHANGE = "Change the rule in the code that builds this network.";
