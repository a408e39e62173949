/**
 * A front end → kernel calls in front of a network. The network's input, or what its spikes are made of, lies in the state: the last rows of
 * features, moved by one in each step. What a call needs meanwhile is work memory, free again when the network runs.
 */
import { problem, TwentyWattError } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { byteLength, type LayeredGraph, perTensor, type Tensor } from "../../model/graph.ts";
import {
  type Frames,
  type Front,
  framesOf,
  nodeOf,
  octaves,
  PER_OCTAVE,
  type SignalNode,
  type SignalOf,
} from "../../model/signal-graph.ts";
import { signalProblems } from "../../model/signal-problems.ts";
import type { ConstantBlock } from "../lowering.ts";
import type { Reading } from "../spiking/draft.ts";
import type { PlannedNode } from "../summary.ts";
import type { LoweredFront, SignalArg, SignalCall, StateBlock } from "./lowered.ts";
import { lowerMicro } from "./micro.ts";
import { dctTable, logTable, melTables, sineTable, windowTable } from "./tables.ts";

const ALIGN = 8;
const BLOCK_BYTES = 8;
const UP = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** Null where the graph has no front end. Raises every problem at once. */
export function lowerFront(graph: LayeredGraph): LoweredFront | null {
  const { front } = graph;
  if (front === undefined) return null;
  const problems = signalProblems(front);
  const [port] = graph.inputs;
  const refuse = (got: string, expected: string) =>
    problems.push(problem("MODEL_SHAPE", `front end ${front.name}`, got, expected));
  if (nodeOf(front, "Encode")) refuse("Encode before a layered network", "a spiking network");
  if (port === undefined || graph.inputs.length !== 1) {
    refuse(`a network with ${graph.inputs.length} inputs`, "a network with one input");
  }
  const input = port && at(graph.tensors, port.tensor);
  if (input?.dtype === "u8") refuse("a network whose input is uint8", "int8: features are signed");
  if (problems.length > 0 || input === undefined) throw new TwentyWattError(problems);
  return lowerRows(front, input);
}

/**
 * @param front without problems of its own
 * @param input int8, filled by rows of features
 */
export function lowerRows(front: Front, input: Tensor): LoweredFront {
  const frames = framesOf(front);
  if (byteLength(input) % frames.features !== 0) {
    const got = `rows of ${frames.features} features`;
    const expected = `rows that fill the input ${input.name}, [${input.shape}]`;
    const where = `front end ${front.name}`;
    throw new TwentyWattError([problem("MODEL_SHAPE", where, got, expected)]);
  }
  if (frames.rows * frames.features > byteLength(input)) {
    const got = `${frames.rows} rows of ${frames.features} features in each hop`;
    const expected = `no more than the input ${input.name} holds, [${input.shape}]`;
    const where = `front end ${front.name}`;
    throw new TwentyWattError([problem("MODEL_SHAPE", where, got, expected)]);
  }
  if (nodeOf(front, "MicroWindow")) return lowerMicro(front, frames, input);
  return new Lowering(front, frames, input).lowered();
}

class Lowering {
  readonly #front: Front;
  readonly #frames: Frames;
  readonly #input: Tensor;
  readonly #state: StateBlock[] = [];
  readonly #constants: ConstantBlock[] = [];
  readonly #init: SignalCall[] = [];
  readonly #step: SignalCall[] = [];
  readonly #nodes: PlannedNode[] = [];
  #work = 0;
  #stateBytes = 0;

  constructor(front: Front, frames: Frames, input: Tensor) {
    this.#front = front;
    this.#frames = frames;
    this.#input = input;
  }

  lowered(): LoweredFront {
    const front = this.#front;
    const features = this.#ring();
    const samples = this.#samples();
    const frame = this.#spectrum(samples);
    const values = this.#logarithms(frame);
    this.#row(values, features);
    return {
      inputBytes: 2 * front.hop * front.channels,
      stateBytes: this.#stateBytes,
      featuresOffset: features.rows.offset,
      state: this.#state,
      constants: this.#constants,
      workBytes: this.#work,
      init: this.#init,
      step: this.#step,
      nodes: this.#nodes,
    };
  }

  /** The network's input and how many windows are not full yet: what the state begins with. */
  #ring(): Ring {
    const { waiting } = this.#frames;
    const { name, shape } = this.#input;
    const bytes = byteLength(this.#input);
    const { scale, zeroPoint } = perTensor(this.#input);
    const rows = this.#keep(name, bytes, { shape, scale, zeroPoint });
    const left = this.#keep("waiting", 4, { dtype: "i32", scale: 1, shape: [1] });
    const start = this.#front.start ?? zeroPoint;
    const args = [rows, bytes, start, left, waiting];
    this.#init.push({ file: "signal/ring", entry: "begin", args, comment: name });
    return { rows, bytes, left };
  }

  /** Where the new samples are, one channel of them, once all nodes before the window have had them. */
  #samples(): { readonly at: Region; readonly n: number } {
    const { hop, channels } = this.#front;
    let now: { at: Region; n: number } = { at: { region: "input", offset: 0 }, n: hop };
    for (const node of this.#front.nodes) {
      if (node.kind === "Channel") {
        if (channels === 1) continue;
        const to = this.#scratch(2 * hop);
        this.#call(node, "samples", "channel", [now.at, channels, node.index, hop, to]);
        this.#planned(node, [hop, channels], [hop], "copied");
        now = { at: to, n: hop };
      } else if (node.kind === "Decimate") {
        const n = now.n / node.factor;
        const to = now.at.region === "input" ? this.#scratch(2 * n) : now.at;
        this.#call(node, "samples", "decimate", [now.at, n, node.factor, to]);
        this.#planned(node, [now.n], [n], "mean");
        now = { at: to, n };
      } else if (node.kind === "Envelope") {
        const to = now.at.region === "input" ? this.#scratch(2 * now.n) : now.at;
        const state = this.#keep("envelope", 4, { dtype: "i32", scale: this.#front.scale / 65536 });
        this.#call(node, "samples", "envelope", [now.at, now.n, node.shift, state, to]);
        this.#planned(node, [now.n], [now.n], "i32 state, Q16.16");
        now = { at: to, n: now.n };
      }
    }
    return now;
  }

  /** Powers of the spectrum, u64, with their exponent. The samples before are no longer needed. */
  #spectrum(samples: { readonly at: Region; readonly n: number }): Frame {
    const { window, size, delay } = this.#frames;
    const [shape, spectrum] = [this.#node("Window"), this.#node("Spectrum")];
    const preemphasis = nodeOf(this.#front, "Preemphasis");
    const length = 1 + window + delay;
    const history = this.#keep("overlap", 2 * length, {
      ...{ dtype: "i16", scale: this.#front.scale, shape: [length] },
    });
    this.#call(shape, "samples", "keep", [samples.at, samples.n, history, length]);
    const coefficient = Math.floor((preemphasis?.coefficient ?? 0) * 32768 + 0.5);
    if (preemphasis) this.#planned(preemphasis, [window], [window], "Q15, exact, with the window");
    const block = this.#scratch(BLOCK_BYTES, 0);
    const lines = this.#scratch(4 * (size + 2), BLOCK_BYTES);
    const weights = this.#constant(windowTable(shape));
    const args = [history, window, coefficient, weights, lines, size, block];
    this.#call(shape, "window", "windowed", args);
    this.#planned(shape, [samples.n], [window], "i32 and an exponent", weights);
    const sines = this.#constant(sineTable(size));
    this.#call(spectrum, "fft", "realFft", [lines, Math.log2(size), sines, size, block]);
    this.#planned(spectrum, [window], [size / 2 + 1], "i32 block floating, power u64", sines);
    return { block, lines, sines, end: BLOCK_BYTES + UP(4 * (size + 2)) };
  }

  /** Logarithms in Q16.16: of triangles, or of the lines. */
  #logarithms(frame: Frame): Values {
    const { block, lines, end } = frame;
    const { size, sampleRateHz } = this.#frames;
    const [mel, plain] = [nodeOf(this.#front, "MelLog"), nodeOf(this.#front, "Log")];
    const node = mel ?? plain;
    if (node === undefined) throw new Error("a front end without a logarithm");
    const power = (first: number, count: number): Region => {
      const from = further(lines, 8 * first);
      this.#call(node, "power", "power", [from, count, block]);
      return from;
    };
    const table = this.#constant(logTable());
    if (plain) {
      const n = plain.lines;
      const envelope = this.#demodulated(plain, frame);
      const from = power(plain.first, n);
      this.#logarithm(plain, from, n, table, block, from);
      this.#planned(plain, [size / 2 + 1], [n], "Q16.16", table);
      if (envelope === null) return { at: from, n, end };
      this.#logarithm(plain, envelope.at, n, table, envelope.block, envelope.at, 2);
      const out = this.#scratch(8 * n, envelope.end);
      this.#call(plain, "envelope", "beside", [from, envelope.at, n, out]);
      return { at: out, n: 2 * n, end: envelope.end + 8 * n };
    }
    if (mel === undefined) throw new Error("a front end without a logarithm");
    const { segments, weights, first, lines: used, room } = melTables(mel, size, sampleRateHz);
    power(first, used);
    const sums = this.#scratch(8 * mel.bands, UP(end));
    const [where, how] = [this.#constant(segments), this.#constant(weights)];
    const args = [lines, where, how, mel.bands, room, block, sums];
    this.#call(mel, "bands", "bands", args);
    this.#logarithm(mel, sums, mel.bands, table, block, sums);
    this.#planned(mel, [size / 2 + 1], [mel.bands], "u64 sums, Q16.16", where, how, table);
    return { at: sums, n: mel.bands, end: sums.offset + 8 * mel.bands };
  }

  /** Powers of the envelope's lines that the logarithm wants; the spectrum stays as it is. */
  #demodulated(
    { first, lines: wanted }: SignalOf<"Log">,
    { block, lines, sines, end }: Frame,
  ): { readonly at: Region; readonly block: Region; readonly end: number } | null {
    const node = nodeOf(this.#front, "Demodulate");
    if (node === undefined) return null;
    const { size } = this.#frames;
    const n = node.lines;
    const log2 = Math.log2(n);
    const own = this.#scratch(BLOCK_BYTES, end);
    const band = this.#scratch(8 * n, end + BLOCK_BYTES);
    const from = further(lines, 8 * node.first);
    this.#call(node, "envelope", "exchanged", [from, n, block, band, own]);
    this.#call(node, "fft", "complexFft", [band, log2, sines, size, own]);
    this.#call(node, "power", "power", [band, n, own]);
    this.#call(node, "envelope", "lessMeanPower", [band, log2, own]);
    this.#call(node, "fft", "realFft", [band, log2, sines, size, own]);
    const at = further(band, 8 * first);
    this.#call(node, "power", "power", [at, wanted, own]);
    this.#planned(node, [n], [n / 2 + 1], "i32 block floating, power u64");
    return { at, block: own, end: end + BLOCK_BYTES + 8 * n };
  }

  /** @param times the powers are those of an envelope's power: 2 */
  #logarithm(
    node: SignalOf<"MelLog" | "Log">,
    values: Region,
    n: number,
    table: SignalArg,
    block: Region,
    out: Region,
    times = 1,
  ): void {
    const { divisor } = this.#node("Spectrum");
    const perOctave = PER_OCTAVE[node.unit];
    const offset = times * perOctave * (2 * octaves(this.#front.scale) - octaves(divisor));
    const floor = perOctave * octaves(node.floor);
    const args = [fixed(perOctave, 28), this.#q16(offset), this.#q16(floor)];
    this.#call(node, "logarithm", "logarithm", [values, n, table, block, ...args, out]);
  }

  /** From logarithms to a row of int8 at the end of the network's input. */
  #row(logarithms: Values, ring: Ring): void {
    const { features } = this.#frames;
    let values = logarithms;
    const dct = nodeOf(this.#front, "Dct");
    if (dct) {
      const table = this.#constant(dctTable(dct.coefficients, values.n));
      const out = this.#scratch(4 * dct.coefficients, UP(values.end));
      this.#call(dct, "dct", "dct", [values.at, values.n, table, dct.coefficients, out]);
      this.#planned(dct, [values.n], [dct.coefficients], "Q1.15 over Q16.16", table);
      values = { at: out, n: dct.coefficients, end: out.offset + 4 * dct.coefficients };
    }
    const normalise = nodeOf(this.#front, "Normalise");
    if (normalise?.mean === "row") {
      const beside = nodeOf(this.#front, "Demodulate") ? 2 : 1;
      for (let k = 0; k < beside; k++) {
        const args = [further(values.at, 4 * k), values.n / beside, 4 * beside];
        this.#call(normalise, "normalise", "lessMean", args);
      }
    } else if (normalise?.mean === "time") {
      const means = this.#keep("means", 4 * values.n, {
        ...{ dtype: "i32", scale: 1 / 65536, shape: [values.n] },
      });
      const args = [values.at, values.n, normalise.shift, means];
      this.#call(normalise, "normalise", "lessRunningMean", args);
    }
    const { scale, zeroPoint } = perTensor(this.#input);
    const { factor = 1, offset = 0, low = -Infinity, high = Infinity } = normalise ?? {};
    const truncate = this.#front.rounding === "truncate";
    const whole = truncate ? Math.trunc : (x: number) => Math.floor(x + 0.5);
    const int8 = (real: number) =>
      Math.max(-128, Math.min(127, whole(real / scale + zeroPoint) + 0));
    const { multiplier, shift } = mantissa(factor / scale, this.#front.name);
    const row = this.#scratch(features, UP(values.end));
    const shiftBy = this.#q16((offset * factor) / scale + zeroPoint);
    const last = this.#front.nodes.at(-1) as SignalNode;
    this.#call(last, "normalise", "quantised", [
      ...[values.at, features, multiplier, shift, shiftBy, int8(low), int8(high)],
      ...[truncate ? 1 : 0, row],
    ]);
    if (normalise) this.#planned(normalise, [features], [features], "Q16.16 to int8");
    this.#call(last, "ring", "push", [row, features, ring.rows, ring.bytes, ring.left]);
  }

  #node<K extends SignalNode["kind"]>(kind: K): SignalOf<K> {
    const node = nodeOf(this.#front, kind);
    if (node === undefined) throw new Error(`a front end without ${kind}`);
    return node;
  }

  #call(node: SignalNode, file: string, entry: string, args: readonly SignalArg[]): void {
    this.#step.push({
      file: `signal/${file}`,
      entry,
      args,
      comment: `${node.kind} ${this.#front.name}`,
    });
  }

  #planned(
    node: SignalNode,
    from: readonly number[],
    to: readonly number[],
    form: string,
    ...tables: readonly { readonly constant: number }[]
  ): void {
    this.#nodes.push({
      index: this.#nodes.length,
      name: `${this.#front.name}/${node.kind}`,
      kind: node.kind,
      inputShapes: [from],
      outputShape: to,
      macs: 0,
      parameterBytes: tables.reduce((n, t) => n + at(this.#constants, t.constant).bytes.length, 0),
      form,
    });
  }

  #keep(name: string, bytes: number, reading: Reading): Region {
    const offset = this.#stateBytes;
    this.#stateBytes += UP(bytes);
    this.#state.push({ name, offset, len: bytes, ...reading });
    return { region: "state", offset };
  }

  #constant(constant: ConstantBlock): { readonly constant: number } {
    return { constant: this.#constants.push(constant) - 1 };
  }

  /** Work memory: samples at its start, which a frame may overwrite. */
  #scratch(bytes: number, offset = 0): Region {
    this.#work = Math.max(this.#work, UP(offset + bytes));
    return { region: "work", offset };
  }

  #q16(x: number): number {
    const q = fixed(x, 16);
    if (Math.abs(q) < 2 ** 31) return q;
    const where = `front end ${this.#front.name}`;
    throw new TwentyWattError([
      problem("MODEL_RANGE", where, `a feature of ${x.toPrecision(4)}`, "within ± 32768"),
    ]);
  }
}

type Region = { readonly region: "input" | "state" | "work"; readonly offset: number };
type Ring = { readonly rows: Region; readonly bytes: number; readonly left: Region };
type Frame = {
  readonly block: Region;
  readonly lines: Region;
  readonly sines: SignalArg;
  readonly end: number;
};
type Values = { readonly at: Region; readonly n: number; readonly end: number };

const further = (region: Region, bytes: number): Region => ({
  ...region,
  offset: region.offset + bytes,
});

const fixed = (x: number, bits: number): number => Math.floor(x * 2 ** bits + 0.5);

/** x = multiplier · 2^−shift, a multiplier of 31 bits. */
function mantissa(x: number, name: string): { multiplier: number; shift: number } {
  let shift = 0;
  let scaled = x;
  while (scaled < 2 ** 30 && shift < 62) {
    scaled *= 2;
    shift += 1;
  }
  if (scaled < 2 ** 30 || Math.floor(scaled + 0.5) >= 2 ** 31) {
    const got = `${x.toPrecision(4)} steps of int8 for a feature of 1`;
    throw new TwentyWattError([
      problem("MODEL_RANGE", `front end ${name}`, got, "2^−32 to 2^30 steps"),
    ]);
  }
  return { multiplier: Math.floor(scaled + 0.5), shift };
}
