/** Kernels as text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { realPath } from "./emit.ts";
import { ROOT } from "./root.ts";

/** By path below assembly/, read once. */
const texts = new Map<string, string>();

/**
 * @param path as an import names it, in a virtual folder or a real one
 * @throws when there is no such kernel
 */
export function kernelSource(path: string): string {
  const real = realPath(path);
  const text = texts.get(real) ?? readFileSync(join(ROOT, "assembly", real), "utf8");
  texts.set(real, text);
  return text;
}
