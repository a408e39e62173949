/**
 * The firmware as one library for Arduino, PlatformIO and ESP-IDF: core, kernels and WASM3 in one flat folder, as those build
 * systems want it. They pass no flags, so every C file begins with the header that says what ours do.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { forgetTemporary, removeAbandoned, temporaryIn } from "../temporary.ts";
import { ENGINE_FILE, isHotKernel, MACROS, WASM3_FILES } from "./flags.ts";
import { FIRMWARE, IS_CHECKOUT, outputFolder, ROOT } from "./root.ts";
import { wasm3Source } from "./wasm3-source.ts";
import { type ZipFile, zip } from "./zip.ts";

export const ARDUINO = "arduino";

/** The library's name, and so its folder's. */
const LIBRARY = "TwentyWatt";

export type Library = {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
};

/**
 * Writes the zip; the one that an installed package brings is taken as it is. Raises IO without WASM3's sources.
 *
 * @param folder where it goes; `build/firmware` in a checkout, the user's cache otherwise
 */
export async function packArduino(folder?: string): Promise<Library> {
  const brought = join(ROOT, "build/firmware", `${LIBRARY}.zip`);
  if (folder === undefined && !IS_CHECKOUT && existsSync(brought)) {
    return described(brought, await readFile(brought));
  }
  const archive = zip(await libraryFiles());
  const path = join(folder ?? outputFolder(), `${LIBRARY}.zip`);
  await mkdir(dirname(path), { recursive: true });
  await removeAbandoned(dirname(path));
  const temporary = temporaryIn(dirname(path));
  try {
    await writeFile(temporary, archive);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
    forgetTemporary(temporary);
  }
  return described(path, archive);
}

const described = (path: string, archive: Uint8Array): Library => ({
  path,
  bytes: archive.length,
  sha256: createHash("sha256").update(archive).digest("hex"),
});

/** Every file of the library, below a folder of its name. Always of the pinned WASM3: the same bytes for everybody. */
export async function libraryFiles(): Promise<ZipFile[]> {
  const wasm3 = await wasm3Source("");
  const core = join(FIRMWARE, "core");
  const kernels = join(FIRMWARE, "kernels");
  const files: ZipFile[] = [
    { name: "LICENSE", bytes: readFileSync(join(ROOT, "LICENSE")) },
    ...(await folderFiles(join(FIRMWARE, ARDUINO))),
    source("tw_build.h", buildHeader()),
    source("tw_aligned.h", textOf(FIRMWARE, "tw_aligned.h")),
  ];
  for (const file of await sourcesIn(core)) {
    const names = file === ENGINE_FILE ? ["tw_build.h", "tw_wasm3_names.h"] : ["tw_build.h"];
    files.push(source(file, prefixed(file, names, renamed(textOf(core, file)))));
  }
  for (const file of await sourcesIn(kernels)) {
    const text = prefixed(file, ["tw_kernel_build.h"], renamed(textOf(kernels, file)));
    const small = file.endsWith(".c") && !isHotKernel(file);
    const said = small ? `#define TW_KERNEL_SMALL 1\n${text}` : text;
    files.push(source(file.replace(/^generated_/, "tw_generated_"), said));
  }
  for (const file of await sourcesIn(wasm3)) {
    const wanted = file.endsWith(".c") ? WASM3_FILES.includes(file) : !UNUSED.test(file);
    if (!wanted) continue;
    const text = prefixed(file, ["tw_wasm3_build.h"], renamed(textOf(wasm3, file)));
    const aligned = file === "m3_compile.c" ? text.replace("\n", `\n${ALIGNED}`) : text;
    files.push(source(`tw_${file}`, aligned));
  }
  return files.map(({ name, bytes }) => ({ name: `${LIBRARY}/${name}`, bytes }));
}

/** Interfaces of WASM3 to systems that no board has, and to C++. */
const UNUSED = /^(m3_api_|wasm3_cpp)/;

/** Loads and stores of a 32-bit CPU (tw_aligned.h). */
const ALIGNED = '#if __SIZEOF_POINTER__ == 4\n#include "tw_aligned.h"\n#endif\n';

const sourcesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((file) => /\.[ch]$/.test(file)).sort();

const textOf = (folder: string, file: string): string => readFileSync(join(folder, file), "utf8");

const source = (name: string, text: string): ZipFile => ({
  name: `src/${name}`,
  bytes: new TextEncoder().encode(text),
});

/** In front of anything that a C file includes. */
const prefixed = (file: string, headers: readonly string[], text: string): string =>
  file.endsWith(".c") ? `${headers.map((h) => `#include "${h}"\n`).join("")}${text}` : text;

/** Headers under names of ours: the Wasm3 library has files of the same names, and anybody's may be generated. */
const renamed = (text: string): string =>
  text.replace(/^(\s*#\s*include\s+)"((?:m3_|wasm3|generated_)\w*\.h)"/gm, '$1"tw_$2"');

async function folderFiles(folder: string): Promise<ZipFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: relative(folder, path).replaceAll("\\", "/"), bytes: readFileSync(path) };
    });
}

/** The macros that `npm run firmware` passes to the compiler, for build systems that pass none. */
export function buildHeader(): string {
  const lines = Object.entries({ NDEBUG: "", ...MACROS }).map(([name, value]) =>
    [`#ifndef ${name}`, `#define ${name} ${value}`.trimEnd(), "#endif\n"].join("\n"),
  );
  return [
    "// What the project's own build passes as flags (host/firmware/flags.ts). Written when the library is packed.",
    "#ifndef TW_BUILD_H\n#define TW_BUILD_H\n",
    ...lines,
    "#endif\n",
  ].join("\n");
}
