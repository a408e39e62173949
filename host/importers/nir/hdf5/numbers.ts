/** Numbers of every type and byte order → float64. */
import type { NumberType } from "./datatype.ts";

type Read = (view: DataView, at: number, littleEndian: boolean) => number;

const READ: Readonly<Record<string, Read>> = {
  signed1: (view, at) => view.getInt8(at),
  signed2: (view, at, little) => view.getInt16(at, little),
  signed4: (view, at, little) => view.getInt32(at, little),
  signed8: (view, at, little) => Number(view.getBigInt64(at, little)),
  unsigned1: (view, at) => view.getUint8(at),
  unsigned2: (view, at, little) => view.getUint16(at, little),
  unsigned4: (view, at, little) => view.getUint32(at, little),
  unsigned8: (view, at, little) => Number(view.getBigUint64(at, little)),
  float2: (view, at, little) => float16(view.getUint16(at, little)),
  float4: (view, at, little) => view.getFloat32(at, little),
  float8: (view, at, little) => view.getFloat64(at, little),
};

/** @param raw whole elements of the type */
export function decodeNumbers(
  raw: Uint8Array,
  { kind, size, littleEndian }: NumberType,
): Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const numbers = new Float64Array(raw.length / size);
  const read = READ[`${kind}${size}`];
  if (read === undefined) throw new Error(`no numbers ${kind}${size}`); // readDatatype lets no other through
  for (let k = 0; k < numbers.length; k++) numbers[k] = read(view, k * size, littleEndian);
  return numbers;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
