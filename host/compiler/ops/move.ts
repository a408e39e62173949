/** STRIDED_SLICE, TRANSPOSE, RESIZE_NEAREST_NEIGHBOR and GATHER: bytes that lie elsewhere, or where they are already. */
import { fail } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { elements, type LayerNode } from "../../model/graph.ts";
import { nearestIndex } from "../../model/resize.ts";
import { extents, tensorOf } from "../channels.ts";
import { ALIGN } from "../liveness.ts";
import type { Alias, ConstantBlock, Lowering, Row } from "../lowering.ts";
import { int32Bytes, stridesOf, walk } from "../walk.ts";
import { NOTHING } from "./place.ts";

export const stridedSlice: Row<"STRIDED_SLICE"> = (node, graph) => {
  const strides = stridesOf(tensorOf(graph, node.inputs[0]).shape);
  const offset = node.begin.reduce((n, first, axis) => n + first * at(strides, axis), 0);
  const steps = node.strides.map((step, axis) => step * at(strides, axis));
  return taken(node, offset, node.extents, steps);
};

export const transpose: Row<"TRANSPOSE"> = (node, graph) => {
  const strides = stridesOf(tensorOf(graph, node.inputs[0]).shape);
  const steps = node.permutation.map((axis) => at(strides, axis));
  return taken(node, 0, tensorOf(graph, node.output).shape, steps);
};

/** Elements of a box whose axes advance by so many bytes in the input, from its byte `offset` on. */
function taken(
  node: LayerNode,
  offset: number,
  box: readonly number[],
  steps: readonly number[],
): Lowering | Alias {
  const dense = stridesOf(box);
  const {
    run,
    runs,
    steps: inner,
    block,
  } = walk(box.map((extent, k) => ({ extent, strides: [at(dense, k), at(steps, k)] as const })));
  const [, step] = inner;
  // kernels take for granted that a tensor begins at a multiple of ALIGN
  if (runs === 1 && (step === 1 || run === 1) && offset % ALIGN === 0) {
    return { alias: at(node.inputs, 0), offset };
  }
  const input = { input: 0, plus: offset };
  const axes = block === null ? 0 : ({ constant: 0 } as const);
  return {
    ...NOTHING,
    form: step === 1 ? "copies of runs" : "copies of bytes",
    step: [
      {
        ...(step === 1
          ? { file: "layers/place", entry: "place" }
          : { file: "layers/take", entry: "take" }),
        shape: {},
        args: [
          ...[input, { output: true } as const],
          ...(step === 1 ? [0, axes, runs, run] : [axes, runs, run, step]),
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
  const { shape } = tensorOf(graph, inputs[0]);
  const [rows, run] = [elements(shape.slice(0, axis)), elements(shape.slice(axis + 1))];
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
