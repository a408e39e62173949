/** `node --import ./tests/support/ts-loader.mjs file.ts`: TypeScript in workers and child processes of tests, on Node 20. */
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

if (import.meta.url.endsWith("?hooks")) {
  // this instance runs in the loader thread: its exports below are the hooks
} else {
  register(`${import.meta.url}?hooks`);
}

export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(readFileSync(fileURLToPath(url), "utf8"), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
}
