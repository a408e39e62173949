/**
 * QUANTIZE and LEAKY_RELU of every byte as XNNPACK computes them: factors in 1/256, rounded half up.
 *
 *     d = x − zeroPoint        out = clamp(((d · (d < 0 ? below : above) + 128) >> 8) + zeroPointOut, least, least + 255)
 *
 * @param table        u8[256], indexed by the byte as u8
 * @param least        of both types: −128 or 0
 * @param above, below −2^15 to 2^15: |d · factor| < 2^23
 */
export function shortTable(
  table: usize,
  least: i32,
  zeroPoint: i32,
  above: i32,
  below: i32,
  zeroPointOut: i32,
): void {
  for (let byte = 0; byte < 256; ++byte) {
    const difference = (least === 0 ? byte : i32(i8(byte))) - zeroPoint;
    const scaled = (difference * (difference < 0 ? below : above) + 128) >> 8;
    store<i8>(table + byte, min(max(scaled + zeroPointOut, least), least + 255));
  }
}
