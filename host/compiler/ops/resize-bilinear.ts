/** RESIZE_BILINEAR: the neighbours and weights of every line and column are computed here. */
import { fail } from "../../errors.ts";
import { type Blend, blendOf, desktopBlendOf } from "../../model/resize.ts";
import { extents, tensorOf } from "../channels.ts";
import { roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { int32Bytes } from "../walk.ts";
import { requireFew } from "./move.ts";
import { NOTHING } from "./place.ts";

export const resizeBilinear: Row<"RESIZE_BILINEAR"> = (node, graph, { rounding }) => {
  const [, height, width, depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  const [, outHeight, outWidth] = extents(tensorOf(graph, node.output), 4);
  requireFew(node.name, outHeight, outWidth);
  const blend = rounding === "single" ? desktopBlendOf : blendOf;
  const blends = (from: number, to: number): readonly Blend[] =>
    Array.from({ length: to }, (_, k) =>
      blend(k, from, to, node.alignCorners === 1, node.halfPixelCenters === 1),
    );
  const [rows, columns] = [blends(height, outHeight), blends(width, outWidth)];
  // TFLite's scale of ten bits: its error grows with the output, and it would read behind the image
  const beyond =
    rows.some(({ first }) => first >= height) || columns.some(({ first }) => first >= width);
  if (beyond) {
    const got = `[${height},${width}] to [${outHeight},${outWidth}]`;
    fail("MODEL_SHAPE", node.name, got, "pixels inside the image, as TFLite's integers find them");
  }
  const table = (list: readonly Blend[], bytes: number): Uint8Array =>
    int32Bytes(
      list.flatMap(({ first, second, weight }) => [first * bytes, second * bytes, weight]),
    );
  return {
    ...NOTHING,
    form: "scalar",
    step: [
      {
        ...{ file: "layers/resize-bilinear", entry: "resizeBilinear", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }, { constant: 1 }],
          ...[outHeight, outWidth, depth, roundingArg(rounding)],
        ],
      },
    ],
    constants: [
      { name: "rows", bytes: table(rows, width * depth), align: 4 },
      { name: "columns", bytes: table(columns, depth), align: 4 },
    ],
  };
};
