/** Entry text → module: asc as an in-memory library, then the constants as data segments. No file is written. */
import type { Build, Flavour } from "../module/manifest.ts";
import { isRelaxed, knowsRelaxed } from "../module/relaxed.ts";
import { readSections, SECTION_ID, type Section, writeSections } from "../module/wasm-binary.ts";
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
  const wasm = withData(sections, layout);
  // an engine without relaxed products can build a module for one that has them, but cannot judge it
  const judged = !isRelaxed(flavour) || knowsRelaxed();
  if (judged && !WebAssembly.validate(wasm as BufferSource))
    throw new Error("asc built an invalid module");
  return wasm;
}

/** Of constants that a board reads where they lie, within the module; its slots begin at such an address. */
const ROM_ALIGN = 16;

/**
 * As many zeros in front of the rom, where nobody's memory is, as bring it to its alignment: fewer than 16, and a turn or two more
 * where their number makes that of the segment or the section a byte longer, which steps over the alignment.
 */
function withData(
  sections: readonly Pick<Section, "id" | "body">[],
  { segments, rom }: Pick<Layout, "segments" | "rom">,
): Uint8Array {
  for (let zeros = 0; zeros < 3 * ROM_ALIGN; zeros++) {
    const bytes = new Uint8Array(zeros + (rom?.bytes.length ?? 0));
    bytes.set(rom?.bytes ?? [], zeros);
    const data = dataSection(segments, rom && { ptr: rom.ptr - zeros, bytes });
    const wasm = writeSections(data ? [...sections, data] : sections);
    if (rom === null || (wasm.length - rom.bytes.length) % ROM_ALIGN === 0) return wasm;
  }
  throw new Error("no number of zeros aligns the constants");
}
