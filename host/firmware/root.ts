/** Where the firmware's sources lie, and where what is built of them goes. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds firmware/, above the sources and above build/ alike. */
export const ROOT = packageRoot();

export const FIRMWARE = join(ROOT, "firmware");

/** Only a checkout can build the host; a package from npm may lie where nobody can write. */
export const IS_CHECKOUT = existsSync(join(ROOT, "tsconfig.build.json"));

/** `$XDG_CACHE_HOME/twentywatt`, or `~/.cache/twentywatt`: as the compiler's. */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twentywatt");

/** `build/firmware` in a checkout, a folder of the cache otherwise. */
export const outputFolder = (): string =>
  IS_CHECKOUT ? join(ROOT, "build/firmware") : join(cacheFolder(), "firmware");

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "asconfig.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("twentywatt's own files are incomplete");
    folder = parent;
  }
  return folder;
}
