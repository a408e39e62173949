/** DEPTHWISE_CONV_2D with any window: weights packed for assembly/layers/depthwise-conv-2d.simd.ts. */
import { at } from "../../../model/at.ts";
import { BLOCK, type VectorStage } from "../../requantize-simd.ts";
import type { Axis, DepthwiseForm, Lines } from "./depthwise-conv-2d.ts";

export const pairsAlongLines = { work, lower };

/** How much is computed, in outputs and with pairs of taps that are half empty. */
function work(across: Axis, along: Axis): { readonly cost: number; readonly pixels: number } {
  const outputs = (pixels: number) => Math.ceil(along.outExtent / pixels) * pixels;
  const pixels = [3, 2, 1].reduce((best, p) => (outputs(p) < 0.93 * outputs(best) ? p : best));
  const taps = across.filter * 2 * Math.ceil(along.filter / 2);
  return { cost: across.outExtent * outputs(pixels) * (taps + 8), pixels };
}

function lower(lines: Lines, stage: VectorStage): DepthwiseForm {
  const { across, along, pixels } = lines;
  // only positions that some tap falls on are staged
  const grain = divisor(along.stride, 2 * along.dilation);
  const pairs = Math.ceil(along.filter / 2);
  const passes = Math.ceil(along.outExtent / pixels);
  const reach = (passes * pixels - 1) * along.stride + 2 * (pairs - 1) * along.dilation;
  const staged = reach / grain + 1;
  const ring = (across.filter - 1) * across.dilation + 1;
  return {
    form: `dot ${pixels}x8`,
    init: [],
    tables: [],
    scratchBytes: ring * staged * 32 + 16,
    weights: packWeights(lines, pairs, stage),
    kernel: {
      file: "layers/depthwise-conv-2d.simd",
      entry: "depthwiseConv2d",
      shape: {
        ...{ K_LINES: across.filter, PAIRS: pairs, RING: ring, STAGED: staged, GRAIN: grain },
        ...{ DILATION_LINES: across.dilation, DILATION_ALONG: along.dilation },
        POSITION_STEP: (32 * along.stride) / grain,
        PAIR_STEP: (64 * along.dilation) / grain,
      },
    },
  };
}

/** Greatest common divisor. */
const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** i16[blocks][lines][pairs][8][2]: a tap and its neighbour along the line side by side, times 2^d where folded. */
function packWeights(
  { across, along, weight }: Lines,
  pairs: number,
  { live, scales, shape }: VectorStage,
): Uint8Array {
  const blockValues = across.filter * pairs * 2 * BLOCK;
  const view = new DataView(new ArrayBuffer(Math.ceil(live.length / BLOCK) * blockValues * 2));
  live.forEach((computed, n) => {
    if (!computed) return;
    const scale = shape.SCALED ? 1 : 2 ** at(scales, n);
    const block = Math.floor(n / BLOCK) * blockValues + 2 * (n % BLOCK);
    for (let k = 0; k < across.filter; k++) {
      for (let j = 0; j < along.filter; j++) {
        const at = block + (k * pairs + Math.floor(j / 2)) * 2 * BLOCK + (j % 2);
        view.setInt16(2 * at, weight(k, j, n) * scale, true);
      }
    }
  });
  return new Uint8Array(view.buffer);
}
