import { FLIP, K, WEIGHT_OFFSET, WIDE } from "./shape";

/** −z_w · Σ x over a staged patch of CONV_2D, four times: where sums of weights with a zero point start. */
export function patchSum(patch: usize): v128 {
  let sum = 0; // |sum · WEIGHT_OFFSET| may wrap: only the final sum must fit int32
  if (WIDE) {
    for (const end = patch + 2 * K; patch < end; patch += 2) sum += load<i16>(patch);
  } else {
    for (const end = patch + K; patch < end; ++patch) {
      sum += FLIP ? i32(load<u8>(patch)) - 128 : i32(load<i8>(patch));
    }
  }
  return i32x4.splat(sum * WEIGHT_OFFSET);
}
