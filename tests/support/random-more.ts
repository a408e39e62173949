/** Random operators that compute: extrema, slopes, reductions over any axes, bilinear resizing. */
import {
  type Append,
  activation,
  addNode,
  anyZeroPoint,
  constantI8,
  type Draft,
  f32,
  graphInput,
  quantisationOf,
  shapeOf,
} from "./random-draft.ts";

/** What the second operand may be, so that the output has the shape of the first. */
function beside({ dice }: Draft, shape: readonly number[]): readonly number[] {
  const last = shape.length - 1;
  return dice.pick([
    shape,
    shape,
    shape.map((d, k) => (k === last ? d : 1)),
    shape.slice(1),
    shape.slice(last),
    [1],
    shape.map((d, k) => (dice.chance(0.5) || k === 0 ? d : 1)),
  ]);
}

function second(draft: Draft, shape: readonly number[], scale: number, zeroPoint: number): number {
  const { dice } = draft;
  if (dice.chance(0.4)) return graphInput(draft, shape, { scale, zeroPoint });
  const length = shape.reduce((n, d) => n * d, 1);
  const values = Int8Array.from({ length }, () => dice.int(-128, 127));
  return constantI8(draft, shape, values, [scale], zeroPoint, 0);
}

export const extremum =
  (kind: "MAXIMUM" | "MINIMUM"): Append =>
  (draft, input) => {
    const shape = shapeOf(draft, input);
    const { scale, zeroPoint } = quantisationOf(draft, input);
    const other = second(draft, beside(draft, shape), scale, zeroPoint);
    const inputs = draft.dice.chance(0.5) ? [input, other] : [other, input];
    const output = activation(draft, shape, { scale, zeroPoint });
    return addNode(draft, { kind, inputs, output });
  };

export const prelu: Append = (draft, input) => {
  const { dice } = draft;
  const shape = shapeOf(draft, input);
  const { scale } = quantisationOf(draft, input);
  const slope = f32(2 ** dice.real(-12, 0));
  const alpha = second(draft, beside(draft, shape), slope, anyZeroPoint(dice));
  const ratio = dice.chance(0.2) ? 1 : 2 ** dice.real(-4, 4);
  const to = { scale: f32(scale / ratio), zeroPoint: anyZeroPoint(dice) };
  const output = activation(draft, shape, to);
  return addNode(draft, { kind: "PRELU", inputs: [input, alpha], output });
};

/** Any axes, so that what is left may lie before, behind and between them. */
export const reduction =
  (kind: "MEAN" | "SUM"): Append =>
  (draft, input) => {
    const { dice } = draft;
    const shape = shapeOf(draft, input);
    const drawn = shape.map((_, k) => k).filter(() => dice.chance(0.5));
    const axes = drawn.length > 0 ? drawn : [dice.int(0, shape.length - 1)];
    const keep = dice.chance(0.5);
    const to = shape.flatMap((d, k) => (axes.includes(k) ? (keep ? [1] : []) : [d]));
    const count = axes.reduce((n, k) => n * (shape[k] ?? 1), 1);
    // a sum grows with what is summed: its scale does, mostly
    const ratio = 2 ** dice.real(-6, 5) / (kind === "SUM" ? count : 1);
    const { scale } = quantisationOf(draft, input);
    const quantised = { scale: f32(scale / ratio), zeroPoint: anyZeroPoint(dice) };
    return addNode(draft, {
      kind,
      inputs: [input],
      output: activation(draft, to, quantised),
      axes,
    });
  };

export const hardSwish: Append = (draft, input) => {
  const { dice } = draft;
  const { scale } = quantisationOf(draft, input);
  const ratio = 2 ** dice.real(-3, 6);
  const to = { scale: f32(scale / ratio), zeroPoint: anyZeroPoint(dice) };
  const output = activation(draft, shapeOf(draft, input), to);
  return addNode(draft, { kind: "HARD_SWISH", inputs: [input], output });
};

/** Along any axis; indices have no scale of their own. */
export const argExtremum =
  (kind: "ARG_MAX" | "ARG_MIN"): Append =>
  (draft, input) => {
    const shape = shapeOf(draft, input);
    const axis = draft.dice.int(0, shape.length - 1);
    const output =
      draft.tensors.push({
        ...{ name: `t${draft.tensors.length}`, shape: shape.toSpliced(axis, 1), dtype: "i32" },
        ...{ quantization: { scales: [1], zeroPoints: [0], axis: 0 }, data: null },
      }) - 1;
    return addNode(draft, { kind, inputs: [input], output, axis });
  };
