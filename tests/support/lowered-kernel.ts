/**
 * Runs what the compiler lowers one operator to, on kernels compiled once: thousands of graphs in the time in which asc
 * compiles one.
 */
import type { Lowering } from "../../host/compiler/lowering.ts";
import { guardedRun, type KernelFunction } from "./guarded-run.ts";
import { type Kernel, kernel } from "./kernel.ts";

/** @returns the output; throws where a guarded byte changed. See guarded-run.ts */
export type RunLowered = (lowering: Lowering, input: Int8Array, outputBytes: number) => Int8Array;

/** @param files entry points by file below assembly/: { "layers/copy": "copy" } */
export async function loweredKernels(
  files: Readonly<Record<string, string>>,
  pages: number,
): Promise<RunLowered> {
  const modules = new Map<string, Kernel<string>>();
  for (const [file, entry] of Object.entries(files)) {
    modules.set(file, await kernel(`assembly/${file}.ts`, { pages }, entry));
  }
  let turn = 0;
  return (lowering, input, outputBytes) => {
    const [call] = lowering.step;
    const module = modules.get(call?.file ?? "");
    const entry = call && module?.[call.entry];
    // each module has a memory of its own
    if (!entry || lowering.step.length > 1) throw new Error(`no kernel ${call?.file}`);
    const functionOf = (): KernelFunction => entry;
    return guardedRun(module.memory, functionOf, lowering, input, outputBytes, turn++);
  };
}
