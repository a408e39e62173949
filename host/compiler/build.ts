/** Entry text → module: asc as an in-memory library, then the constants as data segments. No file is written. */
import type { Build, Flavour } from "../module/manifest.ts";
import { isRelaxed, knowsRelaxed } from "../module/relaxed.ts";
import { readSections, SECTION_ID, writeSections } from "../module/wasm-binary.ts";
import { assemble } from "./assemble.ts";
import { dataSection } from "./data-segments.ts";
import type { Emitted } from "./emit.ts";
import type { Layout } from "./layout.ts";
import { withBaselineCompiler } from "./v8-flags.ts";

/** The module without its manifest. Deterministic. @param flavour null: of the MVP build */
export async function build(
  emitted: Emitted,
  layout: Layout,
  target: Build,
  flavour: Flavour | null,
): Promise<Uint8Array> {
  const code = await withBaselineCompiler(() => assemble(emitted, layout, target));
  const sections = readSections(code).filter(({ id }) => id !== SECTION_ID.custom);
  if (sections.some(({ id }) => id === SECTION_ID.data)) {
    throw new Error("a kernel brought static data of its own; the plan has no place for it");
  }
  const data = dataSection(layout.segments);
  const wasm = writeSections(data ? [...sections, data] : sections);
  // an engine without relaxed products can build a module for one that has them, but cannot judge it
  const judged = !isRelaxed(flavour) || knowsRelaxed();
  if (judged && !WebAssembly.validate(wasm as BufferSource))
    throw new Error("asc built an invalid module");
  return wasm;
}
