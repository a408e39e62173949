/** Compiles one kernel file by itself, in memory, with the release flags: for tests of kernels without a compiler. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import asc from "assemblyscript/asc";
import { type Engine, withEngine } from "./relaxed-engine.ts";

export type Kernel<Name extends string> = { memory: WebAssembly.Memory } & {
  [N in Name]: (...args: number[]) => number;
};

export type KernelOptions = {
  readonly simd?: boolean;
  readonly pages?: number;
  /** with relaxed products, as this one computes them */
  readonly engine?: Engine | null;
  /** served as ./shape beside the kernel: what the compiler does for each distinct shape */
  readonly shape?: Readonly<Record<string, number>>;
};

/** @param path kernel file, e.g. "assembly/layers/conv-2d.simd.ts" */
export async function kernel<Name extends string>(
  path: string,
  options: KernelOptions,
  ...exports: Name[]
): Promise<Kernel<Name>> {
  const shape = options.shape && shapeText(options.shape);
  const served = (name: string) =>
    shape !== undefined && name.endsWith("/shape.ts") ? shape : fromDisk(name);
  return assembled(path, options, served, ...exports);
}

export const shapeText = (shape: Readonly<Record<string, number>>): string =>
  Object.entries(shape)
    .map(([name, value]) => `export const ${name}: i32 = ${value};`)
    .join("\n");

export function fromDisk(path: string): string | null {
  try {
    return readFileSync(resolve(path), "utf8");
  } catch {
    return null;
  }
}

/** @param readFile what asc sees; null: no such file */
export async function assembled<Name extends string>(
  entry: string,
  options: KernelOptions,
  readFile: (path: string) => string | null,
  ..._exports: Name[]
): Promise<Kernel<Name>> {
  const written = new Map<string, Uint8Array>();
  const flags = ["-O3", "--runtime", "stub", "--noAssert", "--use", "abort="];
  const { error, stderr } = await asc.main(
    [
      entry,
      ...flags,
      ...(options.simd ? ["--enable", "simd", "--enable", "relaxed-simd"] : []),
      "--initialMemory",
      String(options.pages ?? 1),
      "--outFile",
      "kernel.wasm",
    ],
    {
      readFile,
      writeFile: (name, data) => void written.set(name, data as Uint8Array),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`asc ${entry}\n${stderr.toString()}`, { cause: error });
  const bytes = written.get("kernel.wasm");
  if (!bytes) throw new Error(`asc ${entry}: no output`);
  const wasm = options.engine ? withEngine(bytes, options.engine) : bytes;
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  return instance.exports as unknown as Kernel<Name>;
}
