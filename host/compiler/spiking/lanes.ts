/** Populations in 16 bits, and the synapses onto them: see host/spiking/lanes.ts. The same calls in both builds. */
import { at } from "../../model/at.ts";
import type { ConstantProjection, FixedMatrix, Lanes } from "../../spiking/fixed-network.ts";
import type { FixedMembrane } from "../../spiking/kinds/membrane.ts";
import { integerAt } from "../../spiking/quantise-numbers.ts";
import type { Call, Draft, Ref } from "./draft.ts";
import { type EventMemory, type EventPlace, placeEvents } from "./events.ts";
import { type PopulationMemory, potentialOf, spikesOf } from "./population.ts";

/** Rows of 16 bits up to this, of 8 bits beyond: as layers do (FULLY_CONNECTED). */
const WIDE_BYTES = 12 * 1024;

const padded = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Potentials, to which synapses add. What is beyond n starts at v = 0. */
export function placeLanes(
  draft: Draft,
  p: FixedMembrane,
  { offset }: Lanes,
  place: EventPlace,
): PopulationMemory {
  const size = padded(p.n, 16); // the kernel takes four words at a time
  const potential = draft.block("state", 2 * size);
  draft.name(`${p.name}.v`, potential, 2 * p.n, {
    ...{ dtype: "u16", scale: 2 ** -p.fractionBits, zeroPoint: offset, shape: p.shape },
  });
  const v = at(p.variables, 0);
  const initial = (k: number): number => (k < p.n ? integerAt(v.initial, k) : 0);
  const start = Uint16Array.from({ length: size }, (_, k) => offset + initial(k));
  const first = at(start, 0);
  const uniform = start.every((lane) => lane === first);
  draft.init.push({
    file: "fixed/fill",
    entry: uniform ? "fillI32" : "copyBytes",
    args: uniform
      ? [potential, at(start, 0) * 0x10001, size / 2]
      : [draft.constant(start), potential, 2 * size],
    comment: `${p.name} at the start`,
  });
  const ring = { ring: potential, position: null, slots: 1, lanes: true };
  const none = { currents: [], refractory: 0, beside: [], frozen: 0 } as const;
  return { ...placeEvents(draft, p, place), potential, rings: [ring], ...none };
}

export function stepLanes(
  draft: Draft,
  p: FixedMembrane,
  { multiplier, coarse, places, offset, rest }: Lanes,
  memory: PopulationMemory,
): void {
  const subtract = p.resetRule === "subtract";
  const after = subtract ? integerAt(p.threshold, 0) : integerAt(p.reset, 0) + offset;
  const each = (lane: number) => BigInt(lane) * 0x0001000100010001n;
  const parameters = BigUint64Array.from([
    ...[BigInt(coarse), each(0xffff >> coarse), BigInt(multiplier)],
    ...[BigInt(places), each(0xffff >> places), BigInt.asUintN(64, each(rest))],
  ]);
  draft.step.push({
    ...{ file: "neurons/lif-lanes", entry: "lifLanes", comment: `lif ${p.name}` },
    args: [
      ...[potentialOf(memory), draft.constant(parameters, 8), after, subtract ? 1 : 0],
      ...[spikesOf(memory), memory.list, p.n, draft.counters],
    ],
  });
}

/** Whatever a source gives fits where the host sets no limit. */
const NO_LIMIT = 2 ** 31 - 1;

type LaneEnds = {
  readonly list: EventMemory["list"];
  /** every event is 1 */
  readonly spikes: boolean;
  readonly ring: Ref;
  readonly post: number;
};

export function lanesCall(
  draft: Draft,
  { name, matrix, exponent, mostCount }: ConstantProjection,
  { list, spikes, ring, post }: LaneEnds,
): Call {
  const call = { file: "synapses/lanes", comment: `${matrix.kind} ${name}` };
  const most = spikes ? 1 : (mostCount ?? NO_LIMIT);
  const full = fullRows(matrix, post);
  const wide = full && wideRows(full.weight, post, exponent);
  if (full && wide && wide.byteLength <= WIDE_BYTES) {
    const args = [list, draft.constant(wide, 8), most, ring, 2 * padded(post, 16)] as const;
    return { ...call, entry: "wideLanes", args: [...args, full.synapses, draft.counters] };
  }
  if (matrix.kind === "dense") {
    const weights = draft.constant(eightByEight(matrix.weight, post), 8);
    const args = [list, weights, most, exponent, ring, padded(post, 8) / 8, post, draft.counters];
    return { ...call, entry: "denseLanes", args };
  }
  if (matrix.kind !== "sparse") throw new Error(`${matrix.kind} onto neurons of 16 bits`);
  const targetBytes = post <= 128 ? 1 : 2; // two bytes of v for each target
  const { rows, bytes } = groups(matrix, targetBytes);
  const args = [list, draft.constant(rows), draft.constant(bytes), most, exponent, ring] as const;
  const entry = `sparseLanes<${targetBytes === 1 ? "u8" : "u16"}>`;
  return { ...call, entry, args: [...args, draft.counters] };
}

type Weights<K extends FixedMatrix["kind"]> = Extract<FixedMatrix, { kind: K }>;

/**
 * Rows with a weight for every target, and how many of them are synapses. Lists that reach at least half of the targets
 * are such rows too, if all are equally long: all to all but oneself, for one.
 */
function fullRows(matrix: FixedMatrix, post: number) {
  if (matrix.kind === "dense") return { weight: matrix.weight, synapses: post };
  if (matrix.kind !== "sparse") return null;
  const pre = matrix.rowStart.length - 1;
  const synapses = at(matrix.rowStart, 1);
  const even = matrix.rowStart.every((start, i) => start === i * synapses);
  if (!even || 2 * synapses < post) return null;
  const weight = new Int32Array(pre * post);
  matrix.post.forEach((target, k) => {
    const to = Math.floor(k / synapses) * post + target;
    weight[to] = at(weight, to) + at(matrix.weight, k);
  });
  return { weight, synapses };
}

/** Words of four weights in lanes of 16 bits, the last of a row padded with 0. */
function wideRows(weight: Weights<"dense">["weight"] | Int32Array, post: number, exponent: number) {
  const row = padded(post, 16);
  const pre = weight.length / post;
  return BigUint64Array.from({ length: (pre * row) / 4 }, (_, word) => {
    const [i, first] = [Math.floor((4 * word) / row), (4 * word) % row];
    const lanes = [0, 1, 2, 3].map((lane) => {
      const target = first + lane;
      const w = target < post ? at(weight, i * post + target) : 0;
      return BigInt(w * 2 ** exponent) << BigInt(16 * lane);
    });
    return BigInt.asUintN(
      64,
      lanes.reduce((sum, w) => sum + w, 0n),
    );
  });
}

/** Rows of weight + 128: of eight targets the first four in the even bytes of a word, the others in the odd ones. */
function eightByEight(weight: Weights<"dense">["weight"], post: number) {
  const row = padded(post, 8);
  const pre = weight.length / post;
  return Uint8Array.from({ length: pre * row }, (_, k) => {
    const [i, byte] = [Math.floor(k / row), k % row];
    const target = byte - (byte % 8) + ((byte % 8) >> 1) + 4 * (byte % 2);
    return 128 + (target < post ? at(weight, i * post + target) : 0);
  });
}

/** Rows of groups of four targets and four weights. */
function groups({ rowStart, post, weight }: Weights<"sparse">, targetBytes: 1 | 2) {
  const rows: number[] = [];
  const bytes: number[] = [];
  rowStart.forEach((from, k) => {
    const to = rowStart[k + 1] ?? from; // the last start ends the rows
    rows.push(bytes.length + ((4 - ((to - from) % 4)) % 4));
    for (let first = from; first < to; first += 4) {
      const four = [0, 1, 2, 3].map((j) => first + j);
      const targets = four.map((j) => (j < to ? 2 * at(post, j) : 0));
      bytes.push(...targets.flatMap((t) => [t & 0xff, t >> 8].slice(0, targetBytes)));
      bytes.push(...four.map((j) => (j < to ? at(weight, j) & 0xff : 0)));
    }
  });
  return { rows: Uint32Array.from(rows), bytes: Uint8Array.from(bytes) };
}
