/**
 * `npm run firmware -- kernels`: writes the generated C into firmware/kernels, and removes what is no longer generated.
 * All other words are those of host/firmware/main.ts.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FIRMWARE } from "../firmware/root.ts";
import { GENERATED, generate } from "./index.ts";

if (process.argv[2] === "kernels") {
  const folder = join(FIRMWARE, "kernels");
  const files = await generate(GENERATED);
  for (const name of readdirSync(folder)) {
    if (name.startsWith("generated_") && !files.has(name)) rmSync(join(folder, name));
  }
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  process.stdout.write(`${GENERATED.length} kernels, ${files.size} files: ${folder}\n`);
} else {
  await import("../firmware/main.ts");
}
