/** Where the compiler's own files are. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds asconfig.json and assembly/, above the sources and above build/ alike. */
export const ROOT = packageRoot();

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "asconfig.json")) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return folder;
}
