/** Random operators that only move bytes: slices, transposes, resizes, gathers, packs. */
import {
  type Append,
  activation,
  addNode,
  alike,
  type Dice,
  graphInput,
  quantisationOf,
  shapeOf,
} from "./random-draft.ts";

/** Up to five axes, some of one element. */
export const anyBox = ({ int, pick, chance }: Dice): readonly number[] => {
  if (chance(0.4)) return [1, int(1, 9), int(1, 9), pick([1, 3, 4, 8, 16, 24])];
  return Array.from({ length: int(1, 5) }, () => (chance(0.2) ? 1 : int(1, 7)));
};

/** A piece of one axis: all of it, or from anywhere by any step, forwards or back. */
function piece({ int, chance, pick }: Dice, size: number) {
  if (chance(0.4)) return { begin: 0, stride: 1, extent: size };
  const begin = int(0, size - 1);
  const stride = pick([1, 1, 1, 2, 3, -1, -2]);
  const room = stride > 0 ? size - begin : begin + 1;
  return { begin, stride, extent: int(1, Math.ceil(room / Math.abs(stride))) };
}

export const stridedSlice: Append = (draft, input) => {
  const { dice } = draft;
  const shape = shapeOf(draft, input);
  const pieces = shape.map((size) => piece(dice, size));
  const extents = pieces.map(({ extent }) => extent);
  // an image stays one
  const shrinks = shape.length === 4 ? 0 : 0.5;
  const to = extents.filter((extent) => extent !== 1 || !dice.chance(shrinks));
  return addNode(draft, {
    kind: "STRIDED_SLICE",
    inputs: [input],
    output: alike(draft, input, to),
    begin: pieces.map(({ begin }) => begin),
    strides: pieces.map(({ stride }) => stride),
    extents,
  });
};

export const transpose: Append = (draft, input) => {
  const { int } = draft.dice;
  const shape = shapeOf(draft, input);
  const axes = shape.map((_, k) => k);
  const fixed = shape.length === 4 ? axes.splice(0, 1) : [];
  const permutation = [...fixed];
  while (axes.length > 0) permutation.push(...axes.splice(int(0, axes.length - 1), 1));
  const to = permutation.map((axis) => shape[axis] ?? 1);
  const output = alike(draft, input, to);
  return addNode(draft, { kind: "TRANSPOSE", inputs: [input], output, permutation });
};

export const resize =
  (kind: "RESIZE_NEAREST_NEIGHBOR" | "RESIZE_BILINEAR"): Append =>
  (draft, input) => {
    const { int, pick, chance } = draft.dice;
    const [, height = 1, width = 1, depth = 1] = shapeOf(draft, input);
    const size = (from: number) => (chance(0.5) ? from * int(1, 3) : int(1, 15));
    const [alignCorners, halfPixelCenters] = pick([
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 1],
    ]) as [number, number];
    const to = [1, size(height), size(width), depth];
    return addNode(draft, {
      kind,
      inputs: [input],
      output: activation(draft, to, quantisationOf(draft, input)),
      alignCorners,
      halfPixelCenters,
    });
  };

export const gather: Append = (draft, input) => {
  const { int } = draft.dice;
  const shape = shapeOf(draft, input);
  const axis = int(shape.length === 4 ? 1 : 0, shape.length - 1);
  const size = shape[axis] ?? 1;
  const indices = Array.from({ length: int(1, 9) }, () => int(0, size - 1));
  const output = alike(draft, input, shape.with(axis, indices.length));
  return addNode(draft, { kind: "GATHER", inputs: [input], output, axis, indices });
};

/** In a chain the image comes back: of the new axis one element is cut out again. */
export const pack: Append = (draft, input) => {
  const { int, chance } = draft.dice;
  const shape = shapeOf(draft, input);
  const inputs = [input];
  for (let k = int(0, 2); k > 0; k--) {
    const quantised = quantisationOf(draft, input);
    inputs.push(chance(0.3) ? input : graphInput(draft, shape, quantised));
  }
  const axis = int(0, shape.length);
  const output = alike(draft, input, shape.toSpliced(axis, 0, inputs.length));
  const packed = addNode(draft, { kind: "PACK", inputs, output, axis });
  if (shape.length !== 4) return packed;
  const taken = int(0, inputs.length - 1);
  const box = shape.toSpliced(axis, 0, 1);
  return addNode(draft, {
    kind: "STRIDED_SLICE",
    inputs: [packed],
    output: alike(draft, input, shape),
    begin: box.map((_, k) => (k === axis ? taken : 0)),
    strides: box.map(() => 1),
    extents: box,
  });
};
