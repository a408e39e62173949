/** Slices that are parts of another tensor's memory: read side by side, written over, given out, cut out of constants. */
import { expect, test } from "vitest";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { mulberry32 } from "../../host/model/random.ts";
import {
  activation,
  addNode,
  alike,
  constantI8,
  type Draft,
  emptyDraft,
  graphInput,
} from "../support/random-draft.ts";
import { finish } from "../support/random-graph.ts";
import { disagreements } from "./random.ts";
import { ROUNDINGS, TARGETS } from "./targets.ts";

const QUANTISED = { scale: 0.5, zeroPoint: -7 };

/** `size` bytes of a row from `first` on. */
function cut(draft: Draft, input: number, first: number, size: number): number {
  return addNode(draft, {
    kind: "STRIDED_SLICE",
    ...{ inputs: [input], output: alike(draft, input, [1, size]) },
    ...{ begin: [0, first], strides: [1, 1], extents: [1, size] },
  });
}

const computed = (draft: Draft, input: number, size: number): number =>
  addNode(draft, {
    kind: "LEAKY_RELU",
    ...{ inputs: [input], output: activation(draft, [1, size], QUANTISED), alpha: 0.5 },
  });

const sum = (draft: Draft, a: number, b: number, size: number): number =>
  addNode(draft, {
    kind: "ADD",
    ...{ inputs: [a, b], output: activation(draft, [1, size], QUANTISED), activation: "NONE" },
  });

/** A row of 64 that is computed, so that it lies among the activations. */
function rowOf(draft: Draft): number {
  return computed(draft, graphInput(draft, [1, 64], QUANTISED), 64);
}

const GRAPHS: Readonly<Record<string, (draft: Draft) => readonly number[]>> = {
  "two parts that overlap, the later first": (draft) => {
    const row = rowOf(draft);
    return [sum(draft, cut(draft, row, 8, 48), cut(draft, row, 0, 48), 48)];
  },
  "two parts that overlap, the earlier first": (draft) => {
    const row = rowOf(draft);
    return [computed(draft, sum(draft, cut(draft, row, 0, 48), cut(draft, row, 16, 48), 48), 48)];
  },
  "a part beside itself, and parts of parts": (draft) => {
    const row = rowOf(draft);
    const part = cut(draft, cut(draft, row, 8, 40), 8, 24);
    return [sum(draft, part, part, 24), sum(draft, part, cut(draft, row, 16, 24), 24)];
  },
  "what is written over a part leaves what is read later": (draft) => {
    const row = rowOf(draft);
    const first = computed(draft, cut(draft, row, 0, 32), 32);
    const second = computed(draft, cut(draft, row, 32, 32), 32);
    return [sum(draft, first, second, 32)];
  },
  "parts are outputs, and so is the whole": (draft) => {
    const row = rowOf(draft);
    return [cut(draft, row, 8, 9), row, cut(draft, row, 24, 40), cut(draft, row, 3, 5)];
  },
  "the whole under another name, and a part of that": (draft) => {
    const row = rowOf(draft);
    return [cut(draft, row, 0, 64), cut(draft, cut(draft, row, 0, 64), 16, 8)];
  },
  "a part of an input": (draft) => {
    const input = graphInput(draft, [1, 64], QUANTISED);
    return [computed(draft, cut(draft, input, 40, 24), 24), cut(draft, input, 8, 8)];
  },
  "a part of a constant": (draft) => {
    const values = Int8Array.from({ length: 64 }, (_, k) => 5 * k - 128);
    const constant = constantI8(draft, [1, 64], values, [0.5], -7, 0);
    const input = graphInput(draft, [1, 16], QUANTISED);
    return [sum(draft, cut(draft, constant, 16, 16), input, 16), cut(draft, constant, 32, 8)];
  },
};

const graphs: readonly LayeredGraph[] = Object.entries(GRAPHS).map(([name, make]) => {
  const draft = emptyDraft(mulberry32(1));
  return finish(draft, name, make(draft));
});

for (const row of TARGETS) {
  for (const rounding of ROUNDINGS) {
    test(`${graphs.length} graphs of slices, ${row.name}, ${rounding} rounding`, async () => {
      expect(await disagreements(graphs, row, rounding, 3)).toEqual([]);
    });
  }
}
