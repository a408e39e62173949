/** MLPerf Tiny's tasks, and which of them a model is for: their inputs and outputs tell. */
import { elements } from "../model/graph.ts";
import type { Manifest, ManifestTensor } from "./manifest.ts";

/** In the order of their numbers in a slot's header. */
export const TASKS = ["none", "kws01", "ic01", "vww01", "ad01"] as const;
export type Task = (typeof TASKS)[number];

/** From the bytes of MLPerf Tiny's `db` to the module's input, in the order of their numbers in a slot's header. */
export const CONVERSIONS = ["none", "u8", "f32"] as const;
export type Conversion = (typeof CONVERSIONS)[number];

type TaskRow = {
  readonly inputs: number;
  readonly outputs: number;
  /** MLPerf Tiny sends kws01 as int8, images as u8, ad01 as float32 */
  readonly conversion: Conversion;
};

/** Bytes of inputs and outputs that MLPerf Tiny's models have. */
export const TASK_ROWS: Readonly<Record<Exclude<Task, "none">, TaskRow>> = {
  kws01: { inputs: 490, outputs: 12, conversion: "none" },
  ic01: { inputs: 32 * 32 * 3, outputs: 10, conversion: "u8" },
  vww01: { inputs: 96 * 96 * 3, outputs: 2, conversion: "u8" },
  ad01: { inputs: 640, outputs: 640, conversion: "f32" },
};

/** The task whose model has these shapes, or "none". */
export function inferredTask({ inputs, outputs, dtSeconds }: Manifest): Task {
  const [input, output] = [inputs[0], outputs[0]];
  if (dtSeconds !== null || inputs.length !== 1 || outputs.length !== 1) return "none";
  // the firmware prints scores of int8
  if (input === undefined || output?.dtype !== "i8") return "none";
  const found = Object.entries(TASK_ROWS).find(
    ([, row]) =>
      row.inputs === elements(input.shape) &&
      row.outputs === elements(output.shape) &&
      conversionInto(row, input) !== null,
  );
  return (found?.[0] as Task | undefined) ?? "none";
}

/** From what MLPerf Tiny sends to an input of this type; null where the firmware has no such conversion. */
export function conversionInto(
  row: TaskRow,
  { dtype }: Pick<ManifestTensor, "dtype">,
): Conversion | null {
  if (dtype === "i8") return row.conversion;
  if (dtype !== "u8" || row.conversion === "f32") return null;
  // images come as they are; features of int8 and of uint8 are the same numbers 128 apart, as images and int8 are
  return row.conversion === "u8" ? "none" : "u8";
}
