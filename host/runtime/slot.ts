/** What a slot's header says of a module: from its bytes, its manifest, and what the user asks for. */

import { crc32 } from "node:zlib";
import { fail } from "../errors.ts";
import type { Manifest } from "../module/manifest.ts";
import { conversionInto, inferredTask, TASK_ROWS, type Task } from "../module/task.ts";
import type { SlotInfo } from "./requests.ts";

export type SlotOptions = {
  readonly task?: Task;
  readonly energy?: boolean;
  readonly stepLimitMs?: number;
};

/** Longer than any step that makes sense, and what the wire allows at most. */
export const STEP_LIMIT_MS = { usual: 30_000, most: 60_000 } as const;

/** By what a board tells a module from another one. */
export const moduleInfo = (wasm: Uint8Array): Pick<SlotInfo, "length" | "crc"> => ({
  length: wasm.length,
  crc: crc32(wasm),
});

export function slotInfo(
  wasm: Uint8Array,
  manifest: Manifest,
  options: SlotOptions = {},
): SlotInfo {
  const { task = "none", energy = false, stepLimitMs = STEP_LIMIT_MS.usual } = options;
  const [input, output] = [manifest.inputs[0], manifest.outputs[0]];
  const row = task === "none" ? null : TASK_ROWS[task];
  if (row && inferredTask(manifest) !== task) {
    const tensors = [input, output].map((t) => `${t?.dtype ?? ""} [${t?.shape.join(",") ?? ""}]`);
    const types = row.conversion === "f32" ? "i8" : "i8 or u8";
    const expected = `${row.inputs} values of ${types} in, ${row.outputs} of i8 out`;
    const remedy =
      "What MLPerf Tiny sends becomes int8 or uint8 on the board, and its scores are printed from int8: export the model with an output of int8 (inference_output_type), or deploy it without --task.";
    fail("USAGE", `--task ${task}`, `a model ${tensors.join(" → ")}`, expected, remedy);
  }
  return {
    ...moduleInfo(wasm),
    energy,
    task,
    conversion: (row && input && conversionInto(row, input)) ?? "none",
    inputScale: input?.scale ?? 1,
    inputZero: input?.zeroPoint ?? 0,
    outputScale: output?.scale ?? 1,
    outputZero: output?.zeroPoint ?? 0,
    stepLimitMs,
  };
}
