/** Frames of samples as host/sensors/README.md has them, field by field. */
import { encodeFrame } from "../../host/lines/index.ts";

export type Samples = {
  readonly number: number;
  /** µs */
  readonly time: number;
  readonly rateHz?: number;
  readonly scale?: number;
  readonly channels?: number;
  readonly form?: "i16" | "i32" | "f32";
  readonly values: readonly number[];
};

const WRITE = {
  i16: { code: 0, bytes: 2, put: (b: Buffer, x: number, at: number) => b.writeInt16LE(x, at) },
  i32: { code: 1, bytes: 4, put: (b: Buffer, x: number, at: number) => b.writeInt32LE(x, at) },
  f32: { code: 2, bytes: 4, put: (b: Buffer, x: number, at: number) => b.writeFloatLE(x, at) },
} as const;

export function samplesPayload({
  number,
  time,
  rateHz = 0,
  scale = 1,
  channels = 1,
  form = "i16",
  values,
}: Samples): Buffer {
  const { code, bytes, put } = WRITE[form];
  const payload = Buffer.alloc(18 + bytes * values.length);
  payload.writeUInt32LE(number >>> 0, 0);
  payload.writeUInt32LE(time >>> 0, 4);
  payload.writeUInt32LE(Math.round(rateHz * 1000), 8);
  payload.writeFloatLE(scale, 12);
  payload.writeUInt8(channels, 16);
  payload.writeUInt8(code, 17);
  for (const [k, value] of values.entries()) put(payload, value, 18 + bytes * k);
  return payload;
}

/** On the wire, both zeros included. */
export const samplesFrame = (samples: Samples, type = 0xc0): Uint8Array =>
  encodeFrame({ type, status: 0, session: 0, sequence: 0, payload: samplesPayload(samples) });
