/** Modules whose kernels a board may have itself, changed in one thing each. */
import { createHash } from "node:crypto";
import { readModuleManifest, withoutManifest } from "../../host/module/check.ts";
import { type Manifest, SECTION } from "../../host/module/manifest.ts";
import {
  ByteReader,
  customSection,
  readSections,
  SECTION_ID,
  writeSections,
} from "../../host/module/wasm-binary.ts";
import { leb, signed, text } from "./firmware-modules.ts";

/** The module with these bytes for one of its sections, and a manifest that knows. */
export function withSection(
  wasm: Uint8Array,
  id: number,
  changed: (body: Uint8Array) => Uint8Array,
  changes: Partial<Manifest> = {},
): Uint8Array {
  const sections = readSections(withoutManifest(wasm)).map((section) => ({
    ...{ id: section.id, body: section.id === id ? changed(section.body) : section.body },
  }));
  const code = writeSections(sections);
  const manifest = {
    ...readModuleManifest(wasm),
    ...changes,
    codeSha256: createHash("sha256").update(code).digest("hex"),
  };
  const payload = new TextEncoder().encode(JSON.stringify(manifest));
  return writeSections([...sections, customSection(SECTION, payload)]);
}

/** The same, with one export more: an existing function under another name. */
export function withExport(wasm: Uint8Array, name: string, like: string): Uint8Array {
  const { kernels } = readModuleManifest(wasm);
  const changed = (body: Uint8Array): Uint8Array => {
    const reader = new ByteReader(body);
    const count = reader.u32();
    const first = reader.position;
    let index = -1;
    for (let k = 0; k < count; k++) {
      const found = reader.name();
      reader.byte();
      const at = reader.u32();
      if (found === like) index = at;
    }
    if (index < 0) throw new Error(`no export ${like}`);
    const more = [...text(name), 0, ...leb(index)];
    return Uint8Array.from([...leb(count + 1), ...body.subarray(first), ...more]);
  };
  return withSection(wasm, SECTION_ID.export, changed, {
    kernels: [...(kernels ?? []), name].sort(),
  });
}

/** As a newer compiler's: with a kernel that no board knows, so that all of it runs as WebAssembly. */
export const asPure = (wasm: Uint8Array): Uint8Array =>
  alignedRom(withExport(wasm, "k1_later", "init"));

/** Zeros in front of the last segment, as the compiler puts them there: sections before it may have grown. */
export function alignedRom(wasm: Uint8Array): Uint8Array {
  const { rom } = readModuleManifest(wasm);
  if (!rom) return wasm;
  for (let zeros = 0; zeros < 16; zeros++) {
    const moved = withSection(wasm, SECTION_ID.data, (body) => withZeros(body, rom, zeros));
    const code = withoutManifest(moved);
    if ((code.length - rom.len) % 16 === 0) return moved;
  }
  throw new Error("no number of zeros aligns the constants");
}

function withZeros(body: Uint8Array, rom: { ptr: number; len: number }, zeros: number): Uint8Array {
  const reader = new ByteReader(body);
  const count = reader.u32();
  const segments: number[][] = [];
  for (let k = 0; k < count; k++) {
    const start = reader.position;
    reader.byte();
    reader.byte();
    reader.i32();
    reader.byte();
    reader.take(reader.u32());
    segments.push([...body.subarray(start, reader.position)]);
  }
  const bytes = [...new Uint8Array(zeros), ...body.subarray(body.length - rom.len)];
  const last = [0, 0x41, ...signed(rom.ptr - zeros), 0x0b, ...leb(bytes.length), ...bytes];
  return Uint8Array.from([...leb(count), ...segments.slice(0, -1).flat(), ...last]);
}
