/** Projections: weights as their kernels read them, and the call that delivers one step's events. */

import { at } from "../../model/at.ts";
import type { Build } from "../../module/manifest.ts";
import type { ConstantProjection, FixedMatrix, Weights } from "../../spiking/fixed-network.ts";
import type { Call, Draft, Ref, SpikingArg } from "./draft.ts";
import { lanesCall } from "./lanes.ts";
import type { RingMemory } from "./population.ts";

type Ends = {
  readonly list: Ref;
  /** from a population, no input, pool or delay */
  readonly spikes: boolean;
  readonly to: RingMemory;
  readonly pre: number;
  readonly post: number;
};

/** Targets that sixteen bits can name, and eight. */
const PACKED_TARGETS = 65536;
const NARROW_TARGETS = 256;

export function lowerProjection(
  draft: Draft,
  p: ConstantProjection,
  { list, spikes, to, pre, post }: Ends,
  build: Build,
): void {
  if (to.lanes) {
    draft.step.push(lanesCall(draft, p, { list, spikes, ring: to.ring, post }));
    return;
  }
  // counts are shifted left by the exponent, products of values right
  const shift = p.graded ? -p.exponent : p.exponent;
  const values = p.graded ? 1 : 0;
  const late = p.closesCycle ? 1 : 0;
  const target: SpikingArg[] = [to.ring, to.position ?? 0, late, to.slots, post, draft.counters];
  const call = (file: string, entry: string, ...args: SpikingArg[]): Call => ({
    ...{ file: `synapses/${file}`, entry, comment: `${p.matrix.kind} ${p.name}` },
    args: [list, ...args, ...target],
  });
  const { matrix } = p;
  const width = widthOf(matrix);
  switch (matrix.kind) {
    case "dense":
      if (build === "simd" && !p.graded && post >= 4) {
        draft.step.push({
          ...{ file: "synapses/dense.simd", entry: `dense<${width}>`, comment: `dense ${p.name}` },
          args: [
            ...[list, draft.constant(matrix.weight), to.ring, to.position ?? 0, late, to.slots],
            draft.counters,
          ],
          shape: { TARGETS: post, EXPONENT: shift },
        });
        return;
      }
      draft.step.push(
        call(
          ...(["dense", `${p.graded ? "denseGraded" : "dense"}<${width}>`] as const),
          ...[draft.constant(matrix.weight), shift],
        ),
      );
      return;
    case "diagonal": {
      const stride = matrix.weight.length === 1 && pre > 1 ? 0 : matrix.weight.BYTES_PER_ELEMENT;
      draft.step.push(
        call(
          "diagonal",
          `diagonal<${width}>`,
          draft.constant(matrix.weight),
          stride,
          shift,
          values,
        ),
      );
      return;
    }
    case "conv":
      draft.step.push(
        call(
          ...(["conv-2d", `conv2d<${width}>`, draft.constant(windowOf(matrix))] as const),
          ...[draft.constant(outputsLast(matrix)), shift, values],
        ),
      );
      return;
    case "sparse": {
      const { rowStart, post: targets, weight, delaySteps } = matrix;
      const rows = draft.constant(rowStart);
      const delays = delaySteps === null ? 0 : draft.constant(delaySteps);
      const delayed = delays !== 0 && to.slots > 1;
      const together = width === "i16" ? "u32" : post <= NARROW_TARGETS ? "u16" : null;
      const near = post <= PACKED_TARGETS ? Uint16Array.from(targets) : targets;
      const shared = sharedWeight(p, post);
      if (shared !== null) {
        const own = post <= NARROW_TARGETS ? Uint8Array.from(targets) : near;
        const entry = `sparseShared<u${8 * own.BYTES_PER_ELEMENT}>`;
        const lists = [rows, draft.constant(own, own.BYTES_PER_ELEMENT)];
        draft.step.push(call("sparse-shared", entry, ...lists, shared * 2 ** shift));
      } else if (p.graded || post > PACKED_TARGETS || (together === null && delayed)) {
        const lists = [draft.constant(near), draft.constant(weight), delays];
        const types = `<u${8 * near.BYTES_PER_ELEMENT}, ${width}>`;
        draft.step.push(call("sparse", `sparseWide${types}`, rows, ...lists, shift, values));
      } else if (together === null) {
        const lists = [draft.constant(near), draft.constant(weight)];
        draft.step.push(call("sparse", "sparseApart", rows, ...lists, shift));
      } else {
        const synapses = draft.constant(packed(targets, weight));
        const [entry, more] = delayed ? ["sparseDelayed", [delays]] : ["sparse", []];
        draft.step.push(call("sparse", `${entry}<${together}>`, rows, synapses, ...more, shift));
      }
    }
  }
}

const widthOf = ({ weight }: FixedMatrix): "i8" | "i16" =>
  weight.BYTES_PER_ELEMENT === 1 ? "i8" : "i16";

/** The stored weight of every synapse of a list; null where they differ, or where the list is none for one kernel. */
function sharedWeight({ matrix, graded }: ConstantProjection, post: number): number | null {
  if (matrix.kind !== "sparse" || graded || post > PACKED_TARGETS) return null;
  const { weight, delaySteps } = matrix;
  const [first] = weight;
  if (first === undefined || delaySteps !== null) return null;
  return weight.every((w) => w === first) ? first : null;
}

/** What the weights of a projection take of a module, their lists included. */
export function parameterBytes(p: ConstantProjection, post: number): number {
  const { matrix } = p;
  if (matrix.kind !== "sparse") return matrix.weight.byteLength;
  const { rowStart, post: targets, delaySteps } = matrix;
  const narrow = post <= NARROW_TARGETS;
  const each = matrix.weight.BYTES_PER_ELEMENT === 1 ? (narrow ? 2 : 3) : 4;
  const synapse = sharedWeight(p, post) === null ? each : narrow ? 1 : 2;
  return rowStart.byteLength + synapse * targets.length + (delaySteps?.byteLength ?? 0);
}

/** Target below, weight above: a u32, or a u16 for weights of 8 bits. */
function packed(targets: Uint32Array, weight: Weights): Uint16Array | Uint32Array {
  const synapse = (bits: number) => (post: number, k: number) => post | (at(weight, k) << bits);
  return weight.BYTES_PER_ELEMENT === 1
    ? Uint16Array.from(targets, synapse(8))
    : Uint32Array.from(targets, synapse(16));
}

type Conv = Extract<FixedMatrix, { kind: "conv" }>;

function windowOf(c: Conv): Int32Array {
  const [channels, ...input] = c.inputShape;
  const [outChannels, ...output] = c.outputShape;
  const perGroup = [channels / c.groups, outChannels / c.groups];
  return Int32Array.from([
    ...[...input, ...output, ...perGroup],
    ...[...c.kernel, ...c.stride, ...c.padding, ...c.dilation],
  ]);
}

/** [out, in / groups, kh, kw] → [in, kh, kw, out / groups]: an event finds what it adds side by side. */
function outputsLast({ weight, inputShape, outputShape, groups, kernel }: Conv): Weights {
  const inputs = inputShape[0];
  const [perGroup, outputs] = [inputs / groups, outputShape[0] / groups];
  const taps = kernel[0] * kernel[1];
  const turned = weight.slice().fill(0);
  for (let i = 0; i < inputs; i++) {
    const first = Math.floor(i / perGroup) * outputs;
    for (let tap = 0; tap < taps; tap++) {
      for (let o = 0; o < outputs; o++) {
        const from = ((first + o) * perGroup + (i % perGroup)) * taps + tap;
        turned[(i * taps + tap) * outputs + o] = at(weight, from);
      }
    }
  }
  return turned;
}
