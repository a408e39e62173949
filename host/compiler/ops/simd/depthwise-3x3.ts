/** DEPTHWISE_CONV_2D with a window of 3×3: what assembly/layers/depthwise-conv-2d-3x3.simd.ts needs. */
import { at } from "../../../model/at.ts";
import { BLOCK, type VectorStage } from "../../requantize-simd.ts";
import type { Axis, DepthwiseForm, Lines } from "./depthwise-conv-2d.ts";

export const pairsOfLines = { work, lower };

const WINDOW = 3;
/** i8[3][3][8] and i8[8] of exponents. */
const BLOCK_BYTES = WINDOW * WINDOW * BLOCK + BLOCK;
/** Prepared weights of a block, per parity: i16[2 halves][2 pairs][3][4][2]. */
const PREPARED_BYTES = 192;

/** Per pass, in instructions: what a position costs, and what a pass costs besides. Counted in V8's code for x64. */
const PER_POSITION = 60;
const PER_PASS = 30;

function work(across: Axis, along: Axis): { readonly cost: number; readonly pixels: number } {
  const most = along.stride === 1 ? 5 : 3;
  const cost = (p: number) => Math.ceil(along.outExtent / p) * (p * PER_POSITION + PER_PASS);
  const pixels = Array.from({ length: most }, (_, k) => most - k).reduce((best, p) =>
    cost(p) < cost(best) ? p : best,
  );
  return { cost: across.outExtent * cost(pixels), pixels };
}

function lower(lines: Lines, stage: VectorStage): DepthwiseForm {
  const { across, along, pixels } = lines;
  const staged = (Math.ceil(along.outExtent / pixels) * pixels - 1) * along.stride + WINDOW;
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
    weights: packWeights(lines, stage, blocks),
    kernel: {
      file: "layers/depthwise-conv-2d-3x3.simd",
      entry: "depthwiseConv2d3x3",
      shape: { STAGED: staged, WEIGHT_BYTES: weightBytes, STRIDE_ALONG: along.stride },
    },
  };
}

/** See assembly/layers/depthwise-weights.ts. */
function packWeights(
  { weight }: Lines,
  { live, scales, shape }: VectorStage,
  blocks: number,
): Uint8Array {
  const packed = new Int8Array(blocks * BLOCK_BYTES);
  live.forEach((computed, n) => {
    if (!computed) return;
    const start = Math.floor(n / BLOCK) * BLOCK_BYTES + (n % BLOCK);
    for (let k = 0; k < WINDOW; k++) {
      for (let j = 0; j < WINDOW; j++) packed[start + (WINDOW * k + j) * BLOCK] = weight(k, j, n);
    }
    packed[start + WINDOW * WINDOW * BLOCK] = shape.SCALED ? 0 : at(scales, n);
  });
  return new Uint8Array(packed.buffer);
}
