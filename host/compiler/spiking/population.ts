/** Populations: memory of their state, and the calls that update them. */

import type { Build } from "../../module/manifest.ts";
import type {
  FixedIzhikevich,
  FixedPopulation,
  FixedReceptor,
  Integers,
} from "../../spiking/fixed-network.ts";
import { integerAt } from "../../spiking/quantise-numbers.ts";
import type { Draft, Ref, SpikingArg } from "./draft.ts";
import { clearEvents, type EventMemory, type EventPlace, placeEvents } from "./events.ts";
import { placeLanes, stepLanes } from "./lanes.ts";
import { isPlainLif, stepLif } from "./lif.ts";

/** Where the synapses of a receptor add to. */
export type RingMemory = {
  readonly ring: Ref;
  /** of the slot that is due; null where there is only one */
  readonly position: Ref | null;
  readonly slots: number;
  /** sums of 16 bits, see lanes.ts */
  readonly lanes: boolean;
};

export type PopulationMemory = EventMemory & {
  readonly rings: readonly RingMemory[];
  /** i32[n] per receptor */
  readonly currents: readonly Ref[];
  /** steps left of every neuron, or the queue of a fused population; 0: no refractory time */
  readonly refractory: Ref | 0;
  /** fatigue of an adaptive LIF, u of Izhikevich's neuron, weights of a perceptron */
  readonly w: Ref | 0;
  /** u8[n], 1 for the refractory neurons of a fused population */
  readonly frozen: Ref | 0;
};

const KEEPS_POTENTIAL: ReadonlySet<FixedPopulation["kind"]> = new Set([
  ...(["linear", "adaptive", "izhikevich"] as const),
]);

const RULES = { none: 0, zero: 1, subtract: 2, snntorch: 3, spyx: 4 } as const;

/** State and start values. */
export function placePopulation(
  draft: Draft,
  p: FixedPopulation,
  place: EventPlace,
): PopulationMemory {
  if (p.lanes) {
    const { potential, ring } = placeLanes(draft, p, p.lanes);
    const none = { currents: [], refractory: 0, w: 0, frozen: 0 } as const;
    return { ...placeEvents(draft, p, place), potential, rings: [ring], ...none };
  }
  const unit = 2 ** -p.fractionBits;
  const words = (name: string, initial: Integers, scale = unit): Ref => {
    const reading = { dtype: "i32", scale, shape: p.shape } as const;
    const at = draft.named("state", `${p.name}.${name}`, 4 * p.n, reading);
    initialise(draft, at, initial, p);
    return at;
  };
  const currents = p.receptors.map(({ name, gain }) => {
    const scale = typeof gain === "number" && gain !== 0 ? unit / gain : unit;
    // a fused population keeps what is left of a current for the next step
    return words(p.receptors.length === 1 ? "s" : name, 0, scale);
  });
  // synapses of a fused population add to its currents themselves, unless they have delays
  const rings = p.receptors.map((receptor, k): RingMemory => {
    const s = currents[k];
    return p.fused && receptor.slots === 1 && s
      ? { ring: s, position: null, slots: 1, lanes: false }
      : ringOf(draft, p, receptor);
  });
  const potential = KEEPS_POTENTIAL.has(p.kind) ? words("v", p.initial) : null;
  const resting = p.refractorySteps > 0;
  const refractory = !resting ? 0 : p.fused ? queueOf(draft, p) : words("refractory", 0, 1);
  const w = p.adaptation ? words("w", 0) : p.izhikevich ? words("u", p.izhikevich.initial) : 0;
  const weights = p.perceptron
    ? draft.named("state", `${p.name}.w`, 4 * p.perceptron.inputs, {
        ...{ dtype: "i32", scale: 1, shape: [p.perceptron.inputs] },
      })
    : 0;
  const events = placeEvents(draft, p, place);
  const frozen =
    resting && p.fused
      ? draft.named("state", `${p.name}.frozen`, p.n, { dtype: "u8", scale: 1, shape: p.shape })
      : 0;
  return { ...events, potential, rings, currents, refractory, w: weights || w, frozen };
}

/** Who waits for the end of the refractory time, see assembly/neurons/cuba-lif.ts. */
function queueOf(draft: Draft, p: FixedPopulation): Ref {
  const length = 4 + p.refractorySteps + p.n;
  return draft.named("state", `${p.name}.refractory`, 4 * length, {
    ...{ dtype: "i32", scale: 1, shape: [length] },
  });
}

/** @param source events of the node that teaches a perceptron */
export function stepPopulation(
  draft: Draft,
  p: FixedPopulation,
  memory: PopulationMemory,
  source: Ref | null,
  build: Build,
): void {
  // lanes write the list anew
  clearEvents(draft, p, p.lanes ? { ...memory, list: null } : memory);
  if (p.perceptron) {
    const last = p.perceptron.inputs - 1;
    push(draft, p, "perceptron", "perceptron", [
      ...[source ?? 0, memory.w, last, memory.spikes ?? 0, memory.list, draft.counters],
    ]);
    return;
  }
  if (p.fused) {
    stepFused(draft, p, memory, build);
    return;
  }
  if (p.lanes) {
    stepLanes(draft, p, p.lanes, memory);
    return;
  }
  if (build === "mvp" && isPlainLif(p)) {
    stepLif(draft, p, memory);
    return;
  }
  const total = draft.scratch(4 * p.n);
  stepReceptors(draft, p, memory, total, build);
  if (p.kind === "threshold") stepThreshold(draft, p, memory, total);
  else if (p.izhikevich) stepIzhikevich(draft, p, p.izhikevich, memory, total);
  else stepMembrane(draft, p, memory, total, build);
}

/** Receptors and membrane in one pass. */
function stepFused(
  draft: Draft,
  p: FixedPopulation,
  { potential, currents, rings, refractory, frozen, spikes, list }: PopulationMemory,
  build: Build,
): void {
  rings.forEach(({ ring, position, slots }, k) => {
    if (position === null) return;
    push(draft, p, "arrive", "arrive", [currents[k] ?? 0, ring, position, slots, p.n]);
    draft.last.push({
      ...{ file: "fixed/ring", entry: "turn", args: [position, slots], comment: p.name },
    });
  });
  const two = p.receptors.length - 1;
  const decays = [p.decay, ...p.receptors.map(({ decay }) => decay ?? NO_DECAY)];
  const numbers = [0, 1, 2].flatMap((k) => {
    const { mantissa, shift } = decays[k] ?? NO_DECAY;
    return [integerAt(mantissa, 0), shift];
  });
  const shared = [p.constant, p.threshold, p.reset].map((values) => integerAt(values, 0));
  const parameters = Int32Array.from([...numbers, ...shared, p.refractorySteps]);
  const [s0 = 0, s1 = s0] = currents;
  const rest = [refractory, frozen, draft.constant(parameters), spikes ?? 0, list] as const;
  if (build === "mvp") {
    push(draft, p, "cuba-lif", "cubaLif", [
      ...[potential ?? 0, s0, s1, two, ...rest, p.n, draft.counters],
    ]);
    return;
  }
  const [kv = 0, shiftV = 0, k0 = 0, shift0 = 0, k1 = 0, shift1 = 0] = numbers;
  const [constant = 0, threshold = 0] = shared;
  // read from memory, since V8 rebuilds vector literals in every round of a loop
  const vectors = [
    ...[0x8000, constant, threshold],
    ...[kv, kv << 16, 1 << (shiftV - 17)],
    ...[k0, k0 << 16, 1 << (shift0 - 17)],
    ...[k1, k1 << 16, 1 << (shift1 - 17)],
  ].flatMap((value) => [value, value, value, value]);
  draft.step.push({
    ...{ file: "neurons/cuba-lif.simd", entry: "cubaLif", comment: `fused ${p.name}` },
    args: [
      ...[potential ?? 0, s0, s1, ...rest],
      ...[draft.constant(Int32Array.from(vectors), 16), p.n, draft.counters],
    ],
    shape: {
      ...{ SHIFT_V: shiftV - 16, SHIFT_0: shift0 - 16, SHIFT_1: shift1 - 16 },
      ...{ RECEPTORS: two + 1, CONSTANT: constant },
    },
  });
}

const NO_DECAY = { mantissa: 0, shift: 17 } as const;

function push(
  draft: Draft,
  p: FixedPopulation,
  file: string,
  entry: string,
  args: readonly SpikingArg[],
): void {
  draft.step.push({ file: `neurons/${file}`, entry, args, comment: `${p.kind} ${p.name}` });
}

function stepMembrane(
  draft: Draft,
  p: FixedPopulation,
  memory: PopulationMemory,
  total: Ref,
  build: Build,
): void {
  const { potential, refractory, spikes, list, w } = memory;
  const { bytes, stride } = records([p.decay.mantissa, p.constant, p.threshold, p.reset], p.n);
  if (p.adaptation) push(draft, p, "adaptive-lif", "fatigue", [total, w, p.n]);
  const parameters = draft.constant(bytes);
  if (build === "simd" && stride === 0) {
    draft.step.push({
      ...{ file: "neurons/membrane.simd", entry: "membrane", comment: `${p.kind} ${p.name}` },
      args: [
        ...[potential ?? 0, total, refractory, parameters, spikes ?? 0, list, p.n, draft.counters],
      ],
      shape: {
        ...{ MANTISSA: bytes[0] ?? 0, SHIFT: p.decay.shift, CONSTANT: bytes[1] ?? 0 },
        ...{ THRESHOLD: bytes[2] ?? 0, RESET: bytes[3] ?? 0, RULE: RULES[p.resetRule] },
        ...{ REFRACTORY_STEPS: p.refractorySteps },
      },
    });
  } else {
    push(draft, p, "membrane", "membrane", [
      ...[potential ?? 0, total, refractory, p.refractorySteps, parameters, stride],
      ...[p.decay.shift, RULES[p.resetRule], spikes ?? 0, list, 0, p.n, draft.counters],
    ]);
  }
  if (p.adaptation) {
    const { decay, increment } = p.adaptation;
    const own = records([decay.mantissa, increment], p.n);
    push(draft, p, "adaptive-lif", "recover", [
      ...[w, spikes ?? 0, draft.constant(own.bytes), own.stride, decay.shift, p.n, draft.counters],
    ]);
  }
}

function stepThreshold(
  draft: Draft,
  p: FixedPopulation,
  { spikes, list }: PopulationMemory,
  total: Ref,
): void {
  const { bytes, stride } = records([0, p.constant, p.threshold, 0], p.n);
  push(draft, p, "threshold", "threshold", [
    ...[total, draft.constant(bytes), stride, spikes ?? 0, list, p.n, draft.counters],
  ]);
}

function stepIzhikevich(
  draft: Draft,
  p: FixedPopulation,
  { a, b, c, d, step, coarse }: FixedIzhikevich,
  { potential, w, spikes, list }: PopulationMemory,
  total: Ref,
): void {
  const { bytes, stride } = records([p.constant, a, b, c, d, p.threshold, 0, 0], p.n);
  push(draft, p, "izhikevich", "izhikevich", [
    ...[potential ?? 0, w, total, p.fractionBits, draft.constant(bytes), stride, step],
    ...[coarse ? 1 : 0, spikes ?? 0, list, p.n, draft.counters],
  ]);
}

function ringOf(draft: Draft, p: FixedPopulation, receptor: FixedReceptor): RingMemory {
  const { slots } = receptor;
  const scale = 2 ** -p.fractionBits;
  const name = `${p.name}.${receptor.name}.arriving`;
  const ring = draft.named("state", name, 4 * p.n * slots, {
    ...{ dtype: "i32", scale, shape: [slots, ...p.shape] },
  });
  if (receptor.lateConstant !== 0) {
    const opposite = Int32Array.from(
      { length: p.n },
      (_, k) => -integerAt(receptor.lateConstant, k),
    );
    initialise(draft, ring, opposite, p);
  }
  if (slots === 1) return { ring, position: null, slots, lanes: false };
  const position = draft.named("state", `${p.name}.${receptor.name}.slot`, 8, {
    ...{ dtype: "i32", scale: 1, shape: [2] },
  });
  return { ring, position, slots, lanes: false };
}

/** Leaves the sum of the receptors in `total`. */
function stepReceptors(
  draft: Draft,
  p: FixedPopulation,
  { rings, currents }: PopulationMemory,
  total: Ref,
  build: Build,
): void {
  if (p.receptors.length === 0) {
    draft.step.push({
      ...{ file: "fixed/fill", entry: "fillI32", args: [total, 0, p.n], comment: p.name },
    });
  }
  p.receptors.forEach((receptor, k) => {
    const { ring, position, slots } = rings[k] as RingMemory;
    const { bytes, stride } = records([receptor.decay?.mantissa ?? 0, receptor.constant], p.n);
    const comment = `receptor ${receptor.name} of ${p.name}`;
    const places = [currents[k] ?? 0, ring, position ?? 0, slots, total] as const;
    const first = k === 0 ? 1 : 0;
    const parameters = draft.constant(bytes);
    if (build === "simd" && receptor.decay && stride === 0) {
      draft.step.push({
        ...{ file: "neurons/receptor.simd", entry: "receptor", comment },
        args: [...places, parameters, p.n, draft.counters],
        shape: {
          ...{ MANTISSA: bytes[0] ?? 0, SHIFT: receptor.decay.shift, CONSTANT: bytes[1] ?? 0 },
          ...{ RECEPTOR_LIMIT: receptor.limit, FIRST: first },
        },
      });
    } else {
      draft.step.push({
        ...{ file: "neurons/receptor", entry: receptor.decay ? "receptor" : "memoryless", comment },
        args: [
          ...[...places, first, parameters, stride],
          ...(receptor.decay ? [receptor.decay.shift] : []),
          ...[receptor.limit, p.n, draft.counters],
        ],
      });
    }
    if (position !== null) {
      draft.last.push({
        ...{ file: "fixed/ring", entry: "turn", args: [position, slots], comment: p.name },
      });
    }
  });
}

function initialise(draft: Draft, at: Ref, initial: Integers, p: FixedPopulation): void {
  if (initial === 0) return;
  const uniform = typeof initial === "number";
  draft.init.push({
    file: "fixed/fill",
    entry: uniform ? "fillI32" : "copyBytes",
    args: uniform ? [at, initial, p.n] : [draft.constant(initial), at, 4 * p.n],
    comment: `${p.name} at the start`,
  });
}

/** Parameters side by side, i32[1 or n][columns]: once where all neurons share them. */
export function records(
  columns: readonly Integers[],
  n: number,
): { readonly bytes: Int32Array; readonly stride: number } {
  const uniform = columns.every((column) => typeof column === "number");
  const rows = uniform ? 1 : n;
  const bytes = new Int32Array(rows * columns.length);
  columns.forEach((column, c) => {
    for (let k = 0; k < rows; k++) bytes[k * columns.length + c] = integerAt(column, k);
  });
  return { bytes, stride: uniform ? 0 : 4 * columns.length };
}
