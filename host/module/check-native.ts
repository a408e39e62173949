/** The checks of what lets boards compute kernels themselves: their names and signatures, and the constants they read. */
import { fail } from "../errors.ts";
import type { ModuleGlobals } from "./check.ts";
import { KERNEL_PREFIX, kernelSignature, nativeKernel } from "./kernels.ts";
import type { Manifest } from "./manifest.ts";
import { boundedCount, type Export } from "./sections.ts";
import { ByteReader, SECTION_ID, type Section } from "./wasm-binary.ts";
import { OPCODE } from "./wasm-code.ts";

/** Known kernels have their signature, and no function is two of them; unknown ones are a later version's. */
export function checkKernels(
  exports: ReadonlyMap<string, Export>,
  signatureOf: (found: Export) => string | undefined,
): void {
  const functions = new Set<number>();
  for (const [name, found] of exports) {
    if (!name.startsWith(KERNEL_PREFIX)) continue;
    const known = nativeKernel(name);
    const signature = signatureOf(found);
    if (known && signature !== kernelSignature(known.kernel)) {
      fail("MODULE_ABI", name, `${signature}`, kernelSignature(known.kernel));
    }
    if (functions.has(found.index)) fail("MODULE_ABI", name, "two names", "a kernel of one name");
    functions.add(found.index);
  }
}

/** A board reads these constants where they lie in the module, which begins at such an address. */
const ROM_ALIGN = 16;

export function checkRomPlace(
  wasm: Uint8Array,
  sections: readonly Section[],
  romLen: number,
): void {
  const k = sections.findIndex(({ id }) => id === SECTION_ID.data);
  const end = sections[k + 1]?.offset ?? wasm.length;
  if ((end - romLen) % ROM_ALIGN !== 0) {
    fail("MODULE_ABI", "rom_len", `constants at byte ${end - romLen}`, "a multiple of 16");
  }
}

/**
 * Bytes of all data segments; each must be active, at a constant address, within mem_used. The rom is the end of the last
 * one, and no other reaches into it.
 */
export function checkData(
  body: Uint8Array | undefined,
  { memUsed, romLen }: ModuleGlobals,
): number {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  const refuse = () =>
    fail("MODULE_FORMAT", "data", "another kind of segment", "active, at a constant address");
  let bytes = 0;
  let last = { ptr: 0, end: 0 };
  for (let k = boundedCount(reader); k > 0; k--) {
    if (reader.byte() !== 0 || reader.byte() !== 0x41) refuse();
    const ptr = reader.i32();
    if (ptr < 0 || reader.byte() !== OPCODE.end) refuse();
    const { length } = reader.take(reader.u32());
    if (ptr + length > memUsed) {
      fail("MODULE_ABI", "data", `a segment that ends at ${ptr + length}`, `mem_used = ${memUsed}`);
    }
    if (last.end > memUsed - romLen) {
      fail("MODULE_ABI", "data", `a segment that ends at ${last.end}`, "rom in the last segment");
    }
    bytes += length;
    last = { ptr, end: ptr + length };
  }
  if (romLen > 0 && (last.end !== memUsed || last.ptr > memUsed - romLen)) {
    const got = `a last segment from ${last.ptr} to ${last.end}`;
    fail("MODULE_ABI", "rom_len", got, `one that holds ${memUsed - romLen} to ${memUsed}`);
  }
  return bytes;
}

/** Modules of older versions say nothing of kernels. */
export function checkManifestKernels(
  { kernels, rom }: Manifest,
  { memUsed, romLen }: ModuleGlobals,
  exports: ReadonlyMap<string, Export>,
): void {
  const exported = [...exports.keys()].filter((name) => name.startsWith(KERNEL_PREFIX)).sort();
  if (kernels !== undefined && kernels.join() !== exported.join()) {
    fail(
      "MODULE_ABI",
      "manifest kernels",
      kernels.join(" ") || "none",
      exported.join(" ") || "none",
    );
  }
  const known = rom === undefined || (rom?.len ?? 0) === romLen;
  if (!known || (rom && rom.ptr !== memUsed - romLen)) {
    const got = rom ? `${rom.ptr}, ${rom.len}` : "null";
    fail("MODULE_ABI", "manifest rom", got, `${memUsed - romLen}, ${romLen}`);
  }
}
