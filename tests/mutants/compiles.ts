/** Whether a mutant compiles: one that does not is none, since no test ever sees it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { applied, type Mutant } from "./mutant.ts";

export type Compiles = (mutant: Mutant) => boolean;

/** Mutants of TypeScript and of C in the checkout at `root`, which is left as it is. */
export function compilesIn(root: string): Compiles {
  const typescript = typescriptCheck(root);
  return (mutant) => (mutant.file.endsWith(".c") ? cCheck(root, mutant) : typescript(mutant));
}

function typescriptCheck(root: string): Compiles {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const changed = new Map<string, { readonly version: number; readonly text: string }>();
  let roots: readonly string[] = [];
  const service = ts.createLanguageService(
    {
      getCompilationSettings: () => ({ ...options, noEmit: true }),
      getScriptFileNames: () => [...roots],
      getScriptVersion: (file) => `${changed.get(file)?.version ?? 0}`,
      getScriptSnapshot: (file) => {
        const text = changed.get(file)?.text ?? (existsSync(file) && readFileSync(file, "utf8"));
        return text === false ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    },
    ts.createDocumentRegistry(),
  );
  let version = 0;
  return (mutant) => {
    const file = join(root, mutant.file);
    const source = readFileSync(file, "utf8");
    roots = [file];
    changed.set(file, { version: ++version, text: applied(source, mutant) });
    const problems = [
      ...service.getSyntacticDiagnostics(file),
      ...service.getSemanticDiagnostics(file),
    ];
    changed.set(file, { version: ++version, text: source });
    return problems.length === 0;
  };
}

function cCheck(root: string, mutant: Mutant): boolean {
  const file = join(root, mutant.file);
  // as strict as the tests' build: what warns there is no mutant either
  const flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
  const { status } = spawnSync(
    "cc",
    [...flags, "-D_GNU_SOURCE", "-fsyntax-only", "-I", dirname(file), "-x", "c", "-"],
    { input: applied(readFileSync(file, "utf8"), mutant) },
  );
  return status === 0;
}
