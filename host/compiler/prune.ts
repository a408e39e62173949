/**
 * Leaves out what never changes: a channel that has the same value for every input (ReLU after a large negative bias)
 * is neither computed nor stored, and what it contributes to the next layers joins their biases. The outputs of the
 * network stay the same, byte for byte. Trained networks have many: of the 2,736 convolution channels of the MLPerf Tiny
 * person detector, 985.
 */
import { TwentyWattError } from "../errors.ts";
import { at } from "../model/at.ts";
import {
  int8Data,
  int32Data,
  type LayeredGraph,
  type LayerNode,
  type NodeOf,
  perTensor,
  type Quantization,
  type Tensor,
  variablesOf,
} from "../model/graph.ts";
import type { Rounding } from "../model/multiplier.ts";
import {
  type Channel,
  channelCount,
  channelsOf,
  isWeighted,
  outputRange,
  requantize,
  tensorOf,
  type WeightedNode,
  weightZeroPoint,
} from "./channels.ts";

/** Constant channels by tensor: the channel's number in the original graph and its value. */
type Removed = Map<number, Map<number, number>>;

/**
 * Nodes keep their order and number; weights, biases and shapes change. Raises nothing: a graph with problems comes back
 * as it is, for the operator table to name them all.
 */
export function prune(graph: LayeredGraph, rounding: Rounding): LayeredGraph {
  try {
    const pruned = new Pruned(graph, rounding);
    for (const node of graph.nodes) {
      const rewritten = pruned.append(node);
      // a depthwise channel goes with the input channel it reads, never alone
      if (!isWeighted(rewritten) || rewritten.kind === "DEPTHWISE_CONV_2D") continue;
      const kept = pruned.kept(node.output);
      channelsOf(rewritten, pruned.graph(), rounding).forEach(({ constant }, k) => {
        if (constant === null) return;
        const channel = at(kept, k);
        if (pruned.removable(node.output, channel, constant)) {
          pruned.remove(node.output, channel, constant);
        }
      });
      pruned.replaceLast(node);
    }
    return pruned.graph();
  } catch (error) {
    if (error instanceof TwentyWattError) return graph;
    throw error;
  }
}

class Pruned {
  readonly #source: LayeredGraph;
  readonly #tensors: Tensor[];
  readonly #nodes: LayerNode[] = [];
  readonly #removed: Removed = new Map();
  readonly #consumers = new Map<number, LayerNode[]>();
  /** what is seen from outside, or read in the next step */
  readonly #outputs: ReadonlySet<number>;
  readonly #rounding: Rounding;
  /** of the depthwise layers */
  readonly #channels: ReadonlyMap<LayerNode, readonly Channel[]>;

  constructor(source: LayeredGraph, rounding: Rounding) {
    this.#source = source;
    this.#rounding = rounding;
    this.#tensors = [...source.tensors];
    this.#outputs = new Set([
      ...source.outputs.map(({ tensor }) => tensor),
      ...variablesOf(source).map(({ next }) => next),
    ]);
    this.#channels = new Map(
      source.nodes
        .filter((node) => node.kind === "DEPTHWISE_CONV_2D")
        .map((node) => [node, channelsOf(node, source, rounding)]),
    );
    for (const node of source.nodes) {
      for (const t of new Set(node.inputs)) {
        this.#consumers.set(t, [...(this.#consumers.get(t) ?? []), node]);
      }
    }
  }

  graph(): LayeredGraph {
    return { ...this.#source, tensors: this.#tensors, nodes: this.#nodes };
  }

  /** The channels of a tensor that are left, by their original numbers. */
  kept(tensor: number): readonly number[] {
    return this.#leftOf(channelsIn(tensorOf(this.#source, tensor)), tensor);
  }

  /** Of the channels 0 … count − 1 those that are still in the tensor. */
  #leftOf(count: number, tensor: number): readonly number[] {
    const removed = this.#removed.get(tensor);
    return Array.from({ length: count }, (_, c) => c).filter((c) => !removed?.has(c));
  }

  #left(tensor: number): number {
    return channelsIn(tensorOf(this.#source, tensor)) - (this.#removed.get(tensor)?.size ?? 0);
  }

  /** Whether everything that reads the tensor can do without this channel. */
  removable(tensor: number, channel: number, value: number): boolean {
    if (this.#outputs.has(tensor) || this.#left(tensor) < 2) return false;
    return (this.#consumers.get(tensor) ?? []).every((node) => {
      switch (node.kind) {
        case "CONV_2D":
          return this.#sameAtBorders(node, value);
        case "FULLY_CONNECTED":
          return this.#isRow(tensor, node);
        case "DEPTHWISE_CONV_2D":
        case "AVERAGE_POOL_2D":
        case "MAX_POOL_2D":
        case "RESHAPE": {
          const through = this.#through(node, channel, value);
          return through !== null && this.removable(node.output, channel, through);
        }
        default:
          return false;
      }
    });
  }

  remove(tensor: number, channel: number, value: number): void {
    const removed = this.#removed.get(tensor) ?? new Map<number, number>();
    this.#removed.set(tensor, removed.set(channel, value));
    for (const node of this.#consumers.get(tensor) ?? []) {
      const through = this.#through(node, channel, value);
      if (through !== null) this.remove(node.output, channel, through);
    }
  }

  /** Adds the node with what is known so far. */
  append(node: LayerNode): LayerNode {
    const rewritten = isWeighted(node) ? this.#slice(node) : node;
    this.#nodes.push(rewritten);
    if (this.#removed.has(node.output)) {
      const output = tensorOf(this.#source, node.output);
      const shape = [...output.shape.slice(0, -1), this.#left(node.output)];
      this.#tensors[node.output] = { ...output, shape };
    }
    return rewritten;
  }

  replaceLast(node: LayerNode): void {
    this.#nodes.pop();
    this.append(node);
  }

  /** The constant that a channel-wise operator makes of a constant channel; null where it makes something else. */
  #through(node: LayerNode, channel: number, value: number): number | null {
    switch (node.kind) {
      case "DEPTHWISE_CONV_2D":
        if (node.multiplier !== 1 || !this.#sameAtBorders(node, value)) return null;
        return this.#depthwise(node, channel, value);
      // the mean of equal values is that value, and the clamp of the fused activation comes after
      case "AVERAGE_POOL_2D":
      case "MAX_POOL_2D":
        return node.activation === "NONE" ? value : null;
      case "RESHAPE":
        return this.#keepsChannels(node) ? value : null;
      default:
        return null;
    }
  }

  #depthwise(node: NodeOf<"DEPTHWISE_CONV_2D">, channel: number, value: number): number | null {
    const known = this.#channels.get(node) as readonly Channel[];
    const own = at(known, channel);
    const data = int8Data(tensorOf(this.#source, node.inputs[1]));
    let acc = own.bias;
    for (let k = channel; k < data.length; k += known.length) acc += (data[k] as number) * value;
    return requantize(acc, own, this.#rounding, outputRange(node, this.#source));
  }

  /** Taps in the padding read the zero point: a constant channel of another value would not be constant there. */
  #sameAtBorders(node: NodeOf<"CONV_2D" | "DEPTHWISE_CONV_2D">, value: number): boolean {
    const { top, bottom, left, right } = node.window.padding;
    const { zeroPoint } = perTensor(tensorOf(this.#source, node.inputs[0]));
    return top + bottom + left + right === 0 || value === zeroPoint;
  }

  /** The columns of the weights are the channels of the tensor. */
  #isRow(tensor: number, node: NodeOf<"FULLY_CONNECTED">): boolean {
    const columns = channelsIn(tensorOf(this.#source, node.inputs[1]));
    const symmetric = weightZeroPoint(node, this.#source) === 0;
    return symmetric && columns === channelsIn(tensorOf(this.#source, tensor));
  }

  /** Elements stay in their order: where the last axis is as long as before, each stays in its channel. */
  #keepsChannels(node: LayerNode): boolean {
    const last = (tensor: number) => channelsIn(tensorOf(this.#source, tensor));
    return last(at(node.inputs, 0)) === last(node.output);
  }

  /** The node with the weights of the channels that are left, and biases that hold what the others contribute. */
  #slice(node: WeightedNode): WeightedNode {
    const input = at(node.inputs, 0);
    const weights = tensorOf(this.#source, node.inputs[1]);
    const depthwise = node.kind === "DEPTHWISE_CONV_2D";
    const count = channelCount(node, weights);
    const depth = depthwise ? 1 : channelsIn(weights);
    if (!this.#removed.has(node.output) && !this.#removed.has(input)) return node;
    channelsOf(node, this.#source, this.#rounding); // raises what leaves int32, before anything is left out
    const rows = this.kept(node.output);
    // FULLY_CONNECTED flattens: its depth need not be the last axis of its input
    const columns = this.#leftOf(depth, input);
    const data = int8Data(weights);
    const taps = data.length / count / depth;
    const { zeroPoint } = perTensor(tensorOf(this.#source, input));
    const constants = depthwise ? [] : [...(this.#removed.get(input) ?? [])];
    const sliced = depthwise
      ? pick(
          data,
          taps * rows.length,
          (k) => Math.floor(k / rows.length) * count + at(rows, k % rows.length),
        )
      : pick(data, rows.length * taps * columns.length, (k) => {
          const row = at(rows, Math.floor(k / (taps * columns.length)));
          const tap = Math.floor(k / columns.length) % taps;
          return (row * taps + tap) * depth + at(columns, k % columns.length);
        });
    const known = int32Data(tensorOf(this.#source, node.inputs[2]));
    const bias = Int32Array.from(rows, (row) => {
      let sum = at(known, row);
      for (const [channel, value] of constants) {
        for (let tap = 0; tap < taps; tap++) {
          sum += at(data, (row * taps + tap) * depth + channel) * (value - zeroPoint);
        }
      }
      return sum; // an accumulator that inputs can reach: inside int32
    });
    const shape = depthwise
      ? [...weights.shape.slice(0, -1), rows.length]
      : [rows.length, ...weights.shape.slice(1, -1), columns.length];
    return {
      ...node,
      inputs: [
        input,
        this.#add({
          ...weights,
          shape,
          data: new Uint8Array(sliced.buffer),
          quantization: ofRows(weights.quantization, rows),
        }),
        this.#add({
          name: `${weights.name}/bias`,
          shape: [rows.length],
          dtype: "i32",
          quantization: { scales: [1], zeroPoints: [0], axis: 0 },
          data: new Uint8Array(bias.buffer),
        }),
      ],
    };
  }

  #add(tensor: Tensor): number {
    return this.#tensors.push(tensor) - 1;
  }
}

/** Channels of an activation or input channels of weights: the last axis. */
const channelsIn = ({ shape }: Tensor): number => at(shape, shape.length - 1);

function pick(data: Int8Array, length: number, from: (k: number) => number): Int8Array {
  const picked = new Int8Array(length);
  for (let k = 0; k < length; k++) picked[k] = at(data, from(k));
  return picked;
}

/** Per-channel scales of the rows that are left; per-tensor ones as they are. */
const ofRows = (q: Quantization, rows: readonly number[]): Quantization =>
  q.scales.length === 1
    ? q
    : {
        ...q,
        scales: rows.map((row) => at(q.scales, row)),
        zeroPoints: rows.map((row) => at(q.zeroPoints, row)),
      };
