/** How a board loads a module: with native kernels and its constants in flash, or all of it as it is. */
import type { ModuleGlobals } from "../module/check.ts";
import { nativeKernel } from "../module/kernels.ts";
import type { Manifest } from "../module/manifest.ts";
import type { Loaded } from "./footprint/index.ts";

/** Whether a board has the kernel of this number (host/module/kernels.ts). */
export type KnownKernels = (number: number) => boolean;

/** This version's firmware. */
export const ALL_KERNELS: KnownKernels = () => true;

/** A firmware of before native kernels. */
export const NO_KERNELS: KnownKernels = () => false;

/** What a board said of itself. */
export const knownTo =
  ({ kernels }: { readonly kernels: readonly number[] }): KnownKernels =>
  (number) =>
    kernels.includes(number);

/** Of a module's kernels those that a board does not have, by the names of its exports. */
export const lackingKernels = (
  { kernels }: Pick<Manifest, "kernels">,
  knows: KnownKernels,
): readonly string[] =>
  (kernels ?? []).filter((name) => {
    const known = nativeKernel(name);
    return known === undefined || !knows(known.number);
  });

/** As words: the first few, and how many more there are. */
export function kernelNames(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

const SHOWN = 3;

/** One kernel that the board does not have, and none takes its place (firmware/core/tw_model.c). */
export function loadedOn(
  manifest: Pick<Manifest, "kernels">,
  { memUsed, romLen }: Pick<ModuleGlobals, "memUsed" | "romLen">,
  knows: KnownKernels,
): Loaded {
  const native = lackingKernels(manifest, knows).length === 0;
  return { memoryBytes: native ? memUsed - romLen : memUsed, native };
}
