/** STRIDED_SLICE, TRANSPOSE, RESIZE_NEAREST_NEIGHBOR and GATHER: elements that lie elsewhere, or where they are already. */
import { fail } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { elementBytes, elements, type LayerNode, type Tensor } from "../../model/graph.ts";
import { nearestIndex } from "../../model/resize.ts";
import { extents, tensorOf } from "../channels.ts";
import { ALIGN } from "../liveness.ts";
import type { Alias, ConstantBlock, Lowering, Row } from "../lowering.ts";
import { int32Bytes, stridesOf, walk } from "../walk.ts";
import { NOTHING } from "./place.ts";

export const stridedSlice: Row<"STRIDED_SLICE"> = (node, graph) => {
  const input = tensorOf(graph, node.inputs[0]);
  const strides = stridesOf(input.shape, elementBytes(input));
  const offset = node.begin.reduce((n, first, axis) => n + first * at(strides, axis), 0);
  const steps = node.strides.map((step, axis) => step * at(strides, axis));
  return taken(node, input, offset, node.extents, steps);
};

export const transpose: Row<"TRANSPOSE"> = (node, graph) => {
  const input = tensorOf(graph, node.inputs[0]);
  const strides = stridesOf(input.shape, elementBytes(input));
  const steps = node.permutation.map((axis) => at(strides, axis));
  return taken(node, input, 0, tensorOf(graph, node.output).shape, steps);
};

/** Elements of a box whose axes advance by so many bytes in the input, from its byte `offset` on. */
function taken(
  node: LayerNode,
  from: Tensor,
  offset: number,
  box: readonly number[],
  steps: readonly number[],
): Lowering | Alias {
  const bytes = elementBytes(from);
  const dense = stridesOf(box, bytes);
  const {
    run,
    runs,
    steps: inner,
    block,
  } = walk(
    box.map((extent, k) => ({ extent, strides: [at(dense, k), at(steps, k)] as const })),
    false,
    bytes,
  );
  const [, step] = inner;
  const together = step === bytes;
  // kernels take for granted that a tensor begins at a multiple of ALIGN
  if (runs === 1 && (together || run === 1) && offset % ALIGN === 0) {
    return { alias: at(node.inputs, 0), offset };
  }
  const input = { input: 0, plus: offset };
  const axes = block === null ? 0 : ({ constant: 0 } as const);
  return {
    ...NOTHING,
    form: together ? "copies of runs" : bytes === 1 ? "copies of bytes" : "copies of elements",
    step: [
      {
        ...(together
          ? { file: "layers/place", entry: "place" }
          : { file: "layers/take", entry: `take<${bytes === 1 ? "i8" : "i16"}>` }),
        shape: {},
        args: [
          ...[input, { output: true } as const],
          ...(together ? [0, axes, runs, run * bytes] : [axes, runs, run, step]),
        ],
      },
    ],
    constants: block === null ? [] : [block],
  };
}

/** Offsets that stand in memory, one each: far above any image for a board. */
const MOST_OFFSETS = 65_536;

/** Before any of them is computed. */
export function requireFew(name: string, ...counts: readonly number[]): void {
  const most = Math.max(...counts);
  if (most <= MOST_OFFSETS) return;
  fail("MODEL_SHAPE", name, `${most} rows or columns`, `at most ${MOST_OFFSETS}`);
}

export const resizeNearestNeighbor: Row<"RESIZE_NEAREST_NEIGHBOR"> = (node, graph) => {
  const [, height, width, depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  const [, outHeight, outWidth] = extents(tensorOf(graph, node.output), 4);
  requireFew(node.name, outHeight, outWidth);
  const flags = [node.alignCorners === 1, node.halfPixelCenters === 1] as const;
  return picked(
    Array.from(
      { length: outHeight },
      (_, y) => nearestIndex(y, height, outHeight, ...flags) * width * depth,
    ),
    Array.from({ length: outWidth }, (_, x) => nearestIndex(x, width, outWidth, ...flags) * depth),
    depth,
  );
};

export const gather: Row<"GATHER"> = ({ axis, indices, inputs, name }, graph) => {
  const input = tensorOf(graph, inputs[0]);
  const { shape } = input;
  const rows = elements(shape.slice(0, axis));
  const run = elements(shape.slice(axis + 1)) * elementBytes(input);
  const size = at(shape, axis) * run;
  requireFew(name, rows, indices.length);
  return picked(
    Array.from({ length: rows }, (_, k) => k * size),
    indices.map((index) => index * run),
    run,
  );
};

function picked(rows: readonly number[], columns: readonly number[], run: number): Lowering {
  const constants: readonly ConstantBlock[] = [
    { name: "rows", bytes: int32Bytes(rows), align: 4 },
    { name: "columns", bytes: int32Bytes(columns), align: 4 },
  ];
  return {
    ...NOTHING,
    form: "copies of runs",
    step: [
      {
        ...{ file: "layers/pick", entry: "pick", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }, { constant: 1 }],
          ...[rows.length, columns.length, run],
        ],
      },
    ],
    constants,
  };
}
