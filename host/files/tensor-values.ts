/**
 * Between what a file holds and what the module holds: integers as they are, float32 through the edge's scale and zero point
 * as TFLite's QUANTIZE and DEQUANTIZE do, real values of csv files.
 */
import { elements } from "../model/graph.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";
import { READ } from "./elements.ts";

/** Bytes of one inference in a .bin file, and in the module. */
export const fileBytes = (tensors: readonly ManifestTensor[]): number =>
  tensors.reduce((n, t) => n + elements(t.shape) * fileElementBytes(t), 0);

/** Of a .bin file; samples are i16 there as in the module. */
export const fileElement = ({ edge, dtype }: ManifestTensor): ManifestTensor["dtype"] | "f32" =>
  edge === "f32" ? edge : dtype;

export const fileElementBytes = (tensor: ManifestTensor): number => {
  const element = fileElement(tensor);
  return element === "f32" ? 4 : ELEMENT_BYTES[element];
};

/** Nearest, ties away from zero. */
export const halfAway = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

/** What an element of each type holds at least, and at most. */
const RANGES = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  i32: [-(2 ** 31), 2 ** 31 - 1],
} as const;

/** real → the element that the tensor holds. A float32 edge divides in float32: TFLite's QUANTIZE does. */
export function quantise(real: number, { scale, zeroPoint, edge, dtype }: ManifestTensor): number {
  const quotient = edge === "f32" ? Math.fround(Math.fround(real) / scale) : real / scale;
  const [least, most] = RANGES[dtype];
  return Math.max(least, Math.min(most, halfAway(quotient) + zeroPoint));
}

/** An input element as the module holds it. */
export function storeElement(to: DataView, at: number, { dtype }: ManifestTensor, q: number): void {
  // both keep the low bits of a negative number
  if (dtype === "i16") to.setInt16(at, q, true);
  else to.setUint8(at, q);
}

/** The elements of tensors back to back, as the module holds them. */
export function heldValues(bytes: Uint8Array, perElement: readonly ManifestTensor[]): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let place = 0;
  return perElement.map(({ dtype }) => {
    const own = place;
    place += ELEMENT_BYTES[dtype];
    return READ[dtype](view, own);
  });
}

/** int8 or uint8 → real. A float32 edge rounds to float32: TFLite's DEQUANTIZE does. */
export function dequantise(q: number, { scale, zeroPoint, edge }: ManifestTensor): number {
  const real = scale * (q - zeroPoint);
  return edge === "f32" ? Math.fround(real) : real;
}

/** The tensor each element belongs to, tensors back to back. */
export const elementTensors = (tensors: readonly ManifestTensor[]): readonly ManifestTensor[] =>
  tensors.flatMap((t) => Array.from({ length: elements(t.shape) }, () => t));
