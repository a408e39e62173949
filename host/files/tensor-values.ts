/**
 * Between what a file holds and what the module holds: int8 as it is, float32 through the edge's scale and zero point
 * as TFLite's QUANTIZE and DEQUANTIZE do, real values of csv files.
 */
import { elements } from "../model/graph.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";

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
const halfAway = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

const saturate = (q: number, least: number): number => Math.max(least, Math.min(~least, q));

/** real → int8, or int16 where the tensor holds that. A float32 edge divides in float32: TFLite's QUANTIZE does. */
export function quantise(real: number, { scale, zeroPoint, edge, dtype }: ManifestTensor): number {
  const quotient = edge === "f32" ? Math.fround(Math.fround(real) / scale) : real / scale;
  return saturate(halfAway(quotient) + zeroPoint, dtype === "i16" ? -32768 : -128);
}

/** int8 → real. A float32 edge rounds to float32: TFLite's DEQUANTIZE does. */
export function dequantise(q: number, { scale, zeroPoint, edge }: ManifestTensor): number {
  const real = scale * (q - zeroPoint);
  return edge === "f32" ? Math.fround(real) : real;
}

/** The tensor each element belongs to, tensors back to back. */
export const elementTensors = (tensors: readonly ManifestTensor[]): readonly ManifestTensor[] =>
  tensors.flatMap((t) => Array.from({ length: elements(t.shape) }, () => t));
