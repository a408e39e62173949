/** Random graphs that keep something from step to step: windows that shift, in every way that they are written, and all else. */
import type { LayeredGraph, Variable } from "../../host/model/graph.ts";
import { mulberry32 } from "../../host/model/random.ts";
import {
  addNode,
  alike,
  anyQuantisation,
  constantI8,
  type Draft,
  emptyDraft,
  graphInput,
  quantisationOf,
  shapeOf,
} from "./random-draft.ts";
import { finish } from "./random-graph.ts";
import { OPERATORS } from "./random-operators.ts";

type Growing = {
  readonly draft: Draft;
  readonly variables: Variable[];
  readonly outputs: number[];
};

/** A variable of the same bytes as `like`, in another shape; what it becomes is said later. */
function variable({ draft, variables }: Growing, like: number, shape: readonly number[]): number {
  const { int, chance, pick } = draft.dice;
  const tensor = alike(draft, like, shape);
  const length = shape.reduce((n, d) => n * d, 1);
  const uniform = pick([0, 255, int(0, 255)]);
  const varied = chance(0.5);
  const initial = Uint8Array.from({ length }, () => (varied ? int(0, 255) : uniform));
  variables.push({ name: `v${variables.length}`, tensor, next: tensor, initial });
  return tensor;
}

function assign({ variables }: Growing, tensor: number, next: number): void {
  const k = variables.findIndex((one) => one.tensor === tensor);
  variables[k] = { ...(variables[k] as Variable), next };
}

/** From row `begin` on so many. */
function rowsOf(draft: Draft, input: number, begin: number, count: number): number {
  const box = shapeOf(draft, input);
  const extents = box.with(1, count);
  return addNode(draft, {
    ...{ kind: "STRIDED_SLICE", inputs: [input], output: alike(draft, input, extents) },
    ...{ begin: box.map((_, k) => (k === 1 ? begin : 0)), strides: box.map(() => 1), extents },
  });
}

/** What an operator makes of the input, in its quantisation: a tensor that a kernel writes. */
function made(draft: Draft, input: number): number {
  const kind = draft.dice.pick(["MAXIMUM", "TRANSPOSE"] as const);
  const shape = shapeOf(draft, input);
  const output = alike(draft, input, shape);
  if (kind === "TRANSPOSE") {
    return addNode(draft, { kind, inputs: [input], output, permutation: shape.map((_, k) => k) });
  }
  const { scale, zeroPoint } = quantisationOf(draft, input);
  const floor = constantI8(draft, [1], Int8Array.of(-90), [scale], zeroPoint, 0);
  return addNode(draft, { kind, inputs: [input, floor], output });
}

/** New rows behind the kept ones; the end of all, or something like it, is kept again. Returns the new rows' successor. */
function window(growing: Growing, input: number): number {
  const { draft, outputs } = growing;
  const { int, chance, pick } = draft.dice;
  const [, rows = 1, , depth = 1] = shapeOf(draft, input);
  const kept = int(1, 6);
  const before = variable(growing, input, [1, kept, 1, depth]);
  const fresh = chance(0.6) ? made(draft, input) : input;
  const again = chance(0.2) ? [fresh] : [];
  const behind = [fresh, ...again];
  const joinedRows = kept + rows * behind.length;
  const joined = addNode(draft, {
    ...{ kind: "CONCATENATION", axis: 1 },
    // now and then new rows come first, which is no window
    inputs: chance(0.15) ? [...behind, before] : [before, ...behind],
    output: alike(draft, input, [1, joinedRows, 1, depth]),
  });
  const cut = rowsOf(draft, joined, chance(0.85) ? joinedRows - kept : 0, kept);
  assign(growing, before, cut);
  for (const seen of [before, joined, cut, fresh]) if (chance(0.25)) outputs.push(seen);
  if (chance(0.3)) outputs.push(OPERATORS.RELU.append(draft, cut));
  // what kernels read of a window by itself
  return pick([
    () => joined,
    () => rowsOf(draft, joined, int(0, joinedRows - 1), 1),
    () => OPERATORS.DEPTHWISE_CONV_2D.append(draft, joined),
    () => OPERATORS.CONV_2D.append(draft, joined),
  ])();
}

/** Variables that are no windows: sums, exchanges, what stays, what comes from outside or never changes. */
function others(growing: Growing, input: number): void {
  const { draft, outputs } = growing;
  const { pick, chance } = draft.dice;
  const shape = shapeOf(draft, input);
  const [a, b] = [variable(growing, input, shape), variable(growing, input, shape)];
  const kinds: (() => void)[] = [
    () => {
      // exchanged, and seen on the way
      assign(growing, a, b);
      assign(growing, b, a);
    },
    () => {
      assign(growing, a, b);
      assign(growing, b, input);
    },
    () => {
      const to = alike(draft, input, shape);
      assign(growing, a, addNode(draft, { kind: "MAXIMUM", inputs: [a, input], output: to }));
      assign(growing, b, a);
    },
    () => {
      const { scale, zeroPoint } = quantisationOf(draft, input);
      const length = shape.reduce((n, d) => n * d, 1);
      const values = Int8Array.from({ length }, (_, k) => k - 60);
      assign(growing, a, constantI8(draft, shape, values, [scale], zeroPoint, 0));
    },
    () => {
      const renamed = alike(draft, b, [shape.reduce((n, d) => n * d, 1)]);
      addNode(draft, { kind: "RESHAPE", inputs: [b], output: renamed });
      const back = alike(draft, b, shape);
      addNode(draft, { kind: "RESHAPE", inputs: [renamed], output: back });
      assign(growing, a, back);
      assign(growing, b, input);
    },
  ];
  pick(kinds)();
  outputs.push(a, b);
  if (chance(0.5)) outputs.push(OPERATORS.RELU.append(draft, a));
}

/** One to three windows in a row, now and then other variables beside them. */
export function randomVariables(seed: number): LayeredGraph {
  const draft = emptyDraft(mulberry32(seed));
  const { int, pick, chance } = draft.dice;
  const growing: Growing = { draft, variables: [], outputs: [] };
  const rows = int(1, 3);
  const depth = pick([1, 2, 3, 6, 8, 12, 16, 24, 40]);
  const input = graphInput(draft, [1, rows, 1, depth], anyQuantisation(draft.dice));
  let last: number = input;
  for (let k = int(1, 3); k > 0; k--) {
    const [, high = 1, wide = 1] = shapeOf(draft, last);
    if (high * wide > 40 || wide !== 1) break;
    last = window(growing, last);
  }
  if (chance(0.4)) others(growing, input);
  const outputs = [...new Set([...growing.outputs, last])];
  return { ...finish(draft, `variables#${seed}`, outputs), variables: growing.variables };
}
