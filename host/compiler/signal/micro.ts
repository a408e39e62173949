/**
 * TensorFlow's audio front end → one kernel call a step, which makes all the rows of a hop: kernels in a row for each of them
 * would be more than boards have stack for. Constants, state and work memory are laid out here.
 */
import { byteLength, perTensor, type Tensor } from "../../model/graph.ts";
import {
  type Frames,
  type Front,
  nodeOf,
  type SignalNode,
  type SignalOf,
} from "../../model/signal-graph.ts";
import type { ConstantBlock } from "../lowering.ts";
import type { PlannedNode } from "../summary.ts";
import type { LoweredFront, SignalArg, SignalCall, StateBlock } from "./lowered.ts";
import {
  intsBlock,
  microBank,
  microGains,
  microLogs,
  microWindow,
  share14,
  turns,
  twiddles,
} from "./micro-tables.ts";

const ALIGN = 8;
const up = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** Of the windowed values, of the weights, and of what the gain control takes: 12 each; the level of noise has 10. */
const [WEIGHT_BITS, NOISE_BITS, SNR_BITS] = [12, 10, 12];
/** The spectrum, the window or the energies: see assembly/signal/micro-frames.ts. */
const FIXED_WORK = 3080;

/** @param front without problems of its own, @param input filled by its rows */
export function lowerMicro(front: Front, frames: Frames, input: Tensor): LoweredFront {
  const window = needed(front, "MicroWindow");
  const bank = needed(front, "MicroBank");
  const noise = needed(front, "NoiseReduction");
  const gain = needed(front, "GainControl");
  const { arithmetic } = window;
  const { features, size, rows, step, delay } = frames;
  // what the transform has lost of its scale: the library's correction bits
  const correction = Math.log2(size) - WEIGHT_BITS / 2;
  const filters = microBank(bank, size, frames.sampleRateHz, arithmetic);
  const constants: ConstantBlock[] = [];
  const constant = (one: ConstantBlock): SignalArg => ({ constant: constants.push(one) - 1 });
  const state: StateBlock[] = [];
  let stateBytes = 0;
  const keep = (one: Omit<StateBlock, "offset">): Region => {
    state.push({ ...one, offset: stateBytes });
    stateBytes += up(one.len);
    return { region: "state", offset: stateBytes - up(one.len) };
  };

  const bytes = byteLength(input);
  const { scale, zeroPoint } = perTensor(input);
  const shape = input.shape;
  const ring = keep({ name: input.name, len: bytes, shape, scale, zeroPoint });
  const left = keep({ name: "waiting", len: 4, dtype: "i32", scale: 1, shape: [1] });
  const span = window.length + (rows - 1) * step + delay;
  const samples = { dtype: "i16", scale: front.scale, shape: [span] } as const;
  const history = keep({ name: "overlap", len: 2 * span, ...samples });
  const levels = { dtype: "i32", scale: 2 ** -NOISE_BITS, shape: [features] } as const;
  const estimate = keep({ name: "noise", len: 4 * features, ...levels });

  const calls: SignalCall[] = [];
  const call = (node: SignalNode, file: string, entry: string, args: readonly SignalArg[]) =>
    calls.push({ file: `signal/${file}`, entry, args, comment: `${node.kind} ${front.name}` });
  const channel = nodeOf(front, "Channel");
  let from: Region = { region: "input", offset: 0 };
  if (channel && front.channels > 1) {
    const to: Region = { region: "work", offset: 0 };
    call(channel, "samples", "channel", [from, front.channels, channel.index, front.hop, to]);
    from = to;
  }
  call(window, "samples", "keep", [from, front.hop, history, span]);
  const sizes = intsBlock("sizes", [
    ...[window.length, step, rows, filters.first, filters.lines, features],
    ...[share14(noise.even), share14(noise.odd), share14(noise.least)],
    ...[gain.gainBits - correction - SNR_BITS, correction],
    ...(arithmetic === "tflm" ? [32_767, 1] : [65_535, 0]),
  ]);
  call(window, "micro-frames", "frames", [
    ...[history, constant(sizes), constant(microWindow(window))],
    ...[constant(twiddles()), constant(turns())],
    ...[constant(filters.weights), constant(filters.lengths)],
    ...[constant(microGains(gain, NOISE_BITS - correction)), constant(microLogs())],
    ...[estimate, ring, bytes, left, { region: "work", offset: 0 } as const],
  ]);
  const start = front.start ?? zeroPoint;
  const begin = { file: "signal/ring", entry: "begin", comment: input.name };
  return {
    inputBytes: 2 * front.hop * front.channels,
    stateBytes,
    featuresOffset: ring.offset,
    state,
    constants,
    workBytes: up(Math.max(FIXED_WORK + 16 * features, 2 * front.hop)),
    init: [{ ...begin, args: [ring, bytes, start, left, frames.waiting] }],
    step: calls,
    nodes: front.nodes.map((node, k) => planned(front, frames, filters.lines, constants, node, k)),
  };
}

type Region = { readonly region: "input" | "state" | "work"; readonly offset: number };

function needed<K extends SignalNode["kind"]>(front: Front, kind: K): SignalOf<K> {
  const node = nodeOf(front, kind);
  if (node === undefined) throw new Error(`a front end without ${kind}`);
  return node;
}

/** What `inspect` shows of a node: shapes of each of a hop's rows, and the tables that are its own. */
function planned(
  front: Front,
  { window, size, features, rows }: Frames,
  lines: number,
  constants: readonly ConstantBlock[],
  node: SignalNode,
  index: number,
): PlannedNode {
  const shapes: Partial<Record<SignalNode["kind"], readonly [number, number, readonly string[]]>> =
    {
      Channel: [front.hop * front.channels, front.hop, []],
      MicroWindow: [window, size, ["window", "sizes"]],
      MicroSpectrum: [size, lines, ["twiddles", "turns"]],
      MicroBank: [lines, features, ["bank", "bands"]],
      GainControl: [features, features, ["gains"]],
      MicroLog: [features, features, ["logarithms"]],
    };
  const [from, to, tables] = shapes[node.kind] ?? [features, features, []];
  const own = constants.filter(({ name }) => tables.includes(name));
  return {
    ...{ index, name: `${front.name}/${node.kind}`, kind: node.kind, macs: 0 },
    ...{ inputShapes: [[from]], outputShape: [to] },
    parameterBytes: own.reduce((n, { bytes }) => n + bytes.length, 0),
    form: node.kind === "Channel" ? "copied" : `integers of the library, ${rows} a hop`,
  };
}
