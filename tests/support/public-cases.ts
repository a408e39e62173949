/**
 * Public networks with their inputs and what must come out (data/models-public), as `run --expect` takes them: from the
 * edges of the file, so that the host's conversion of float32 is part of it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rounding } from "../../host/model/multiplier.ts";
import { dataPath, readData } from "./data.ts";

/** Those that keep a window from step to step are in variables.test.ts. */
export const PUBLIC_CASES = [
  ...(["rock_paper_scissors", "magic_wand_32x32", "trained_lstm_int8"] as const),
] as const;

/** 74 operators over 240 × 320 pixels: a second in WASM3 for every ten of those above. */
export const LARGE_CASE = "hps_2022_01_05_74ops";
const LARGE_INFERENCES = 2;

type PublicCase = (typeof PUBLIC_CASES)[number] | typeof LARGE_CASE;

/** What TensorFlow Lite alone computed has no two roundings: its record holds for both. */
const record = (name: PublicCase, rounding: Rounding): string =>
  name === "trained_lstm_int8" ? "tflite_wasm" : `expected.${rounding}`;

/** The arguments of a run whose exit code is 0 where every byte is right. */
export function publicRun(name: PublicCase, rounding: Rounding): readonly string[] {
  const path = (end: string): string => dataPath(`models-public/${name}.${end}`);
  return [
    ...["run", path("tflite"), "--input", path("input.bin"), "--rounding", rounding],
    ...["--expect", path(`${record(name, rounding)}.bin`)],
  ];
}

/** The same of the large one's first inference alone, through files in a folder. */
export function firstLargeRun(folder: string, rounding: Rounding): readonly string[] {
  const first = (end: string): string => {
    const all = readData(`models-public/${LARGE_CASE}.${end}.bin`);
    const path = join(folder, `${end}.bin`);
    writeFileSync(path, all.subarray(0, all.length / LARGE_INFERENCES));
    return path;
  };
  const model = dataPath(`models-public/${LARGE_CASE}.tflite`);
  return [
    ...["run", model, "--input", first("input"), "--rounding", rounding],
    ...["--expect", first(`expected.${rounding}`)],
  ];
}
