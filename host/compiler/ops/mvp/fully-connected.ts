/**
 * FULLY_CONNECTED in the MVP build: a byte for each weight, for the kernel of a 1×1 convolution, which boards have a native
 * one for. Of modules that are interpreted for good, from the fastest form to that one: 8 bytes for three weights where
 * that costs little (assembly/layers/fully-connected-wide.mvp.ts), 8 bytes for six (fully-connected.mvp.ts).
 */
import { at } from "../../../model/at.ts";
import {
  elements,
  int8Data,
  type LayeredGraph,
  type LayerNode,
  type NodeOf,
  perTensor,
  type Tensor,
} from "../../../model/graph.ts";
import type { Rounding } from "../../../model/multiplier.ts";
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
import { outputStage } from "../../requantize-mvp.ts";
import { conv2dCall, conv2dScratchBytes, packWeights as packConvolution } from "./conv-2d.ts";
import { fitsLane, laneBits, laneForm, laneOffset } from "./lanes.ts";
import { hasOnePosition } from "./one-position.ts";

/** A kernel's pass: rows of weights, and columns. */
const ROWS = 6;
const WIDE_ROWS = 12;
const COLUMNS = 4;
/**
 * What the wide form may take more than the other, in all layers of a graph together: one kernel serves them all. On a
 * Cortex-M4 in WASM3 it takes 39 instructions per MAC instead of 54 (192 → 32).
 */
const WIDE_EXTRA_BYTES = 12 * 1024;
/** The same for convolutions of one position, layer by layer from the first: what a streaming wake word is made of. */
const CONVOLUTIONS_EXTRA_BYTES = 20 * 1024;
/** of a sum in the kernel's words */
const FIELD_BITS = 21;

/**
 * A convolution of one position is a fully connected layer: its weights are rows, its input one column of them. The first
 * layers of a graph take the wide form, as many as fit what it may take.
 */
export const onePositionMvp = (
  node: NodeOf<"CONV_2D">,
  graph: LayeredGraph,
  rounding: Rounding,
  smallest: () => Lowering,
): Lowering => {
  const compact = { ...threeRows(node, graph, rounding, false), smaller: smallest };
  if (!wideConvolutions(graph).has(node)) return compact;
  return { ...threeRows(node, graph, rounding, true), smaller: () => compact };
};

export function fullyConnectedMvp(
  node: NodeOf<"FULLY_CONNECTED">,
  graph: LayeredGraph,
  { rounding, interpreted }: CompileOptions,
): Lowering {
  return interpreted
    ? threeRows(node, graph, rounding, extraBytes(graph) <= WIDE_EXTRA_BYTES)
    : asConvolution(node, graph, rounding);
}

/** Every node asks it of the same graph. */
const extraOf = new WeakMap<LayeredGraph, number>();

function extraBytes(graph: LayeredGraph): number {
  const known = extraOf.get(graph);
  if (known !== undefined) return known;
  const extra = graph.nodes.reduce(
    (sum, node) => (node.kind === "FULLY_CONNECTED" ? sum + extraOfNode(graph, node) : sum),
    0,
  );
  extraOf.set(graph, extra);
  return extra;
}

/** Convolutions of one position whose wide form fits, the first ones of a graph. Every such node asks it. */
const wideConvolutionsOf = new WeakMap<LayeredGraph, ReadonlySet<LayerNode>>();

function wideConvolutions(graph: LayeredGraph): ReadonlySet<LayerNode> {
  const known = wideConvolutionsOf.get(graph);
  if (known) return known;
  const wide = new Set<LayerNode>();
  let extra = 0;
  for (const node of graph.nodes) {
    if (node.kind !== "CONV_2D" || !hasOnePosition(node, graph)) continue;
    extra += extraOfNode(graph, node);
    if (extra > CONVOLUTIONS_EXTRA_BYTES) break;
    wide.add(node);
  }
  wideConvolutionsOf.set(graph, wide);
  return wide;
}

function extraOfNode(graph: LayeredGraph, node: LayerNode): number {
  const [count, depth] = rowsOf(tensorOf(graph, node.inputs[1]));
  return wideBytes(count, depth) - compactBytes(count, depth);
}

/** Rows of weights, and how many stand in each: a window's taps are one row. */
const rowsOf = ({ shape }: Tensor): readonly [number, number] => [
  at(shape, 0),
  elements(shape.slice(1)),
];

function threeRows(
  node: NodeOf<"FULLY_CONNECTED" | "CONV_2D">,
  graph: LayeredGraph,
  rounding: Rounding,
  wide: boolean,
): Lowering {
  const input = tensorOf(graph, node.inputs[0]);
  const [count, depth] = rowsOf(tensorOf(graph, node.inputs[1]));
  const channels = channelsOf(node, graph, rounding);
  const zeroPoint = weightZeroPoint(node, graph);
  // constant channels get the weight z_w, which counts as zero
  const weights = int8Data(tensorOf(graph, node.inputs[1])).map((weight, k) =>
    at(channels, Math.floor(k / depth)).constant === null ? weight : zeroPoint,
  );
  const chunk = chunkColumns(weights, zeroPoint, depth);
  const chunks = Math.ceil(depth / chunk);
  const smaller = wide
    ? () => threeRows(node, graph, rounding, false)
    : // with a zero point it would be a kernel of its own
      zeroPoint === 0 &&
      node.kind === "FULLY_CONNECTED" &&
      (() => asConvolution(node, graph, rounding));
  return {
    form: `3 rows per i64${wide ? ", unmasked" : ""}${chunks > 1 ? `, ${chunks} chunks` : ""}`,
    init: [],
    step: [
      {
        file: `layers/fully-connected${wide ? "-wide" : ""}.mvp`,
        entry: `fullyConnected${wide ? "Wide" : ""}`,
        shape: {},
        args: [
          { input: 0 },
          { output: true },
          { constant: 0 },
          { constant: 1 },
          { scratch: true },
          ...[elements(input.shape) / depth, depth, count, chunk],
          ...(wide ? [] : [128 + zeroPoint]),
        ],
      },
    ],
    constants: [
      {
        name: "weights",
        bytes: wide
          ? packWide(weights, zeroPoint, count, depth)
          : packWeights(weights, count, depth),
        align: 8,
      },
      outputStage(
        channels,
        outputRange(node, graph),
        rounding,
        BigInt(chunks) * laneOffset(FIELD_BITS),
      ),
    ],
    tables: [],
    scratchBytes: wide ? 8 * WIDE_ROWS : 8 * (ROWS + chunks),
    macs: macsOf(node, graph),
    inPlace: false,
    ...(smaller && { smaller }),
  };
}

/** The rows of the input are the pixels of an image one row high, and the weights a 1×1 window. */
function asConvolution(
  node: NodeOf<"FULLY_CONNECTED">,
  graph: LayeredGraph,
  rounding: Rounding,
): Lowering {
  const input = tensorOf(graph, node.inputs[0]);
  const weights = tensorOf(graph, node.inputs[1]);
  const [count, depth] = extents(weights, 2);
  const rows = elements(input.shape) / depth;
  const channels = channelsOf(node, graph, rounding);
  const lane = laneBits(channels);
  const zeroPoint = weightZeroPoint(node, graph);
  return {
    form: `${laneForm(lane)}, a byte per weight`,
    init: [],
    step: [
      conv2dCall(
        lane,
        perTensor(input).zeroPoint,
        [...[1, rows, depth, 1, rows, count, 1, 1], ...[1, 1, 1, 1, 0, 0]],
        zeroPoint === 0 ? null : zeroPoint,
      ),
    ],
    constants: [
      {
        name: "weights",
        bytes: packConvolution(int8Data(weights), channels, depth, zeroPoint),
        align: 8,
      },
      outputStage(channels, outputRange(node, graph), rounding),
    ],
    tables: [],
    scratchBytes: conv2dScratchBytes(depth, depth),
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

/**
 * Columns per chunk, a multiple of 4: the row in 1, 2, 4, … parts until Σ (w − z_w)·x of every row and chunk fits a
 * 21-bit field for all x in [−128, 127]. Four columns always fit: 4 · 255 · 128 < 2^20.
 */
function chunkColumns(weights: Int8Array, zeroPoint: number, depth: number): number {
  for (let chunks = 1; ; chunks *= 2) {
    const chunk = Math.ceil(depth / (chunks * COLUMNS)) * COLUMNS;
    if (chunk === COLUMNS || chunksFit(weights, zeroPoint, depth, chunk)) return chunk;
  }
}

function chunksFit(weights: Int8Array, zeroPoint: number, depth: number, chunk: number): boolean {
  for (let row = 0; row < weights.length; row += depth) {
    for (let from = 0; from < depth; from += chunk) {
      let [low, high] = [0, 0];
      for (let k = from; k < Math.min(from + chunk, depth); k++) {
        const w = (weights[row + k] as number) - zeroPoint;
        low += w > 0 ? -128 * w : 127 * w;
        high += w > 0 ? 127 * w : -128 * w;
      }
      if (!fitsLane(low, high, FIELD_BITS)) return false;
    }
  }
  return true;
}

const compactBytes = (rows: number, depth: number): number =>
  Math.ceil(rows / ROWS) * Math.ceil(depth / COLUMNS) * 32;

const wideBytes = (rows: number, depth: number): number =>
  Math.ceil(rows / WIDE_ROWS) * evenUp(depth) * 32;

const evenUp = (n: number): number => n + (n & 1);

/**
 * i64[blocks of 12 rows][columns, even][4 triples of rows]. A word is the sum of three (w − z_w) 21 bits apart, modulo
 * 2^64.
 */
function packWide(weights: Int8Array, zeroPoint: number, rows: number, depth: number): Uint8Array {
  const words = new BigInt64Array(wideBytes(rows, depth) / 8);
  for (let n = 0; n < rows; n++) {
    const first = Math.floor(n / WIDE_ROWS) * evenUp(depth) * 4 + Math.floor((n % WIDE_ROWS) / 3);
    const shift = BigInt(21 * (n % 3));
    for (let k = 0; k < depth; k++) {
      const w = BigInt(at(weights, n * depth + k) - zeroPoint);
      words[first + 4 * k] = at(words, first + 4 * k) + (w << shift);
    }
  }
  return new Uint8Array(words.buffer);
}

/**
 * i64[blocks of 6 rows][blocks of 4 columns][2 pairs of columns][2 triples of rows]. A word holds u = w + 128 of three
 * rows 21 bits apart, the pair's second column eight bits above the first; u = 0 where padded.
 */
function packWeights(weights: Int8Array, rows: number, depth: number): Uint8Array {
  const quads = Math.ceil(depth / COLUMNS);
  const words = new Uint32Array(compactBytes(rows, depth) / 4);
  for (let n = 0; n < rows; n++) {
    const first = Math.floor(n / ROWS) * quads * 8 + 2 * Math.floor((n % ROWS) / 3);
    packRow(weights.subarray(n * depth, (n + 1) * depth), words, first, 21 * (n % 3));
  }
  return new Uint8Array(words.buffer);
}

/** Adds one row, `shift` bits up, to the words that begin with the low half `first`. */
function packRow(row: Int8Array, words: Uint32Array, first: number, shift: number): void {
  for (let k = 0; k < row.length; k++) {
    const half = first + 8 * (k >> 2) + 4 * ((k >> 1) & 1);
    const bit = shift + 8 * (k & 1);
    const u = (row[k] as number) + 128;
    // fields do not overlap, so sums of halves never carry
    if (bit < 32) words[half] = at(words, half) + (u << bit);
    if (bit > 24) {
      words[half + 1] = at(words, half + 1) + (bit < 32 ? u >> (32 - bit) : u << (bit - 32));
    }
  }
}
