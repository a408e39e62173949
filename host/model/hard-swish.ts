/** HARD_SWISH in TFLite's 16-bit fixed point: x · relu6(x + 3) / 6 of every int8 value. */
import { type Multiplier, quantizeMultiplier } from "./multiplier.ts";

const f32 = Math.fround;
const [LEAST, MOST] = [-(2 ** 15), 2 ** 15 - 1];
const int16 = (x: number): number => Math.max(LEAST, Math.min(MOST, x));

/** From 31 to 15 bits of fraction. */
const halved = (q: number): number =>
  q >= 2 ** 31 - 1 - 2 ** 15 ? MOST : Math.floor((q + 2 ** 15) / 2 ** 16);

/** gemmlowp: SaturatingRoundingDoublingHighMul of int16. */
const product = (a: number, b: number): number =>
  a === LEAST && b === LEAST ? MOST : Math.floor((a * b + 2 ** 14) / 2 ** 15);

/** gemmlowp: RoundingDivideByPOT, half away from zero. */
const divided = (x: number, bits: number): number =>
  Math.sign(x) * Math.floor(Math.abs(x) / 2 ** bits + 0.5);

/** Both multipliers are quotients of float32. */
export type HardSwish = { readonly toOutput: Multiplier; readonly toRelu: Multiplier };

/** TFLite: HardSwishPrepare. An exponent of `toOutput` above 0 is refused there, and by whoever asks. */
export function hardSwishMultipliers(inputScale: number, outputScale: number): HardSwish {
  const fine = f32(inputScale / 128);
  return {
    toOutput: quantizeMultiplier(f32(fine / outputScale), "double"),
    toRelu: quantizeMultiplier(f32(fine / f32(3 / 2 ** 15)), "double"),
  };
}

/** @param x less its zero point, −255 … 255 @returns the output before its zero point and its clamp */
export function hardSwish(x: number, { toOutput, toRelu }: HardSwish): number {
  const fine = x * 128;
  const preshift = product(fine, halved(toOutput.q));
  let gate = fine;
  // all of the left shift but its last bit comes first: what saturates there saturates in the end
  if (toRelu.exponent > 0) gate = int16(gate * 2 ** (toRelu.exponent - 1));
  gate = product(gate, halved(toRelu.q));
  if (toRelu.exponent > 0) gate = int16(gate * 2);
  if (toRelu.exponent < 0) gate = divided(gate, -toRelu.exponent);
  // from −1 … 1 to 0 … 1
  const share = Math.floor((gate + 2 ** 15) / 2);
  return divided(Math.trunc((share * preshift) / 2 ** 15), -toOutput.exponent);
}
