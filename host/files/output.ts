/** Outputs to files, by extension: .bin and .npy the elements of the file's own edge, .csv real values. */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";
import { createElements, requireWritable } from "./element-file.ts";
import { isNpy } from "./npy-rows.ts";
import {
  dequantise,
  elementTensors,
  fileBytes,
  fileElementBytes,
  heldValues,
} from "./tensor-values.ts";

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
  const bytes = fileBytes(tensors);
  return (output) => {
    const view = new DataView(new ArrayBuffer(bytes));
    let [place, from] = [0, 0];
    heldValues(output, perElement).forEach((q, k) => {
      const tensor = at(perElement, k);
      const width = ELEMENT_BYTES[tensor.dtype];
      if (tensor.edge === "f32") view.setFloat32(place, dequantise(q, tensor), true);
      else for (let j = 0; j < width; j++) view.setUint8(place + j, at(output, from + j));
      place += fileElementBytes(tensor);
      from += width;
    });
    return new Uint8Array(view.buffer);
  };
}

/** What the elements mean: dequantised. */
export const realValues = (
  output: Uint8Array,
  perElement: readonly ManifestTensor[],
): readonly number[] =>
  heldValues(output, perElement).map((q, k) => dequantise(q, at(perElement, k)));

/** What a .bin or .npy file would hold: integers as they are, or float32 where the model's edge is float. */
export const edgeValues = (
  output: Uint8Array,
  perElement: readonly ManifestTensor[],
): readonly number[] =>
  heldValues(output, perElement).map((q, k) => {
    const tensor = at(perElement, k);
    return tensor.edge === "f32" ? dequantise(q, tensor) : q;
  });
