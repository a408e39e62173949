/** The elements of a step: how many, how many bytes, and a buffer of them as numbers. */
import { elements } from "../model/graph.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";

/** Elements of one step, all tensors together. */
export const elementCount = (tensors: readonly ManifestTensor[]): number =>
  tensors.reduce((n, { shape }) => n + elements(shape), 0);

/** Bytes of one step, as in the module and in .bin files. */
export const stepBytes = (tensors: readonly ManifestTensor[]): number =>
  tensors.reduce((n, { shape, dtype }) => n + elements(shape) * ELEMENT_BYTES[dtype], 0);

/** Reads a buffer of tensors back to back into one list of numbers, times their scale where that is asked for. */
export function readElements(
  bytes: Uint8Array,
  tensors: readonly ManifestTensor[],
  to: Float64Array,
  real = false,
): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [at, k] = [0, 0];
  for (const { shape, dtype, scale } of tensors) {
    const unit = real ? scale : 1;
    for (const end = k + elements(shape); k < end; k++, at += ELEMENT_BYTES[dtype]) {
      to[k] = unit * READ[dtype](view, at);
    }
  }
  return to;
}

export const READ = {
  i8: (view: DataView, at: number) => view.getInt8(at),
  u8: (view: DataView, at: number) => view.getUint8(at),
  i16: (view: DataView, at: number) => view.getInt16(at, true),
  i32: (view: DataView, at: number) => view.getInt32(at, true),
} as const;
