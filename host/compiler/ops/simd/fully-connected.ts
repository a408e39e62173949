/** FULLY_CONNECTED in the SIMD build: weights packed for assembly/layers/fully-connected-{dot,extmul}.simd.ts. */
import {
  elements,
  int8Data,
  type LayeredGraph,
  type NodeOf,
  perTensor,
} from "../../../model/graph.ts";
import {
  channelsOf,
  extents,
  macsOf,
  outputRange,
  tensorOf,
  weightZeroPoint,
} from "../../channels.ts";
import type { Lowering } from "../../lowering.ts";
import type { CompileOptions } from "../../options.ts";
import { vectorStage } from "../../requantize-simd.ts";
import { type Geometry, scalarChannels } from "./channels.ts";
import { formOf } from "./conv-2d.ts";

/** Channels per pass of the kernel: two blocks of the output stage. */
const PASS = 16;

export function fullyConnectedSimd(
  node: NodeOf<"FULLY_CONNECTED">,
  graph: LayeredGraph,
  { rounding, flavour }: CompileOptions,
): Lowering {
  const [count, depth] = extents(tensorOf(graph, node.inputs[1]), 2);
  const input = tensorOf(graph, node.inputs[0]);
  const rows = elements(input.shape) / depth;
  const channels = channelsOf(node, graph, rounding);
  const range = outputRange(node, graph);
  const zeroPoint = weightZeroPoint(node, graph);
  const data = int8Data(tensorOf(graph, node.inputs[1]));
  const stage = vectorStage(channels, range, rounding, null, PASS);
  const row = (n: number): Int8Array => data.subarray(n * depth, (n + 1) * depth);
  const form = formOf(flavour, data);
  const k4 = Math.ceil(depth / 4) * 4;
  const geometry: Geometry = {
    ...{ height: rows, width: 1, channels: depth, outHeight: rows, outWidth: 1 },
    ...{ outChannels: count, filterH: 1, filterW: 1, strideH: 1, strideW: 1 },
    ...{ dilationH: 1, dilationW: 1, top: 0, left: 0 },
  };
  const patch = scalarChannels(
    stage.scalar.map((n) => ({
      n,
      firstInput: 0,
      weights: Array.from(row(n), (w) => w - zeroPoint),
    })),
    { geometry, depth, inputZeroPoint: perTensor(input).zeroPoint, channels, range, rounding },
  );
  return {
    form: `${form} 1x16`,
    init: [],
    step: [
      {
        file: `layers/fully-connected-${form}.simd`,
        entry: "fullyConnected",
        shape: {
          ...{ ROWS: rows, K: depth, K4: k4, N: count, WEIGHT_OFFSET: -zeroPoint },
          ...{ WIDE: form === "dot" ? 1 : 0 },
          ...stage.shape,
        },
        args: [{ input: 0 }, { output: true }, { constant: 0 }, { constant: 1 }, { scratch: true }],
      },
      ...patch.step,
    ],
    constants: [
      { name: "weights", bytes: packWeights(row, stage.live, k4, zeroPoint), align: 16 },
      { name: "output stage", bytes: stage.bytes, align: 16 },
      ...patch.constants,
    ],
    tables: [],
    scratchBytes: form === "dot" ? 2 * k4 + 32 : 16,
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

/**
 * [out, in] → i8[passes][k4 / 2][16][2]: pairs of columns side by side. A channel that is not computed gets weights of
 * z_w, which count as zero; so do no columns past the last: the kernel's Σ x does not cover them.
 */
function packWeights(
  row: (n: number) => Int8Array,
  live: readonly boolean[],
  k4: number,
  zeroPoint: number,
): Uint8Array {
  const packed = new Int8Array(Math.ceil(live.length / PASS) * PASS * k4);
  live.forEach((computed, n) => {
    const start = Math.floor(n / PASS) * PASS * k4 + 2 * (n % PASS);
    row(n).forEach((weight, k) => {
      packed[start + Math.floor(k / 2) * 2 * PASS + (k % 2)] = computed ? weight : zeroPoint;
    });
  });
  return new Uint8Array(packed.buffer);
}
