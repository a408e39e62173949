/** Where the firmware's sources lie, and where what is built of them goes. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, canWrite } from "../cache-folder.ts";

/** The folder that holds firmware/, above the sources and above build/ alike. */
export const ROOT = packageRoot();

export const FIRMWARE = join(ROOT, "firmware");

/** Only a checkout can build the host; a package from npm may lie where nobody can write. */
export const IS_CHECKOUT = existsSync(join(ROOT, "tsconfig.build.json"));

/** `build/firmware` in a checkout that we may write, a folder of the cache otherwise. */
export function outputFolder(): string {
  const beside = join(ROOT, "build/firmware");
  return IS_CHECKOUT && canWrite(beside) ? beside : join(cacheFolder(), "firmware");
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "asconfig.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("twentywatt's own files are incomplete");
    folder = parent;
  }
  return folder;
}
