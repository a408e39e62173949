/** FULLY_CONNECTED in the SIMD build: weights packed for assembly/layers/fully-connected-{dot,extmul,relaxed}.simd.ts. */
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
import { type Products, packWeights, productsWithStage, sumOf } from "./products.ts";

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
  const row = (n: number): Int8Array => data.subarray(n * depth, (n + 1) * depth);
  const { products, stage } = productsWithStage(
    flavour,
    data,
    channels,
    channels.map((_, n) => sumOf(row(n))),
    (staged) => vectorStage(staged, range, rounding, null, PASS),
  );
  const columns = products.name === "relaxed" ? 8 : 4;
  const k4 = Math.ceil(depth / columns) * columns;
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
    form: `${products.name} 1x16`,
    init: [],
    step: [
      {
        file: `layers/fully-connected-${products.name}.simd`,
        entry: "fullyConnected",
        shape: {
          ...{ ROWS: rows, K: depth, K4: k4, N: count, WEIGHT_OFFSET: -zeroPoint },
          ...{ WIDE: products.wide ? 1 : 0, FLIP: products.flip ? 1 : 0 },
          ...stage.shape,
        },
        args: [{ input: 0 }, { output: true }, { constant: 0 }, { constant: 1 }, { scratch: true }],
      },
      ...patch.step,
    ],
    constants: [
      {
        name: "weights",
        bytes: packWeights(
          row,
          stage.live,
          { taps: k4, pass: PASS, group: products.group },
          zeroPoint,
        ),
        align: 16,
      },
      { name: "output stage", bytes: stage.bytes, align: 16 },
      ...patch.constants,
    ],
    tables: [],
    scratchBytes: rowBytes(products, k4) + SPARE,
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

/** Outputs that do not exist. */
const SPARE = 16;

/** A staged row and what staging writes too many; none where rows are read where they are. */
function rowBytes({ wide, flip }: Products, columns: number): number {
  if (wide) return 2 * columns + 16;
  return flip ? columns + 16 : 0;
}
