/** Compiles one kernel file by itself, in memory, with the release flags: for tests of kernels without a compiler. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import asc from "assemblyscript/asc";

export type Kernel<Name extends string> = { memory: WebAssembly.Memory } & {
  [N in Name]: (...args: number[]) => number;
};

export type KernelOptions = {
  readonly simd?: boolean;
  readonly pages?: number;
  /** served as ./shape beside the kernel: what the compiler does for each distinct shape */
  readonly shape?: Readonly<Record<string, number>>;
};

/** @param path kernel file, e.g. "assembly/layers/conv-2d.simd.ts" */
export async function kernel<Name extends string>(
  path: string,
  options: KernelOptions,
  ..._exports: Name[]
): Promise<Kernel<Name>> {
  const shapeText = Object.entries(options.shape ?? {})
    .map(([name, value]) => `export const ${name}: i32 = ${value};`)
    .join("\n");
  const written = new Map<string, Uint8Array>();
  const flags = ["-O3", "--runtime", "stub", "--noAssert", "--use", "abort="];
  const { error, stderr } = await asc.main(
    [
      path,
      ...flags,
      ...(options.simd ? ["--enable", "simd"] : []),
      "--initialMemory",
      String(options.pages ?? 1),
      "--outFile",
      "kernel.wasm",
    ],
    {
      readFile(name) {
        if (options.shape && name.endsWith("/shape.ts")) return shapeText;
        try {
          return readFileSync(resolve(name), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name, data) => void written.set(name, data as Uint8Array),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`asc ${path}\n${stderr.toString()}`, { cause: error });
  const wasm = written.get("kernel.wasm");
  if (!wasm) throw new Error(`asc ${path}: no output`);
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  return instance.exports as unknown as Kernel<Name>;
}
