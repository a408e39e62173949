/** A window of vibration as the 16-bit converter of the front end gives it. */
import { vibration } from "../front/named/vibration.ts";

/** i16 in steps of the front end's scale, held at the ends of its range. */
export function samplesOf(window: Float64Array): Uint8Array {
  const samples = Int16Array.from(window, (x) =>
    Math.max(-32768, Math.min(32767, Math.round(x / vibration.scale))),
  );
  return new Uint8Array(samples.buffer);
}
