/** Outputs of a spiking network to a file, by extension: every step a row, or every spike a line. */

import { fail } from "../errors.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { requireWritable } from "./element-file.ts";
import { elementCount, readElements } from "./elements.ts";
import { eventLines } from "./events-csv.ts";
import { isNpy } from "./npy-rows.ts";

/** One step's output as the file holds it. @param step counted from the network's start */
export type StepFormat = (output: Uint8Array, step: number) => string | Uint8Array;

/** Raises USAGE for another extension, before anything is computed. */
export function stepFormat(
  path: string,
  tensors: readonly ManifestTensor[],
  flag = "--output",
): StepFormat {
  if (tensors.length === 0) {
    const remedy = "Record its neurons with --record NODE.spikes=FILE.";
    fail("USAGE", flag, path, "no output: this network has none", remedy);
  }
  const lower = path.toLowerCase();
  const spikes = tensors.every(({ edge }) => edge === "spike");
  if (lower.endsWith(".events.csv")) {
    if (spikes) return (output, step) => eventLines(step, output);
    const remedy = "Take .csv for real values, or .bin.";
    return fail("USAGE", flag, path, ".csv or .bin: the outputs are values", remedy);
  }
  if (isNpy(path)) requireWritable(path, tensors, flag);
  const row = new Float64Array(elementCount(tensors));
  if (isNpy(path) && !spikes) {
    return (output) => {
      const real = Float32Array.from(readElements(output, tensors, row, true));
      return new Uint8Array(real.buffer);
    };
  }
  if (/\.(bin|npy)$/.test(lower)) return (output) => output;
  if (!lower.endsWith(".csv")) {
    return fail("USAGE", flag, path, "a .bin, .npy, .csv or .events.csv file");
  }
  if (spikes) return (output) => `${output.join(",")}\n`;
  // a double's own text is the shortest decimal that reads back as the same double
  return (output) => `${readElements(output, tensors, row, true).join(",")}\n`;
}
