/**
 * Public networks with their inputs and what must come out (data/models-public), as `run --expect` takes them: from the
 * edges of the file, so that the host's conversion of float32 is part of it.
 */
import type { Rounding } from "../../host/model/multiplier.ts";
import { dataPath } from "./data.ts";

/** Those that keep something from step to step are in variables.test.ts. */
export const PUBLIC_CASES = [
  ...(["rock_paper_scissors", "magic_wand_32x32"] as const),
  ...(["hps_2022_01_05_74ops", "trained_lstm_int8"] as const),
] as const;

export type PublicCase = (typeof PUBLIC_CASES)[number];

/** Of one that TensorFlow Lite alone computed there are no two roundings: its record holds for both. */
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
