/** TFLite's table of the sigmoid for int16: 65536 · sigmoid(k / 24) to the nearest integer, or one more. */
import { exp } from "./elementary.ts";
import { roundHalfAway } from "./multiplier.ts";

/** Where it is one more: straight lines between the entries then miss the curve by less. */
const ONE_MORE: ReadonlySet<number> = new Set([
  ...[4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40],
  ...[41, 43, 44, 45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255],
]);

/** u16[256], little-endian. */
export function sigmoidTable(): Uint8Array {
  const view = new DataView(new ArrayBuffer(512));
  for (let k = 0; k < 256; k++) {
    const nearest = roundHalfAway(65_536 / (1 + exp(-k / 24)));
    view.setUint16(2 * k, nearest + (ONE_MORE.has(k) ? 1 : 0), true);
  }
  return new Uint8Array(view.buffer);
}
