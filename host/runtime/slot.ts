/** What a slot's header says of a module: from its bytes, its manifest, and what the user asks for. */

import { crc32 } from "node:zlib";
import { fail } from "../errors.ts";
import { elements } from "../model/graph.ts";
import type { Manifest } from "../module/manifest.ts";
import type { Conversion, SlotInfo, Task } from "./requests.ts";

export type SlotOptions = {
  readonly task?: Task;
  readonly energy?: boolean;
  readonly stepLimitMs?: number;
};

/** Longer than any step that makes sense, and what the wire allows at most. */
export const STEP_LIMIT_MS = { usual: 30_000, most: 60_000 } as const;

type TaskRow = {
  readonly inputs: number;
  readonly outputs: number;
  /** MLPerf Tiny sends kws01 as int8, images as u8, ad01 as float32 */
  readonly conversion: Conversion;
};

/** Bytes of inputs and outputs that MLPerf Tiny's models have. */
const TASK_ROWS: Readonly<Record<Exclude<Task, "none">, TaskRow>> = {
  kws01: { inputs: 490, outputs: 12, conversion: "none" },
  ic01: { inputs: 32 * 32 * 3, outputs: 10, conversion: "u8" },
  vww01: { inputs: 96 * 96 * 3, outputs: 2, conversion: "u8" },
  ad01: { inputs: 640, outputs: 640, conversion: "f32" },
};

/** The task whose model has these shapes, or "none". */
export function inferredTask({ inputs, outputs, dtSeconds }: Manifest): Task {
  const [input, output] = [inputs[0], outputs[0]];
  if (dtSeconds !== null || inputs.length !== 1 || outputs.length !== 1) return "none";
  if (!input || !output) return "none";
  const found = Object.entries(TASK_ROWS).find(
    ([, row]) => row.inputs === elements(input.shape) && row.outputs === elements(output.shape),
  );
  return (found?.[0] as Task | undefined) ?? "none";
}

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
    const shapes = [input, output].map((tensor) => `[${tensor?.shape.join(",") ?? ""}]`);
    const expected = `${row.inputs} bytes in, ${row.outputs} out`;
    fail("USAGE", `--task ${task}`, `a model ${shapes.join(" → ")}`, expected);
  }
  return {
    ...moduleInfo(wasm),
    energy,
    task,
    conversion: row?.conversion ?? "none",
    inputScale: input?.scale ?? 1,
    inputZero: input?.zeroPoint ?? 0,
    outputScale: output?.scale ?? 1,
    outputZero: output?.zeroPoint ?? 0,
    stepLimitMs,
  };
}
