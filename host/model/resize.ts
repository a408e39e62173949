/** Which pixels TFLite's resizing operators read, in its own float32 arithmetic. */
import { roundHalfAway } from "./multiplier.ts";

const f32 = Math.fround;

/** TFLite: GetNearestNeighbor. The pixel of the input that becomes pixel `k` of the output along one axis. */
export function nearestIndex(
  k: number,
  inputSize: number,
  outputSize: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): number {
  const scale =
    alignCorners && outputSize > 1
      ? f32((inputSize - 1) / (outputSize - 1))
      : f32(inputSize / outputSize);
  const place = f32(f32(k + (halfPixelCenters ? 0.5 : 0)) * scale);
  const index = alignCorners ? roundHalfAway(place) : Math.floor(place);
  return Math.max(0, Math.min(index, inputSize - 1));
}
