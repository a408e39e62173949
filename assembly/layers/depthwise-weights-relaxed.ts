/**
 * The weights of the relaxed 3×3 depthwise kernel as it multiplies them, made once in init(). Of four staged lines the first
 * output line sees three, the second the next:
 *
 *     (w0, w1, w2, 0)          (0, w0, w1, w2)
 *
 * @param table   i8[blocks][2: channels 0–3, 4–7][lines][3 along][4][4]
 * @param weights i8[blocks][3 across lines][3 along][8]
 * @param lines   1 or 2: output lines per pass
 */
export function depthwiseWeightsRelaxed(
  table: usize,
  weights: usize,
  blocks: i32,
  lines: i32,
): void {
  for (const end = weights + blocks * 72; weights < end; weights += 72) {
    for (let half = 0; half < 2; ++half) {
      for (let line = 0; line < lines; ++line) {
        for (let along = 0; along < 3; ++along) {
          for (let lane = 0; lane < 16; ++lane) {
            const k = (lane & 3) - line;
            const channel = weights + 4 * half + (lane >> 2);
            store<u8>(table, u32(k) < 3 ? load<u8>(channel + (3 * k + along) * 8) : 0);
            ++table;
          }
        }
      }
    }
  }
}
