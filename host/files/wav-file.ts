/** Samples as a sound file: PCM of 16 bits where every value is one of its steps, else float of 32 bits. */
import { fail } from "../errors.ts";

const FULL_SCALE = 32_768;
const HEADER_BYTES = 44;

/**
 * @param samples sample after sample, the channels side by side; full scale is 1
 * @throws USAGE where the rate is none that a file can have
 */
export function wavFile(samples: Float64Array, channels: number, sampleRateHz: number): Uint8Array {
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 1 || sampleRateHz > 2 ** 32 - 1) {
    fail("USAGE", "a .wav file", `${sampleRateHz} samples a second`, "a whole number");
  }
  const exact = samples.every((x) => {
    const step = x * FULL_SCALE;
    return Number.isInteger(step) && step >= -FULL_SCALE && step < FULL_SCALE;
  });
  const width = exact ? 2 : 4;
  const bytes = Buffer.alloc(HEADER_BYTES + width * samples.length);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(exact ? 1 : 3, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz * channels * width, 28);
  bytes.writeUInt16LE(channels * width, 32);
  bytes.writeUInt16LE(8 * width, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(width * samples.length, 40);
  samples.forEach((x, k) => {
    if (exact) bytes.writeInt16LE(x * FULL_SCALE, HEADER_BYTES + 2 * k);
    else bytes.writeFloatLE(x, HEADER_BYTES + 4 * k);
  });
  return bytes;
}
