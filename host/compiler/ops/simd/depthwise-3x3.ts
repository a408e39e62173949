/** DEPTHWISE_CONV_2D with a window of 3×3: what assembly/layers/depthwise-conv-2d-3x3{,-relaxed}.simd.ts need. */
import { at } from "../../../model/at.ts";
import { BLOCK, type VectorStage } from "../../requantize-simd.ts";
import type { Axis, DepthwiseForm, Lines } from "./depthwise-conv-2d.ts";

/** Two lines side by side, for i32x4.dot_i16x8_s. */
export const pairsOfLines = { work, lower };
/** Four lines side by side, for relaxed dot products: two output lines at a time where their windows lie one line apart. */
export const quadsOfLines = { work: workOfQuads, lower: lowerQuads };

const WINDOW = 3;
/** i8[3][3][8]; of pairs i8[8] of exponents follow. */
const TAP_BYTES = WINDOW * WINDOW * BLOCK;
const BLOCK_BYTES = TAP_BYTES + BLOCK;
/** Prepared weights of a block, per parity: i16[2 halves][2 pairs][3][4][2]. */
const PREPARED_BYTES = 192;

/** Per pass, in instructions: what a position costs, and what a pass costs besides. Counted in V8's code for x64. */
const PER_POSITION = 60;
const PER_PASS = 30;

type Work = { readonly cost: number; readonly pixels: number };

function work(across: Axis, along: Axis): Work {
  const most = along.stride === 1 ? 5 : 3;
  const cost = (p: number) => Math.ceil(along.outExtent / p) * (p * PER_POSITION + PER_PASS);
  const pixels = Array.from({ length: most }, (_, k) => most - k).reduce((best, p) =>
    cost(p) < cost(best) ? p : best,
  );
  return { cost: across.outExtent * cost(pixels), pixels };
}

function lower(lines: Lines, stage: VectorStage): DepthwiseForm {
  const { across, along, pixels } = lines;
  const staged = stagedPositions(along, pixels);
  const parities = across.stride % 2 === 0 || across.outExtent === 1 ? 1 : 2;
  const blocks = Math.ceil(stage.live.length / BLOCK);
  const weightBytes = PREPARED_BYTES * parities;
  return {
    form: `dot ${pixels}x8 of 3x3`,
    init: [
      {
        file: "layers/depthwise-weights",
        entry: "depthwiseWeights",
        shape: {},
        args: [{ table: 0 }, { constant: 0 }, blocks, parities],
      },
    ],
    tables: [{ name: "prepared weights", bytes: blocks * weightBytes, align: 16 }],
    scratchBytes: 2 * staged * 32 + 32,
    weights: packWeights(lines, stage),
    kernel: {
      file: "layers/depthwise-conv-2d-3x3.simd",
      entry: "depthwiseConv2d3x3",
      shape: { STAGED: staged, WEIGHT_BYTES: weightBytes, STRIDE_ALONG: along.stride },
    },
  };
}

function workOfQuads(across: Axis, along: Axis): Work {
  const { cost, pixels } = work(across, along);
  const lines = Math.ceil(across.outExtent / linesAtOnce(across)) * linesAtOnce(across);
  return { cost: (cost / across.outExtent) * lines, pixels };
}

const linesAtOnce = ({ stride, outExtent }: Axis): number =>
  stride === 1 && outExtent > 1 ? 2 : 1;

function lowerQuads(lines: Lines, stage: VectorStage): DepthwiseForm {
  const { across, along, pixels } = lines;
  const staged = stagedPositions(along, pixels);
  const atOnce = linesAtOnce(across);
  const blocks = Math.ceil(stage.live.length / BLOCK);
  return {
    form: `relaxed ${atOnce}x${pixels}x8 of 3x3`,
    init: [
      {
        file: "layers/depthwise-weights-relaxed",
        entry: "depthwiseWeightsRelaxed",
        shape: {},
        args: [{ table: 0 }, { constant: 0 }, blocks, atOnce],
      },
    ],
    tables: [{ name: "prepared weights", bytes: blocks * atOnce * 96, align: 16 }],
    scratchBytes: staged * 32 + 32,
    weights: packTaps(lines, stage, TAP_BYTES),
    kernel: {
      file: "layers/depthwise-conv-2d-3x3-relaxed.simd",
      entry: "depthwiseConv2d3x3",
      shape: { STAGED: staged, LINES_AT_ONCE: atOnce, STRIDE_ALONG: along.stride },
    },
  };
}

/** What the passes along a line read, the last one's positions that do not exist included. */
const stagedPositions = (along: Axis, pixels: number): number =>
  (Math.ceil(along.outExtent / pixels) * pixels - 1) * along.stride + WINDOW;

/** See assembly/layers/depthwise-weights.ts. */
function packWeights(lines: Lines, stage: VectorStage): Uint8Array {
  const packed = packTaps(lines, stage, BLOCK_BYTES);
  stage.live.forEach((computed, n) => {
    if (!computed || stage.shape.SCALED) return;
    packed[Math.floor(n / BLOCK) * BLOCK_BYTES + TAP_BYTES + (n % BLOCK)] = at(stage.scales, n);
  });
  return packed;
}

/** i8[3 across][3 along][8] at the start of each block. */
function packTaps({ weight }: Lines, { live }: VectorStage, blockBytes: number): Uint8Array {
  const packed = new Int8Array(Math.ceil(live.length / BLOCK) * blockBytes);
  live.forEach((computed, n) => {
    if (!computed) return;
    const start = Math.floor(n / BLOCK) * blockBytes + (n % BLOCK);
    for (let k = 0; k < WINDOW; k++) {
      for (let j = 0; j < WINDOW; j++) packed[start + (WINDOW * k + j) * BLOCK] = weight(k, j, n);
    }
  });
  return new Uint8Array(packed.buffer);
}
