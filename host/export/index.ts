/** Modules in programs of others: a sketch for Arduino, or a C file and its header. */
import { identifier } from "./c-text.ts";
import { type ExportedFile, type ExportedModel, splitHeader } from "./header.ts";

export type { ExportedFile, ExportedModel } from "./header.ts";
export { sketchFiles } from "./sketch.ts";

/** `BASE.c` and `BASE.h`: arrays, sizes and conversions, without a program around them. */
export function cFiles(model: ExportedModel, base: string): readonly ExportedFile[] {
  const headerName = `${base}.h`;
  const { header, source } = splitHeader(model, identifier(base).toLowerCase(), headerName);
  return [
    { name: `${base}.c`, text: source },
    { name: headerName, text: header },
  ];
}
