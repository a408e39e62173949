/** The output stage of the MVP build: what assembly/fixed/output-stage.ts reads, one block per layer. */
import type { Rounding } from "../model/manifest.ts";
import type { Channel, OutputRange } from "./channels.ts";
import type { ConstantBlock } from "./lowering.ts";

/** The forms of assembly/fixed/output-stage.ts. */
export const FORM = {
  doubleRectified: 0,
  double: 1,
  single: 2,
  doubleAny: 3,
  singleAny: 4,
} as const;

export type StageForm = keyof typeof FORM;

const HEADER_BYTES = 16;
const CHANNEL_BYTES = 12;

/**
 * Header and channels. A constant channel becomes bias = 4 · (value − z_out) with the multiplier 1/4, which both
 * roundings compute exactly; its weights must be packed as zeros (packedWeight).
 */
export function outputStage(
  channels: readonly Channel[],
  range: OutputRange,
  rounding: Rounding,
): { readonly block: ConstantBlock; readonly form: StageForm } {
  const form = stageForm(channels, range, rounding);
  const bytes = new Uint8Array(HEADER_BYTES + CHANNEL_BYTES * channels.length);
  const view = new DataView(bytes.buffer);
  const header = [range.zeroPoint, range.low, range.high, FORM[form]];
  header.forEach((value, k) => {
    view.setInt32(4 * k, value, true);
  });
  channels.forEach((channel, c) => {
    const { bias, q, exponent } = kernelChannel(channel, range);
    const at = HEADER_BYTES + CHANNEL_BYTES * c;
    view.setInt32(at, bias, true);
    view.setInt32(at + 4, q, true);
    view.setInt32(at + 8, exponent, true);
  });
  return { block: { name: "output stage", bytes, align: 4 }, form };
}

/** Constant channels do not look at their input. */
export const packedWeight = (channel: Channel | undefined, weight: number): number =>
  channel === undefined || channel.constant !== null ? 0 : weight;

function kernelChannel(channel: Channel, range: OutputRange) {
  if (channel.constant !== null) {
    return { bias: 4 * (channel.constant - range.zeroPoint), q: 2 ** 30, exponent: -1 };
  }
  // above 2^29 every accumulator but 0 saturates: the kernels' largest exponent stands for all larger ones
  if (channel.exponent > 30) return { bias: channel.bias, q: 2 ** 31 - 1, exponent: 30 };
  return channel;
}

/** See the forms in assembly/fixed/output-stage.ts: the first three need exponents −24 to −1 and sums inside int32. */
function stageForm(
  channels: readonly Channel[],
  { zeroPoint, low }: OutputRange,
  rounding: Rounding,
): StageForm {
  const packed = channels.every(
    ({ constant, exponent, bias, accLow, accHigh }) =>
      constant !== null ||
      (exponent >= -24 &&
        exponent <= -1 &&
        accLow - bias >= -(2 ** 31) &&
        accHigh - bias < 2 ** 31),
  );
  if (rounding === "single") return packed ? "single" : "singleAny";
  if (!packed) return "doubleAny";
  return low >= zeroPoint ? "doubleRectified" : "double";
}
