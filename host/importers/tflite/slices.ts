/** Operators that cut pieces out of a tensor, which all become STRIDED_SLICE: a node for each output. */
import { at } from "../../model/at.ts";
import type { LayerNode, Tensor } from "../../model/graph.ts";
import type { Attributes } from "../../model/operators/index.ts";
import type { Operator } from "./operator.ts";
import { STRIDED_SLICE_OPTIONS, UNPACK_OPTIONS } from "./schema.ts";

type Slice = Attributes<"STRIDED_SLICE">;

/** TFLite counts axes from the end where they are negative. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** TFLite: StridedSliceStartForAxis and StridedSliceEndForAxis; every mask but those that add axes. */
export function stridedSlice(op: Operator, inputs: readonly Tensor[]): Slice | null {
  const { shape } = at(inputs, 0);
  const lists = [1, 2, 3].map((k) => op.tensors.integers(op.operand(k)));
  const [begins, ends, strides] = lists;
  if (begins == null || ends == null || strides == null) {
    return op.refuse("MODEL_OP", "begin, end or strides that are computed", "constants");
  }
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask, offsetFlag } =
    STRIDED_SLICE_OPTIONS;
  if (op.option(ellipsisMask) !== 0 || op.option(newAxisMask) !== 0) {
    return op.refuse("MODEL_OP", "an ellipsis or a new axis", "neither");
  }
  const count = begins.length;
  if (ends.length !== count || strides.length !== count || count > shape.length) {
    const got = `begin, end and strides of ${lists.map((list) => list?.length)} axes`;
    return op.refuse("MODEL_OP", got, `as many each, at most ${shape.length}`);
  }
  const has = (mask: number, axis: number) => ((op.option(mask) >> axis) & 1) === 1;
  const axes = shape.map((size, axis) => {
    if (axis >= count) return { first: 0, step: 1, extent: size };
    const step = at(strides, axis);
    const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
    const inside = (place: number) => Math.min(Math.max(fromFront(place, size), least), most);
    const given = has(beginMask, axis) ? (step > 0 ? 0 : size - 1) : inside(at(begins, axis));
    if (has(shrinkAxisMask, axis)) return { first: given, step, extent: 1 };
    const ahead = op.byte(offsetFlag) === 0 ? 0 : given;
    const open = step > 0 ? size : -1;
    const end = has(endMask, axis) ? open : inside(at(ends, axis) + ahead);
    return { first: given, step, extent: Math.ceil((end - given) / step) };
  });
  // an empty or endless piece has no place; the rule book names what is beyond the input
  const wrong = axes.find(({ step, extent }) => step === 0 || !(extent > 0));
  if (wrong !== undefined) {
    return op.refuse("MODEL_SHAPE", "an empty slice", "at least one element of every axis");
  }
  return {
    begin: axes.map(({ first }) => Math.max(0, first)),
    strides: axes.map(({ step }) => step),
    extents: axes.map(({ extent }) => extent),
  };
}

/** From begin on so many of every axis; −1 means all that follow. */
export function slice(op: Operator, inputs: readonly Tensor[]): Slice | null {
  const { shape } = at(inputs, 0);
  const [begin, sizes] = [1, 2].map((k) => op.tensors.integers(op.operand(k)));
  if (begin == null || sizes == null) {
    return op.refuse("MODEL_OP", "begin or size that is computed", "constants");
  }
  if (begin.length !== shape.length || sizes.length !== shape.length) {
    const got = `begin and size of ${[begin.length, sizes.length]} axes`;
    return op.refuse("MODEL_OP", got, `${shape.length} each`);
  }
  const extents = sizes.map((size, axis) =>
    size === -1 ? at(shape, axis) - at(begin, axis) : size,
  );
  return { begin, strides: shape.map(() => 1), extents };
}

/** SPLIT: equal pieces along the axis that operand 0 names, of operand 1. */
export function split(op: Operator): readonly LayerNode[] | null {
  const count = op.raw.outputs.length;
  const shape = op.tensors.raw(op.operand(1))?.shape ?? [];
  const axis = axisOf(op, 0, shape.length);
  if (axis === null) return null;
  const size = at(shape, axis);
  if (size === 0 || size % count !== 0) {
    return op.refuse(
      "MODEL_SHAPE",
      `${count} pieces of [${shape}]`,
      `equal ones along axis ${axis}`,
    );
  }
  return pieces(op, 1, axis, Array<number>(count).fill(size / count));
}

/** SPLIT_V: pieces of the sizes in operand 1 along the axis in operand 2; one may be −1, the rest. */
export function splitV(op: Operator): readonly LayerNode[] | null {
  const shape = op.tensors.raw(op.operand(0))?.shape ?? [];
  const axis = axisOf(op, 2, shape.length);
  const given = op.tensors.integers(op.operand(1));
  if (axis === null) return null;
  if (given === null) return op.refuse("MODEL_OP", "sizes that are computed", "constant sizes");
  const size = at(shape, axis);
  const rest = size - given.reduce((sum, one) => sum + Math.max(0, one), 0);
  const sizes = given.map((one) => (one === -1 ? rest : one));
  const whole = sizes.reduce((sum, one) => sum + one, 0) === size && sizes.every((one) => one > 0);
  if (!whole || sizes.length !== op.raw.outputs.length) {
    const expected = `${op.raw.outputs.length} that fill axis ${axis} of [${shape}]`;
    return op.refuse("MODEL_SHAPE", `pieces of ${given}`, expected);
  }
  return pieces(op, 0, axis, sizes);
}

/** UNPACK: every element of an axis by itself, the axis gone. */
export function unpack(op: Operator): readonly LayerNode[] | null {
  const shape = op.tensors.raw(op.operand(0))?.shape ?? [];
  const axis = fromFront(op.option(UNPACK_OPTIONS.axis), shape.length);
  const size = shape[axis];
  if (size === undefined) return op.refuse("MODEL_OP", `axis ${axis}`, `an axis of [${shape}]`);
  if (size !== op.raw.outputs.length) {
    const got = `${op.raw.outputs.length} outputs`;
    return op.refuse("MODEL_SHAPE", got, `${size}, as axis ${axis} of [${shape}]`);
  }
  return pieces(op, 0, axis, Array<number>(size).fill(1));
}

function axisOf(op: Operator, k: number, rank: number): number | null {
  const [axis, ...others] = op.tensors.integers(op.operand(k)) ?? [];
  const front = fromFront(axis ?? rank, rank);
  if (others.length === 0 && front >= 0 && front < rank) return front;
  return op.refuse("MODEL_OP", axis === undefined ? "a computed axis" : `axis ${axis}`, "an axis");
}

/** One after the other along an axis of operand `from`; null where one of them is refused. */
function pieces(
  op: Operator,
  from: number,
  axis: number,
  sizes: readonly number[],
): readonly LayerNode[] | null {
  let begin = 0;
  const nodes = sizes.map((size, part) => {
    const first = begin;
    begin += size;
    return op.part(from, part).node("STRIDED_SLICE", {
      more: 0,
      attributes: (_, inputs) => {
        const { shape } = at(inputs, 0);
        return {
          begin: shape.map((_extent, k) => (k === axis ? first : 0)),
          strides: shape.map(() => 1),
          extents: shape.map((extent, k) => (k === axis ? size : extent)),
        };
      },
    });
  });
  const sound = nodes.filter((node) => node !== null);
  if (sound.length < nodes.length) return null;
  return sound.map((node, part) => ({ ...node, part }));
}
