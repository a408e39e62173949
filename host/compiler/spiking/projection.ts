/** Projections: weights as their kernels read them, and the call that delivers one step's events. */
import type { FixedMatrix, FixedProjection } from "../../model/fixed-network.ts";
import type { Build } from "../../model/manifest.ts";
import type { Call, Draft, Ref, SpikingArg } from "./draft.ts";
import type { RingMemory } from "./population.ts";

type Ends = {
  readonly list: Ref;
  readonly to: RingMemory;
  readonly pre: number;
  readonly post: number;
};

/** Targets that the sixteen bits of a packed synapse can name. */
const PACKED_TARGETS = 65536;

export function lowerProjection(
  draft: Draft,
  p: FixedProjection,
  { list, to, pre, post }: Ends,
  build: Build,
): void {
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
  switch (matrix.kind) {
    case "dense":
      if (build === "simd" && !p.graded && post >= 4) {
        draft.step.push({
          ...{ file: "synapses/dense.simd", entry: "dense", comment: `dense ${p.name}` },
          args: [
            ...[list, draft.constant(matrix.weight), to.ring, to.position ?? 0, late, to.slots],
            draft.counters,
          ],
          shape: { TARGETS: post, EXPONENT: shift },
        });
        return;
      }
      draft.step.push(
        call("dense", p.graded ? "denseGraded" : "dense", draft.constant(matrix.weight), shift),
      );
      return;
    case "diagonal": {
      const stride = matrix.weight.length === 1 && pre > 1 ? 0 : 2;
      draft.step.push(
        call("diagonal", "diagonal", draft.constant(matrix.weight), stride, shift, values),
      );
      return;
    }
    case "conv":
      draft.step.push(
        call(
          ...(["conv-2d", "conv2d", draft.constant(windowOf(matrix))] as const),
          ...[draft.constant(outputsLast(matrix)), shift, values],
        ),
      );
      return;
    case "sparse": {
      const { rowStart, post: targets, weight, delaySteps } = matrix;
      const rows = draft.constant(rowStart);
      const delays = delaySteps === null ? 0 : draft.constant(delaySteps);
      if (p.graded || post > PACKED_TARGETS) {
        const lists = [draft.constant(targets), draft.constant(weight), delays];
        draft.step.push(call("sparse", "sparseWide", rows, ...lists, shift, values));
      } else if (delays !== 0 && to.slots > 1) {
        const synapses = draft.constant(packed(targets, weight));
        draft.step.push(call("sparse", "sparseDelayed", rows, synapses, delays, shift));
      } else {
        const synapses = draft.constant(packed(targets, weight));
        draft.step.push(call("sparse", "sparse", rows, synapses, shift));
      }
    }
  }
}

/** One u32 per synapse: target below, weight above. */
const packed = (targets: Uint32Array, weight: Int16Array): Uint32Array =>
  targets.map((post, k) => (post | ((weight[k] ?? 0) << 16)) >>> 0);

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
function outputsLast({ weight, inputShape, outputShape, groups, kernel }: Conv): Int16Array {
  const inputs = inputShape[0];
  const [perGroup, outputs] = [inputs / groups, outputShape[0] / groups];
  const taps = kernel[0] * kernel[1];
  const turned = new Int16Array(inputs * taps * outputs);
  for (let i = 0; i < inputs; i++) {
    const first = Math.floor(i / perGroup) * outputs;
    for (let tap = 0; tap < taps; tap++) {
      for (let o = 0; o < outputs; o++) {
        const from = ((first + o) * perGroup + (i % perGroup)) * taps + tap;
        turned[(i * taps + tap) * outputs + o] = weight[from] ?? 0;
      }
    }
  }
  return turned;
}
