/**
 * Samples in a frame of the wire (firmware/README.md), of type 0xC0, which nobody asks for; status, session and sequence are
 * 0, numbers little-endian. Its payload:
 *
 *      0  u32  number    of the first sample, counted from 0 since the device started, modulo 2^32
 *      4  u32  time      when the last sample was taken: µs of the device's clock, modulo 2^32
 *      8  u32  rate      millihertz; 0 where samples come when they come: then a frame has one
 *     12  f32  scale     a value is its number times this, not 0
 *     16  u8   channels  1 … 96
 *     17  u8   form      0 i16, 1 i32, 2 f32
 *     18       numbers, the channels of each sample side by side: one sample at least
 */
import { MAX_CHANNELS } from "./text-formats.ts";

export const SAMPLES = 0xc0;
const HEAD_BYTES = 18;

type Form = {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
};

const FORMS: readonly Form[] = [
  { name: "i16", bytes: 2, read: (view, at) => view.getInt16(at, true) },
  { name: "i32", bytes: 4, read: (view, at) => view.getInt32(at, true) },
  { name: "f32", bytes: 4, read: (view, at) => view.getFloat32(at, true) },
];

export type SampleFrame = {
  readonly number: number;
  /** µs */
  readonly time: number;
  /** null: they come when they come */
  readonly rateHz: number | null;
  readonly channels: number;
  /** "i16", "i32" or "f32" */
  readonly form: string;
  /** [samples, channels], scaled; not finite where the device sent such a number */
  readonly values: Float64Array;
};

/** @returns null where the payload is not as above */
export function readSampleFrame(payload: Uint8Array): SampleFrame | null {
  if (payload.length <= HEAD_BYTES) return null;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const channels = view.getUint8(16);
  const form = FORMS[view.getUint8(17)];
  const scale = view.getFloat32(12, true);
  const rate = view.getUint32(8, true);
  if (!form || channels === 0 || channels > MAX_CHANNELS) return null;
  const samples = (payload.length - HEAD_BYTES) / (form.bytes * channels);
  if (!Number.isInteger(samples) || !Number.isFinite(scale) || scale === 0) return null;
  if (rate === 0 && samples > 1) return null;
  return {
    number: view.getUint32(0, true),
    time: view.getUint32(4, true),
    rateHz: rate === 0 ? null : rate / 1000,
    channels,
    form: form.name,
    values: Float64Array.from(
      { length: samples * channels },
      (_, k) => scale * form.read(view, HEAD_BYTES + k * form.bytes),
    ),
  };
}
