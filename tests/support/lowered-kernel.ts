/**
 * Runs what the compiler lowers one operator to, on kernels compiled once: thousands of graphs in the time in which asc
 * compiles one.
 */
import type { Lowering } from "../../host/compiler/lowering.ts";
import { guardedRun, type KernelFunction } from "./guarded-run.ts";
import { assembled, fromDisk, type Kernel, kernel } from "./kernel.ts";

/** @returns the output; throws where a guarded byte changed. See guarded-run.ts */
export type RunLowered = (lowering: Lowering, input: Int8Array, outputBytes: number) => Int8Array;

/** A kernel of types by itself: asc exports no function that is not of one type. */
function typedKernel(file: string, entry: string, pages: number): Promise<Kernel<string>> {
  const [name = "", type] = entry.split(/[<>]/);
  const path = `assembly/${file}.ts`;
  if (type === undefined) return kernel(path, { pages }, name);
  const ofType = (text: string | null) =>
    text && `type T = ${type};\n${text.replace(`function ${name}<T>(`, `function ${name}(`)}`;
  return assembled(
    path,
    { pages },
    (at) => (at === path ? ofType(fromDisk(at)) : fromDisk(at)),
    name,
  );
}

/** @param files entry points by file below assembly/: { "layers/copy": "copy" }, with the type where there is one */
export async function loweredKernels(
  files: Readonly<Record<string, string>>,
  pages: number,
): Promise<RunLowered> {
  const modules = new Map<string, Kernel<string>>();
  for (const [file, entry] of Object.entries(files)) {
    modules.set(file, await typedKernel(file, entry, pages));
  }
  let turn = 0;
  return (lowering, input, outputBytes) => {
    const [call] = lowering.step;
    const module = modules.get(call?.file ?? "");
    const asked = call && files[call.file] === call.entry;
    const entry = asked && module?.[call.entry.replace(/<.*/, "")];
    // each module has a memory of its own
    if (!entry || lowering.step.length > 1) throw new Error(`no kernel ${call?.file}`);
    const functionOf = (): KernelFunction => entry;
    return guardedRun(module.memory, functionOf, lowering, input, outputBytes, turn++);
  };
}
