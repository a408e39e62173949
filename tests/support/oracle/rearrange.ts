/** Operators that only move elements. Part of the oracle. */
import { roundHalfAwayFromZero } from "./fixed-point.ts";
import { at, type Operation, size } from "./operand.ts";

/** Every element of the output is the one of the input that `from` names, by the indices along their axes. */
function moved(
  { inputs, output }: Operation,
  box: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): void {
  const input = at(inputs, 0);
  for (let k = 0; k < size(box); k++) {
    const index: number[] = [];
    let rest = k;
    for (const extent of [...box].reverse()) {
      index.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    const place = from(index).reduce((n, i, axis) => {
      const extent = at(input.shape, axis);
      if (i < 0 || i >= extent) throw new RangeError(`element ${i} of ${extent}`);
      return n * extent + i;
    }, 0);
    output.values[k] = at(input.values, place);
  }
}

export function stridedSlice(operation: Operation<"STRIDED_SLICE">): void {
  const { begin, strides, extents } = operation.node;
  moved(operation, extents, (index) =>
    index.map((i, axis) => at(begin, axis) + i * at(strides, axis)),
  );
}

export function transpose(operation: Operation<"TRANSPOSE">): void {
  const { permutation } = operation.node;
  moved(operation, operation.output.shape, (index) =>
    permutation.map((_, axis) => at(index, permutation.indexOf(axis))),
  );
}

/** The nearest pixel in float32, as TFLite's reference computes it. */
export function resizeNearest(operation: Operation<"RESIZE_NEAREST_NEIGHBOR">): void {
  const { node, inputs, output } = operation;
  const [, height = 0, width = 0] = at(inputs, 0).shape;
  const [, outHeight = 0, outWidth = 0] = output.shape;
  const nearest = (k: number, from: number, to: number): number => {
    const corners = node.alignCorners === 1;
    const ratio = corners && to > 1 ? (from - 1) / (to - 1) : from / to;
    const centre = Math.fround(k + (node.halfPixelCenters === 1 ? 0.5 : 0));
    const place = Math.fround(centre * Math.fround(ratio));
    const whole = corners ? roundHalfAwayFromZero(place) : Math.floor(place);
    return Math.min(Math.max(whole, 0), from - 1);
  };
  moved(operation, output.shape, ([n = 0, y = 0, x = 0, c = 0]) => [
    n,
    nearest(y, height, outHeight),
    nearest(x, width, outWidth),
    c,
  ]);
}

export function gather(operation: Operation<"GATHER">): void {
  const { axis, indices } = operation.node;
  const { shape } = at(operation.inputs, 0);
  const box = [...shape.slice(0, axis), indices.length, ...shape.slice(axis + 1)];
  moved(operation, box, (index) => index.map((i, k) => (k === axis ? at(indices, i) : i)));
}

/** The inputs one after the other in front, then the new axis to its place. */
export function pack({ node, inputs, output }: Operation<"PACK">): void {
  const inner = size(at(inputs, 0).shape.slice(node.axis));
  for (let k = 0; k < output.values.length; k++) {
    const input = at(inputs, Math.floor(k / inner) % inputs.length);
    const outer = Math.floor(k / inner / inputs.length);
    output.values[k] = at(input.values, outer * inner + (k % inner));
  }
}

export function concatenation({ node, inputs, output }: Operation<"CONCATENATION">): void {
  const outer = size(output.shape.slice(0, node.axis));
  let to = 0;
  for (let k = 0; k < outer; k++) {
    for (const input of inputs) {
      const run = input.values.length / outer;
      output.values.set(input.values.subarray(k * run, (k + 1) * run), to);
      to += run;
    }
  }
}

export function pad({ node, inputs, output }: Operation<"PAD">): void {
  const input = at(inputs, 0);
  output.values.fill(output.zeroPoint);
  for (let from = 0; from < input.values.length; from++) {
    let rest = from;
    let to = 0;
    let stride = 1;
    for (let axis = input.shape.length - 1; axis >= 0; axis--) {
      const extent = at(input.shape, axis);
      to += ((rest % extent) + at(node.before, axis)) * stride;
      rest = Math.floor(rest / extent);
      stride *= at(output.shape, axis);
    }
    output.values[to] = at(input.values, from);
  }
}

/** Along an axis the first index of the largest or least element. */
export function argExtremum({ node, inputs, output }: Operation<"ARG_MAX" | "ARG_MIN">): void {
  const input = at(inputs, 0);
  const inner = size(input.shape.slice(node.axis + 1));
  const count = at(input.shape, node.axis);
  output.values.forEach((_, k) => {
    const first = Math.floor(k / inner) * count * inner + (k % inner);
    const along = Array.from({ length: count }, (_n, n) => at(input.values, first + n * inner));
    const wanted = node.kind === "ARG_MAX" ? Math.max(...along) : Math.min(...along);
    output.values[k] = along.indexOf(wanted);
  });
}
