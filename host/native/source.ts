/** The kernels of the table as one module: what they share is there once. */
import { assemble } from "../compiler/assemble.ts";
import { kernelSource } from "../compiler/kernel-source.ts";
import { withBaselineCompiler } from "../compiler/v8-flags.ts";

/** Where a kernel is: file below assembly/, without .ts, and function with its type arguments; and its name. */
type Place = { readonly name: string; readonly file: string; readonly entry: string };

/** A parameter as its kernel names it, with its type. */
export type Parameter = { readonly name: string; readonly type: string };

/** As the kernel's own text has them. */
export function parametersOf({ file, entry }: Omit<Place, "name">): readonly Parameter[] {
  const [name = ""] = entry.split("<");
  const head = new RegExp(`^export function ${name}(?:<[^>]*>)?\\(([^)]*)\\): void \\{`, "m");
  const [, list] = head.exec(kernelSource(`${file}.ts`)) ?? [];
  if (list === undefined)
    throw new Error(`assembly/${file}.ts: no function ${name}() without a result`);
  return list
    .split(",")
    .map((text) => text.trim().split(": "))
    .filter(([parameter]) => parameter !== "")
    .map(([parameter = "", type = ""]) => ({ name: parameter, type }));
}

/** AssemblyScript that exports every kernel as k1_NAME. */
export function entryOf(rows: readonly Place[]): string {
  const imports = rows.map(({ file, entry }, k) => {
    const [name = ""] = entry.split("<");
    return `import { ${name} as k${k} } from "./${file}";`;
  });
  const functions = rows.map((row, k) => {
    const parameters = parametersOf(row);
    const [, types = ""] = row.entry.split(/(?=<)/);
    const list = parameters.map(({ name, type }) => `${name}: ${type}`).join(", ");
    const names = parameters.map(({ name }) => name).join(", ");
    return `export function k1_${row.name}(${list}): void {\n  k${k}${types}(${names});\n}`;
  });
  return [...imports, ...functions, ""].join("\n");
}

/** One page is enough: the memory is the caller's, and none of it has data. */
export function kernelModule(rows: readonly Place[]): Promise<Uint8Array> {
  const emitted = { entry: entryOf(rows), files: new Map<string, string>(), apart: [] };
  return withBaselineCompiler(() => assemble(emitted, { pages: 1, memUsed: 0 }, "mvp"));
}
