/** The output stage of the MVP build: what assembly/fixed/output-stage.ts reads, one block per layer. */
import type { Rounding } from "../model/multiplier.ts";
import type { Channel, OutputRange } from "./channels.ts";
import type { ConstantBlock } from "./lowering.ts";

/** The forms of assembly/fixed/output-stage.ts, chosen channel by channel. */
export const FORM = { plain: 0, bracket: 1, anyDouble: 2, anySingle: 3 } as const;

export type ChannelForm = keyof typeof FORM;

/** One channel as the kernels read it. */
export type StageChannel = {
  readonly form: ChannelForm;
  /** modulo 2^64 */
  readonly constant: bigint;
  readonly q: number;
  readonly shift: number;
};

const HEADER_BYTES = 16;
const CHANNEL_BYTES = 16;

/**
 * Header and channels. The weights of constant channels must be packed as zeros (packedWeight), so that their sums fit
 * their fields.
 *
 * @param offset what the kernel's sums have too much, where it leaves that to the constants
 */
export function outputStage(
  channels: readonly Channel[],
  range: OutputRange,
  rounding: Rounding,
  offset = 0n,
): ConstantBlock {
  const bytes = new Uint8Array(HEADER_BYTES + CHANNEL_BYTES * channels.length);
  const view = new DataView(bytes.buffer);
  [range.zeroPoint, range.low, range.high].forEach((value, k) => {
    view.setInt32(4 * k, value, true);
  });
  channels.forEach((channel, c) => {
    const { form, constant, q, shift } = stageChannel(channel, range, rounding);
    const at = HEADER_BYTES + CHANNEL_BYTES * c;
    // t = (sum + offset) · q + constant; the any-forms add the bias before they multiply
    const offsetOut = FORM[form] < FORM.anyDouble ? offset * BigInt(q) : offset;
    view.setBigInt64(at, constant - offsetOut, true); // modulo 2^64
    view.setInt32(at + 8, q, true);
    view.setInt32(at + 12, shift + 64 * FORM[form], true);
  });
  return { name: "output stage", bytes, align: 8 };
}

/** Constant channels do not look at their input. */
export const packedWeight = (channel: Channel, weight: number): number =>
  channel.constant !== null ? 0 : weight;

/** The cheapest form that is exact for every accumulator of the channel; its constant without any offset. */
export function stageChannel(
  channel: Channel,
  range: OutputRange,
  rounding: Rounding,
): StageChannel {
  const { bias, constant, accLow, accHigh } = channel;
  if (constant !== null) {
    return { form: "plain", constant: BigInt(constant) << 32n, q: 0, shift: 32 };
  }
  // above 2^30 every accumulator but 0 saturates: the kernels' largest exponent stands for all larger ones
  const large = channel.exponent > 30;
  const [q, exponent] = large ? [2 ** 31 - 1, 30] : [channel.q, channel.exponent];
  const shift = 31 - exponent;
  const m = BigInt(q);
  const half = BigInt(2 * range.zeroPoint + 1) << BigInt(shift - 1);
  const twice = rounding === "double" && exponent < 0;
  const extra = half + (twice ? 2n ** 30n : 0n);
  const bracket = twice && range.low < range.zeroPoint;
  const least = BigInt(accLow) * m + extra - (bracket ? 2n ** 31n : 0n);
  const most = BigInt(accHigh) * m + extra;
  // double rounding with a left shift saturates at int32 before it multiplies
  const folds = rounding === "single" || exponent <= 0;
  if (folds && [half, least, most].every(fitsI64)) {
    const form = bracket ? "bracket" : "plain";
    return { form, constant: BigInt(bias) * m + extra, q, shift };
  }
  const form = rounding === "double" ? "anyDouble" : "anySingle";
  return { form, constant: BigInt(bias), q, shift };
}

const fitsI64 = (x: bigint): boolean => BigInt.asIntN(64, x) === x;
