/**
 * Behind a front end a step of the module is a hop of the network's steps, and what one of these leaves is written over by the
 * next. For a recording it is kept, step after step, until the hop is over.
 */
import type { Draft } from "./draft.ts";

/** How many bytes are there already; then they. */
const HEAD_BYTES = 8;

/** @param names as the manifest has them: "cells.spikes". The last calls of a step: all of it has acted */
export function keepSteps(draft: Draft, names: readonly string[], steps: number): void {
  for (const name of names) {
    const { ref, len, shape = [], ...reading } = draft.shown(name);
    const kept = draft.block("activation", HEAD_BYTES + steps * len);
    const comment = `${name} of every step`;
    draft.hop.push({ file: "fixed/fill", entry: "zero", args: [kept, HEAD_BYTES], comment });
    draft.last.push({ file: "fixed/keep", entry: "keep", args: [ref, len, kept], comment });
    const first = { ...kept, offset: kept.offset + HEAD_BYTES };
    const all = { ...reading, shape: [steps, ...shape] };
    draft.name(name, first, steps * len, all, "trace");
  }
}
