/**
 * RESIZE_BILINEAR: four neighbours, weighed in 1/1024 along both axes; as XNNPACK, in 1/2048.
 *
 *     out = round(Σ in[y][x] · weight(y) · weight(x) / 2^20), or / 2^22
 *
 * @param input   i8[height of the input][width of the input][depth]
 * @param output  i8[height][width][depth]
 * @param rows    i32[height][3]: bytes to the upper line and to the lower one, and the weight of the lower one
 * @param columns i32[width][3]: the same from the line's start to the left and the right pixel
 * @param single  1: weights in 1/2048, half up; 0: in 1/1024, half away from zero
 *
 * Weights of 1/1024 sum up to 1024 along each axis; beside a border one may be negative, none is beyond ±1536, and then both
 * belong to one pixel: |Σ| ≤ 128 · 2^20, and no part of it beyond 2^7 · 1536 · 1536 < 2^29. Those of 1/2048 are from 0
 * to 2048 and sum up to that: |Σ| ≤ 128 · 2^22 = 2^29.
 */
export function resizeBilinear(
  input: usize,
  output: usize,
  rows: usize,
  columns: usize,
  height: i32,
  width: i32,
  depth: i32,
  single: i32,
): void {
  const one = 1024 << single;
  const bits = 20 + 2 * single;
  const half = 1 << (bits - 1);
  for (let y = 0; y < height; ++y) {
    const upper = input + load<i32>(rows);
    const lower = input + load<i32>(rows, 4);
    const down = load<i32>(rows, 8);
    const up = one - down;
    for (let x = 0; x < width; ++x) {
      const at = columns + 12 * x;
      const left = load<i32>(at);
      const right = load<i32>(at, 4);
      const east = load<i32>(at, 8);
      const west = one - east;
      for (let k = 0; k < depth; ++k) {
        const above = load<i8>(upper + left + k) * west + load<i8>(upper + right + k) * east;
        const below = load<i8>(lower + left + k) * west + load<i8>(lower + right + k) * east;
        const sum = above * up + below * down;
        // truncated: half away from zero
        const away = (sum + (sum > 0 ? half : -half)) / (1 << 20);
        store<i8>(output + k, single !== 0 ? (sum + half) >> bits : away);
      }
      output += depth;
    }
    rows += 12;
  }
}
