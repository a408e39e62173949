/** Entry text → module: asc as an in-memory library, then the constants as data segments. No file is written. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { Build } from "../module/manifest.ts";
import { readSections, SECTION_ID, writeSections } from "../module/wasm-binary.ts";
import { dataSection } from "./data-segments.ts";
import { type Emitted, ENTRY, realPath } from "./emit.ts";
import type { Layout } from "./layout.ts";

/** The folder that holds asconfig.json and assembly/, above the sources and above build/ alike. */
export const ROOT = packageRoot();

const CONFIG = "asconfig.json";
const OUTPUT = "module.wasm";

/** The module without its manifest. Deterministic. */
export async function build(emitted: Emitted, layout: Layout, target: Build): Promise<Uint8Array> {
  const code = await withBaselineCompiler(() => assemble(emitted, layout, target));
  const sections = readSections(code).filter(({ id }) => id !== SECTION_ID.custom);
  if (sections.some(({ id }) => id === SECTION_ID.data)) {
    throw new Error("a kernel brought static data of its own; the plan has no place for it");
  }
  const data = dataSection(layout.segments);
  const wasm = writeSections(data ? [...sections, data] : sections);
  if (!WebAssembly.validate(wasm as BufferSource)) throw new Error("asc built an invalid module");
  return wasm;
}

async function assemble(emitted: Emitted, layout: Layout, target: Build): Promise<Uint8Array> {
  // loaded on first use: planning alone must not wait for Binaryen
  const { default: asc } = await import("assemblyscript/asc");
  let output: Uint8Array | null = null;
  const readFile = (path: string): string | null => {
    if (path === ENTRY) return emitted.entry;
    if (path === CONFIG) return readFileSync(join(ROOT, CONFIG), "utf8");
    return emitted.files.get(path) ?? kernelSource(realPath(path));
  };
  const { error, stderr } = await asc.main(
    [
      ENTRY,
      ...["--config", CONFIG, "--target", target, "--outFile", OUTPUT],
      ...["--memoryBase", String(layout.memUsed)],
      ...["--initialMemory", String(layout.pages), "--maximumMemory", String(layout.pages)],
    ],
    {
      readFile,
      writeFile: (name, bytes) => {
        if (name === OUTPUT && bytes instanceof Uint8Array) output = bytes;
      },
      listFiles: () => [],
    },
  );
  if (error || !output) {
    throw new Error(`asc refused the generated code: ${stderr.toString()}`, { cause: error });
  }
  return output;
}

/**
 * Binaryen is a large WebAssembly module that runs for a second: V8's optimising compiler would spend more on it than it
 * saves. So what V8 compiles meanwhile stays with the baseline compiler, and the flags are as before when our modules
 * are made.
 */
async function withBaselineCompiler<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString("--liftoff-only");
  try {
    return await work();
  } finally {
    // --liftoff-only switched the other two off
    for (const flag of ["--no-liftoff-only", "--wasm-tier-up", "--wasm-dynamic-tiering"]) {
      setFlagsFromString(flag);
    }
  }
}

/** Kernel text by path below assembly/, read once. asc probes for many files that are not there. */
const sources = new Map<string, string | null>();

function kernelSource(path: string): string | null {
  let text = sources.get(path);
  if (text === undefined) {
    const file = join(ROOT, "assembly", path);
    text = existsSync(file) ? readFileSync(file, "utf8") : null;
    sources.set(path, text);
  }
  return text;
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "asconfig.json")) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return folder;
}
