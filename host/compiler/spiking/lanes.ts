/** Populations in 16 bits, and the synapses onto them: see host/model/lanes.ts. The same calls in both builds. */
import type {
  FixedMatrix,
  FixedPopulation,
  FixedProjection,
  Lanes,
} from "../../model/fixed-network.ts";
import { integerAt } from "../../model/quantise-numbers.ts";
import type { Call, Draft, Ref } from "./draft.ts";
import type { EventMemory } from "./events.ts";
import type { PopulationMemory, RingMemory } from "./population.ts";

const padded = (n: number, to: 8 | 16): number => Math.ceil(n / to) * to;

type LaneMemory = { readonly potential: Ref; readonly ring: RingMemory };

/** Potentials and arrivals. What is beyond n starts at v = 0. */
export function placeLanes(draft: Draft, p: FixedPopulation, { offset, rest }: Lanes): LaneMemory {
  const size = padded(p.n, 16); // the kernel takes four words at a time
  const block = (what: string, zeroPoint: number, initial: (k: number) => number): Ref => {
    const at = draft.block("state", 2 * size);
    draft.name(`${p.name}.${what}`, at, 2 * p.n, {
      ...{ dtype: "i16", scale: 2 ** -p.fractionBits, zeroPoint, shape: p.shape },
    });
    const start = Uint16Array.from({ length: size }, (_, k) => initial(k));
    const pair = start[0] === undefined ? 0 : start[0] * 0x10001;
    const uniform = start.every((lane) => lane === start[0]);
    draft.init.push({
      file: "fixed/fill",
      entry: uniform ? "fillI32" : "copyBytes",
      args: uniform ? [at, pair, size / 2] : [draft.constant(start), at, 2 * size],
      comment: `${p.name} at the start`,
    });
    return at;
  };
  const potential = block("v", offset, (k) => offset + (k < p.n ? integerAt(p.initial, k) : 0));
  const ring = block("arriving", rest, () => rest);
  return { potential, ring: { ring, position: null, slots: 1, lanes: true } };
}

export function stepLanes(
  draft: Draft,
  p: FixedPopulation,
  { factor, offset, rest }: Lanes,
  { potential, rings, spikes, list }: PopulationMemory,
): void {
  const subtract = p.resetRule === "subtract";
  const theta = integerAt(p.threshold, 0);
  const after = subtract ? theta : integerAt(p.reset, 0) + offset;
  const each = (lane: number) => BigInt(lane) * 0x0001000100010001n;
  const parameters = BigUint64Array.from([
    ...[BigInt(factor), each(rest), each(0x7fff - theta - offset), each(after)],
  ]);
  draft.step.push({
    ...{ file: "neurons/lif-lanes", entry: "lifLanes", comment: `lif ${p.name}` },
    args: [
      ...[potential ?? 0, rings[0]?.ring ?? 0, draft.constant(parameters, 8), subtract ? 1 : 0],
      ...[spikes ?? 0, list, p.n, draft.counters],
    ],
  });
}

/** Whatever a source gives fits where the host sets no limit. */
const NO_LIMIT = 2 ** 31 - 1;

export function lanesCall(
  draft: Draft,
  { name, matrix, exponent, mostCount }: FixedProjection,
  list: EventMemory["list"],
  { ring }: RingMemory,
  post: number,
): Call {
  const call = { file: "synapses/lanes", comment: `${matrix.kind} ${name}` };
  const counted = [mostCount ?? NO_LIMIT, exponent, ring] as const;
  if (matrix.kind === "dense") {
    const weights = draft.constant(eightByEight(matrix.weight, post), 8);
    const args = [list, weights, ...counted, padded(post, 8) / 8, post, draft.counters];
    return { ...call, entry: "denseLanes", args };
  }
  if (matrix.kind !== "sparse") throw new Error(`${matrix.kind} onto neurons of 16 bits`);
  // two bytes of arrivals for each target
  const narrow = post <= 128;
  const bytes = matrix.post.map((target) => 2 * target);
  const targets = narrow ? Uint8Array.from(bytes) : Uint16Array.from(bytes);
  const lists = [matrix.rowStart, targets, matrix.weight].map((part) => draft.constant(part));
  const args = [list, ...lists, ...counted, draft.counters];
  return { ...call, entry: `sparseLanes<${narrow ? "u8" : "u16"}>`, args };
}

/** Rows of weight + 128: of eight targets the first four in the even bytes of a word, the others in the odd ones. */
function eightByEight(weight: Extract<FixedMatrix, { kind: "dense" }>["weight"], post: number) {
  const row = padded(post, 8);
  const pre = weight.length / post;
  return Uint8Array.from({ length: pre * row }, (_, at) => {
    const [i, byte] = [Math.floor(at / row), at % row];
    const target = byte - (byte % 8) + ((byte % 8) >> 1) + 4 * (byte % 2);
    return 128 + (target < post ? (weight[i * post + target] ?? 0) : 0);
  });
}
