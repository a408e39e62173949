/** Kernels as text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.ts";

/** By path below assembly/, read once. */
const texts = new Map<string, string>();

/**
 * @param path below assembly/
 * @throws when there is no such kernel
 */
export function kernelSource(path: string): string {
  const text = texts.get(path) ?? readFileSync(join(ROOT, "assembly", path), "utf8");
  texts.set(path, text);
  return text;
}
