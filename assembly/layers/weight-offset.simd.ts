import { K, WEIGHT_OFFSET } from "./shape";

/** −z_w · Σ x over a row of FULLY_CONNECTED, four times: where sums of weights with a zero point start. */
export function offsetSum(row: usize): v128 {
  let sum = 0; // |sum · WEIGHT_OFFSET| may wrap: only the final sum must fit int32
  for (const end = row + K; row < end; ++row) sum += load<i8>(row);
  return i32x4.splat(sum * WEIGHT_OFFSET);
}
