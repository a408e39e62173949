/**
 * The same for the SIMD build, whose kernels exist once per shape: all shapes that a list of lowerings asks for, compiled
 * into one module.
 */
import type { KernelCall, Lowering } from "../../host/compiler/lowering.ts";
import { guardedRun, type KernelFunction } from "./guarded-run.ts";
import { assembled, fromDisk, shapeText } from "./kernel.ts";
import type { RunLowered } from "./lowered-kernel.ts";
import type { Engine } from "./relaxed-engine.ts";

const ENTRY = "entry.ts";

/**
 * @param engine whose relaxed products; null: none are asked for
 * @returns runs these lowerings and no others
 */
export async function loweredShapes(
  lowerings: readonly Lowering[],
  pages: number,
  engine: Engine | null = null,
): Promise<RunLowered> {
  const names = new Map<string, string>();
  const shapes = new Map<string, string>();
  const lines: string[] = [];
  for (const call of lowerings.flatMap(({ init, step }) => [...init, ...step])) {
    const key = keyOf(call);
    if (names.has(key)) continue;
    const name = `k${names.size}`;
    const folder = `layers.${names.size}`;
    const specialised = call.file.endsWith(".simd");
    const path = specialised ? call.file.replace(/^layers/, folder) : call.file;
    lines.push(`export { ${call.entry} as ${name} } from "./assembly/${path}";`);
    if (specialised) shapes.set(`assembly/${folder}/shape.ts`, shapeText(call.shape));
    names.set(key, name);
  }
  const readFile = (path: string): string | null =>
    path === ENTRY
      ? lines.join("\n")
      : (shapes.get(path) ?? fromDisk(path.replace(/layers\.\d+/, "layers")));
  const module = await assembled<string>(ENTRY, { simd: true, pages, engine }, readFile);
  const functionOf = (call: KernelCall): KernelFunction => {
    const found = module[names.get(keyOf(call)) ?? ""];
    if (!found) throw new Error(`no kernel ${call.file}`);
    return found;
  };
  let turn = 0;
  return (lowering, input, outputBytes) =>
    guardedRun(module.memory, functionOf, lowering, input, outputBytes, turn++);
}

const keyOf = ({ file, entry, shape }: KernelCall): string =>
  JSON.stringify([file, entry, file.endsWith(".simd") ? shape : {}]);
