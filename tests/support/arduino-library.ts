/** The Arduino library as a folder, and what this computer's compilers make of it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { libraryFiles } from "../../host/firmware/arduino.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILD = join(ROOT, "build/arduino-tests");

/** A folder that holds the folder TwentyWatt, as an unpacked zip is; the same for the same files. */
export async function librariesFolder(): Promise<string> {
  const files = await libraryFiles();
  const hash = createHash("sha256");
  for (const { name, bytes } of files) hash.update(`${name}:${bytes.length}:`).update(bytes);
  return kept(`library-${hash.digest("hex").slice(0, 16)}`, (folder) => {
    for (const { name, bytes } of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
  });
}

/** A folder of this name below build/, filled once: whole or not there. */
export function kept(name: string, fill: (folder: string) => void): string {
  const folder = join(BUILD, name);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    fill(temporary);
    // another worker may have been faster
    if (!existsSync(folder)) renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

export const sourcesOf = (libraries: string): string[] =>
  readdirSync(join(libraries, "TwentyWatt/src"))
    .filter((file) => /\.(c|cpp)$/.test(file))
    .map((file) => join(libraries, "TwentyWatt/src", file));

export type Flags = { readonly c: readonly string[]; readonly cxx: readonly string[] };

/** Objects of these files, in a folder of their own. */
export function hostObjects(to: string, files: readonly string[], flags: Flags): string[] {
  mkdirSync(to, { recursive: true });
  return files.map((file) => {
    const cxx = file.endsWith(".cpp");
    const object = join(to, `${file.replace(/.*\//, "")}.o`);
    const own = cxx ? ["-std=gnu++11", ...flags.cxx] : ["-std=gnu11", ...flags.c];
    execFileSync(cxx ? "c++" : "cc", [...own, "-c", file, "-o", object], { stdio: "pipe" });
    return object;
  });
}
