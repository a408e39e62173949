/** The guest's tests as JavaScript, beside the built program whose rooms they import. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../support/readmes.ts";

const FOLDER = "tests/hw/guest";

/** Types are checked by `npm run check`; here every file is translated by itself. @returns the first file to run */
export function translateGuest(): string {
  const to = join(ROOT, "build", FOLDER);
  mkdirSync(to, { recursive: true });
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const file of readdirSync(join(ROOT, FOLDER))) {
    const text = readFileSync(join(ROOT, FOLDER, file), "utf8");
    const { outputText } = ts.transpileModule(text, { compilerOptions });
    writeFileSync(join(to, file.replace(/\.ts$/, ".js")), outputText);
  }
  return join(to, "main.js");
}
