/**
 * The weights of the 3×3 depthwise kernel as it multiplies them, made once in init().
 *
 *     even   (w0, w1) (w2,  0)          odd   ( 0, w0) (w1, w2)
 *
 * @param table    i16[blocks][2: even, odd][2: channels 0–3, 4–7][2 pairs][3 along][4][2]
 * @param weights  per block i8[3 across lines][3 along][8], then i8[8] of exponents d: everything is scaled by 2^d
 * @param parities 1: no window begins with the second line of a pair
 */
export function depthwiseWeights(table: usize, weights: usize, blocks: i32, parities: i32): void {
  for (const end = weights + blocks * 80; weights < end; weights += 80) {
    for (let odd = 0; odd < parities; ++odd) {
      for (let half = 0; half < 2; ++half) {
        for (let pair = 0; pair < 2; ++pair) {
          for (let along = 0; along < 3; ++along) {
            for (let lane = 0; lane < 8; ++lane) {
              const k = 2 * pair + (lane & 1) - odd;
              const channel = weights + 4 * half + (lane >> 1);
              const w = u32(k) < 3 ? i32(load<i8>(channel + (3 * k + along) * 8)) : 0;
              store<i16>(table, w << load<i8>(channel, 72));
              table += 2;
            }
          }
        }
      }
    }
  }
}
