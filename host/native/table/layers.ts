/** Layers: what their kernels read and write. Types and sizes as above each kernel in assembly/layers/. */
import { byHand, type KernelRow, rowsOf } from "./row.ts";

/** Two operands found by a walk (fixed/walk.ts), and what they give in order. */
const pair = (type: string): string => `
  out output ${type}[runs * run]
  walk axes runs
  strided in a ${type} run stepA first
  strided in b ${type} run stepB second`;
/** Every window has taps inside the image: what lies outside of it would be none of its bytes. */
const pool = (type: string): string => `
  in input ${type}[H * W * C]
  out output ${type}[outH * outW * C]
  where (outH - 1) * strideH + 1 <= H + padTop
  where (outW - 1) * strideW + 1 <= W + padLeft
  where padTop + 1 <= filterH
  where padLeft + 1 <= filterW`;
export const LAYERS: readonly KernelRow[] = [
  ...rowsOf("layers/lookup", {
    lookup: `
      in input i8[n]
      out output i8[n]
      in table i8[256]`,
  }),
  ...rowsOf("layers/add", { addTable: "out table i32[256]" }),
  ...byHand(
    rowsOf("layers/add", {
      add: `${pair("i8")}
      in tableA i32[256]
      in tableB i32[256]`,
    }),
  ),
  ...rowsOf("layers/mul", { mul: pair("i8") }),
  ...rowsOf("layers/average-pool-2d", {
    "averagePool2d=averagePool2d<i8>": pool("i8"),
  }),
  ...rowsOf("layers/max-pool-2d", { maxPool2d: pool("i8") }),
  ...rowsOf("layers/mean", {
    mean: `
      in input i8[outer * count * inner]
      out output i8[outer * inner]`,
  }),
  ...rowsOf("layers/softmax", {
    softmax: `
      where 1 <= depth
      in input i8[rows * depth]
      out output i8[rows * depth]
      out scratch i32[depth]`,
  }),
  ...rowsOf("layers/copy", {
    copy: `
      in src i8[n]
      out dst i8[n]`,
  }),
  ...rowsOf("layers/slide", { slide: "out at i8[by + n]" }),
  ...rowsOf("layers/place", {
    place: `
      where 0 <= runs * run
      walk axes runs
      strided out output i8 run 1 first offset
      strided in input i8 run 1 second`,
    fill: "out output i8@4[n]",
  }),
];
