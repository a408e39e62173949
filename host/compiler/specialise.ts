/**
 * Kernel files with their sizes as constants. A file that imports from "./shape" is served once for every distinct set
 * of the values that it and the files it imports ask for: store.simd.2 is store.simd with the third such set. So layers
 * of one shape share their functions, layers of different shapes what does not depend on the difference, and every loop
 * bound is a constant. All other files exist once.
 */
import { kernelSource } from "./kernel-source.ts";
import { literal } from "./literal.ts";

/** A kernel file, path below assembly/ without .ts. */
type Kernel = {
  readonly text: string;
  /** of "./shape", by itself and through what it imports, in alphabetical order */
  readonly constants: readonly string[];
};

/** Imports of other files, the whole statement. Kernels name what they import. */
const IMPORT = /^import \{([^}]*)\} from "(\.[^"]*)";$/gm;

/** By path. Kernels do not change while we run. */
const kernels = new Map<string, Kernel>();

function kernelAt(path: string): Kernel {
  const known = kernels.get(path);
  if (known) return known;
  const text = kernelSource(`${path}.ts`);
  const constants = new Set<string>();
  for (const [, names = "", from = ""] of text.matchAll(IMPORT)) {
    const asked = isShape(from)
      ? bindings(names).map(([name]) => name)
      : kernelAt(resolved(from, path)).constants;
    for (const name of asked) constants.add(name);
  }
  const kernel = { text, constants: [...constants].sort() };
  kernels.set(path, kernel);
  return kernel;
}

/**
 * @param path  a kernel file below assembly/, without .ts
 * @param shape values of the constants, others than asked for among them
 * @param files receives the text of every file that is not there as it stands, by path with .ts
 * @returns the path to import the file from
 * @throws INTERNAL where a constant has no value, or none that is a finite number
 */
export function specialise(
  path: string,
  shape: Readonly<Record<string, number>>,
  files: Specialised,
): string {
  const { text, constants } = kernelAt(path);
  if (constants.length === 0) return path;
  const value = (name: string): string => literal(shape[name], `${path}, ${name}`);
  const key = `${path} ${constants.map(value).join(" ")}`;
  const known = files.paths.get(key);
  if (known !== undefined) return known;
  const special = `${path}.${files.paths.size}`;
  files.paths.set(key, special);
  const own = text.replace(IMPORT, (_, names: string, from: string) => {
    if (isShape(from)) {
      return bindings(names)
        .map(([name, as]) => `const ${as}: i32 = ${value(name)};`)
        .join("\n");
    }
    const target = resolved(from, path);
    const suffix = specialise(target, shape, files).slice(target.length);
    return `import {${names}} from "${from}${suffix}";`;
  });
  files.texts.set(`${special}.ts`, own);
  return special;
}

/** The specialised files of one program. */
export type Specialised = {
  /** by file and values */
  readonly paths: Map<string, string>;
  /** by path with .ts */
  readonly texts: Map<string, string>;
};

const isShape = (from: string): boolean => from === "./shape";

/** "A, B as C" as pairs of the name there and the name here. */
function bindings(names: string): (readonly [string, string])[] {
  return names
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => {
      const [name = "", as = name] = text.split(" as ");
      return [name, as] as const;
    });
}

/** Where an import leads: kernels lie in folders of one level. */
function resolved(from: string, path: string): string {
  const [folder = ""] = path.split("/");
  return from.startsWith("../") ? from.slice(3) : `${folder}/${from.slice(2)}`;
}
