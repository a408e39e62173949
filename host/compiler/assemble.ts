/**
 * Entry text → WebAssembly: asc's parts, called in the order of its own `main()`. That would parse the whole standard
 * library, validate twice and run every pass of Binaryen (tests/host/compiler/assemble.test.ts compares).
 */
import type { Build } from "../module/manifest.ts";
import { type AscOptions, ascOptions } from "./asconfig.ts";
import { type Emitted, ENTRY } from "./emit.ts";
import { kernelSource } from "./kernel-source.ts";
import { optimize } from "./passes.ts";
import { ABSENT, libraryFor } from "./standard-library.ts";

type Asc = typeof import("assemblyscript");
type Program = ReturnType<Asc["newProgram"]>;

/** What the module's memory is: pages of 64 KiB, and the first byte that asc could use for itself. */
export type MemoryLimits = { readonly pages: number; readonly memUsed: number };

/**
 * @returns the module as asc writes it, with custom sections
 * @throws what asc objects to: a defect of the generated code
 */
export async function assemble(
  emitted: Emitted,
  memory: MemoryLimits,
  build: Build,
): Promise<Uint8Array> {
  // loaded on first use: planning alone must not wait for Binaryen
  const asc = await import("assemblyscript");
  const program = asc.newProgram(programOptions(asc, ascOptions(build), memory));
  parse(asc, program, emitted);
  asc.initializeProgram(program);
  const module = asc.compile(program);
  try {
    const objections = errors(asc, program);
    if (objections !== "") throw new Error(`asc refused the generated code: ${objections}`);
    await optimize(module, build, build === "mvp" ? emitted.apart : []);
    return module.toBinary(null).output;
  } finally {
    module.dispose();
  }
}

function programOptions(asc: Asc, config: AscOptions, { pages, memUsed }: MemoryLimits) {
  const options = asc.newOptions();
  asc.setRuntime(options, 0); // stub
  asc.setNoAssert(options, config.noAssert);
  asc.setInitialMemory(options, pages);
  asc.setMaximumMemory(options, pages);
  asc.setMemoryBase(options, memUsed);
  // what --optimize would say: -O3
  asc.setOptimizeLevelHints(options, 3, 0);
  for (const use of [...ABSENT.map((name) => `${name}=`), ...config.use]) {
    const [alias = "", name = ""] = use.split("=");
    asc.addGlobalAlias(options, alias, name);
  }
  for (const name of config.enable) asc.setFeature(options, feature(asc, name), true);
  for (const name of config.disable) asc.setFeature(options, feature(asc, name), false);
  return options;
}

function feature(asc: Asc, name: string): number {
  const key = `FEATURE_${name.replaceAll("-", "_").toUpperCase()}`;
  const flag = (asc as unknown as Record<string, number | undefined>)[key];
  if (flag === undefined) throw new Error(`asconfig.json: asc knows no feature ${name}`);
  return flag;
}

/** The entry, what it imports, and then as much of the library as those name. */
function parse(asc: Asc, program: Program, { entry, files }: Emitted): void {
  const texts = new Set([entry]);
  asc.parse(program, entry, ENTRY, true);
  for (let file = asc.nextFile(program); file !== null; file = asc.nextFile(program)) {
    const path = `${file}.ts`;
    const text = files.get(path) ?? kernelSource(path);
    texts.add(text);
    asc.parse(program, text, path, false);
  }
  for (const { path, text } of libraryFor(texts)) asc.parse(program, text, path, false);
}

/** asc's errors as text. Its warnings are about JavaScript hosts that cannot pass a v128. */
function errors(asc: Asc, program: Program): string {
  const found: string[] = [];
  for (let d = asc.nextDiagnostic(program); d !== null; d = asc.nextDiagnostic(program)) {
    if (asc.isError(d)) found.push(asc.formatDiagnostic(d, false, true));
  }
  return found.join("\n");
}
