import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { multiplyWide } from "../fixed/requantize-wide";

/** In the place of a rounding: the channel's multiplier is one of 16 bits, for sums of 64. */
export const WIDE = 2;

/**
 * The int16 of a sum.
 *
 * @param channel { i64 bias, i32 multiplier, i32 exponent or, of WIDE, shift }
 */
export function stageI16(sum: i64, channel: usize, low: i32, high: i32, rounding: i32): i32 {
  const q = load<i32>(channel, 8);
  const e = load<i32>(channel, 12);
  const scaled =
    rounding === WIDE
      ? multiplyWide(sum, i64(q), i64(e))
      : multiplyByQuantizedMultiplier(i32(sum), q, e, rounding);
  return min(max(scaled, low), high);
}
