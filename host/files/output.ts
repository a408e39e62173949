/** Outputs to files, by extension: .bin and .npy the elements of the file's own edge, .csv real values. */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { createElements, requireWritable } from "./element-file.ts";
import { isNpy } from "./npy-rows.ts";
import { byteValue, dequantise, elementTensors } from "./tensor-values.ts";

export type OutputWriter = {
  write(output: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
};

export type Format = (output: Uint8Array) => Uint8Array;

/** Raises USAGE for another extension, before anything is computed. */
export function outputFormat(
  path: string,
  tensors: readonly ManifestTensor[],
  flag = "--output",
): Format {
  const lower = path.toLowerCase();
  if (lower.endsWith(".events.csv")) {
    return fail("USAGE", flag, path, ".bin, .npy or .csv: a layered network has no spikes");
  }
  if (isNpy(path)) requireWritable(path, tensors, flag);
  if (/\.(bin|npy)$/.test(lower)) return binary(tensors);
  if (!lower.endsWith(".csv")) return fail("USAGE", flag, path, "a .bin, .npy or .csv file");
  const encoder = new TextEncoder();
  const perElement = elementTensors(tensors);
  // String() of a double is the shortest decimal that reads back as the same double
  return (output) => encoder.encode(`${realValues(output, perElement).join(",")}\n`);
}

export async function openOutput(
  path: string,
  tensors: readonly ManifestTensor[],
  format: Format,
): Promise<OutputWriter> {
  const file = await createElements(path, tensors, "batches");
  return { ...file, write: (output) => file.write(format(output)) };
}

function binary(tensors: readonly ManifestTensor[]): Format {
  if (tensors.every(({ edge }) => edge !== "f32")) return (output) => output;
  const perElement = elementTensors(tensors);
  const bytes = perElement.reduce((n, { edge }) => n + (edge === "f32" ? 4 : 1), 0);
  return (output) => {
    const view = new DataView(new ArrayBuffer(bytes));
    let place = 0;
    perElement.forEach((tensor, k) => {
      if (tensor.edge !== "f32") view.setUint8(place++, at(output, k));
      else {
        view.setFloat32(place, dequantise(byteValue(at(output, k), tensor), tensor), true);
        place += 4;
      }
    });
    return new Uint8Array(view.buffer);
  };
}

/** What the elements mean: dequantised. */
export const realValues = (
  output: Uint8Array,
  perElement: readonly ManifestTensor[],
): readonly number[] =>
  Array.from(output, (byte, k) => {
    const tensor = perElement[k] as ManifestTensor;
    return dequantise(byteValue(byte, tensor), tensor);
  });

/** What a .bin or .npy file would hold: int8 or uint8, or float32 where the model's edge is float. */
export const edgeValues = (
  output: Uint8Array,
  perElement: readonly ManifestTensor[],
): readonly number[] =>
  Array.from(output, (byte, k) => {
    const tensor = perElement[k] as ManifestTensor;
    const q = byteValue(byte, tensor);
    return tensor.edge === "f32" ? dequantise(q, tensor) : q;
  });
