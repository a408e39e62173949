/**
 * What our modules need of AssemblyScript's standard library: the builtins, each an instruction of WebAssembly. Parsing
 * the whole library takes longer than compiling a network, so a program gets only the declarations it names.
 *
 * Kernels can therefore use nothing else of the library: no Math, no arrays, no strings. They have no heap to put them.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A file of the library: path and text, as asc wants them. */
export type LibraryFile = { readonly path: string; readonly text: string };

/** asc refuses to begin without these classes, whether used or not: of its objects, and one around each basic type. */
const CLASSES = [
  ...["Object", "ArrayBuffer", "String", "ArrayBufferView"],
  ...["I8", "I16", "I32", "I64", "Isize", "U8", "U16", "U32", "U64", "Usize", "Bool", "F32", "F64"],
  ...["V128", "RefFunc", "RefExtern"],
];

const FOUNDATION: LibraryFile = {
  // where asc looks for Object, which must not extend itself
  path: "~lib/object.ts",
  text: CLASSES.map((name) => `export class ${name} {}\n`).join(""),
};

/** Global names that asc's defaults bind to the library, and that are not there. */
export const ABSENT = ["abort", "trace", "seed", "Math", "Mathf"] as const;

let builtins: string | null = null;

/**
 * The library for a program.
 *
 * @param sources the texts of all its files
 */
export function libraryFor(sources: Iterable<string>): readonly LibraryFile[] {
  const file = "assemblyscript/std/assembly/builtins.ts";
  builtins ??= readFileSync(createRequire(import.meta.url).resolve(file), "utf8");
  return [FOUNDATION, { path: "~lib/builtins.ts", text: declarations(builtins, wordsOf(sources)) }];
}

function wordsOf(sources: Iterable<string>): ReadonlySet<string> {
  const words = new Set<string>();
  for (const text of sources) {
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) words.add(word);
  }
  return words;
}

const DECLARED = /^export (?:declare )?(?:function|namespace) (\w+)/m;
const MEMBER = /^ {2}export (?:declare )?(?:function|const) (\w+)/m;

/**
 * The declarations of a file of the library whose names are among some words. There, an empty line ends a declaration,
 * and the members of a namespace are indented by two.
 */
export function declarations(library: string, words: ReadonlySet<string>): string {
  const named = (pattern: RegExp) => (text: string) => words.has(pattern.exec(text)?.[1] ?? "");
  return library
    .split(/\n\n(?=\S)/)
    .filter(named(DECLARED))
    .map((text) => {
      if (!/^export namespace/m.test(text)) return text;
      const [head, ...members] = text.split(/\{\n|\n\n|\n\}/);
      return [`${head}{`, ...members.filter(named(MEMBER)), "}"].join("\n");
    })
    .join("\n");
}
