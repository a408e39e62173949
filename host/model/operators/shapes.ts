/** Rules of shape that several operators share. */
import { elements, type Window2d } from "../graph.ts";
import { MAX_WINDOW, paddingText } from "./attributes.ts";
import { type Finding, finding } from "./finding.ts";

export type Shape = readonly number[];

/** A shape whose rank its operand's role has settled: NHWC, OHWI or 1HWC. */
export const four = (shape: Shape) => shape as readonly [number, number, number, number];

/** The output has one of the shapes that operands and attributes allow. */
export function shapeIs(output: Shape, ...allowed: readonly Shape[]): Finding | null {
  if (allowed.some((one) => one.join() === output.join())) return null;
  const expected = allowed.map((one) => `[${one}]`).join(" or ");
  return finding("MODEL_SHAPE", `output [${output}]`, `${expected} for these inputs and options`);
}

/** Only the dimensions change. */
export function sameSize(input: Shape, output: Shape): Finding | null {
  if (elements(input) === elements(output)) return null;
  return finding("MODEL_SHAPE", `[${input}] to [${output}]`, "as many elements after as before");
}

/**
 * NumPy's rule: shapes are aligned at the last axis; an extent that is missing or 1 is repeated.
 *
 * @returns the extents of `shape` beside those of a shape of `rank` dimensions
 */
export const aligned = (shape: Shape, rank: number): Shape => [
  ...Array<number>(rank - shape.length).fill(1),
  ...shape,
];

/** The shape that two operands make by NumPy's rule, or null where they do not match. */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const pair = [aligned(a, rank), aligned(b, rank)] as const;
  const shape = pair[0].map((extent, k) => Math.max(extent, pair[1][k] as number));
  const fits = pair.every((one) => one.every((extent, k) => extent === shape[k] || extent === 1));
  return fits ? shape : null;
}

/** A window over an image, at every place where it fits the padded image; none lies in the padding alone. */
export function windowed(
  input: Shape,
  [height, width]: readonly [number, number],
  window: Window2d,
  channels: number,
  output: Shape,
): Finding | null {
  if (Math.max(height, width) > MAX_WINDOW) {
    return finding("MODEL_SHAPE", `a filter of ${height}×${width}`, `at most ${MAX_WINDOW} pixels`);
  }
  const { strideH, strideW, dilationH, dilationW, padding } = window;
  const { top, bottom, left, right } = padding;
  const [, inputHeight, inputWidth] = four(input);
  const [tall, wide] = [(height - 1) * dilationH + 1, (width - 1) * dilationW + 1];
  const outHeight = Math.floor((inputHeight + top + bottom - tall) / strideH) + 1;
  const outWidth = Math.floor((inputWidth + left + right - wide) / strideW) + 1;
  const inside = Math.max(top, bottom) < tall && Math.max(left, right) < wide;
  if (outHeight < 1 || outWidth < 1 || !inside) {
    const got = `a window of ${tall}×${wide} over [${input}], ${paddingText(padding)}`;
    return finding("MODEL_SHAPE", got, "windows that fit, padding smaller than the window");
  }
  return shapeIs(output, [1, outHeight, outWidth, channels]);
}
