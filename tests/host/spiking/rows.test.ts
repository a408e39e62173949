/** A kind of neuron or a rule without a row does not build, and nothing but the tables has to know of it. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The whole host is read and checked. */
const CHECK_MS = 300_000;

/** Complaints about the host as `FILE: text`, with one file's text changed. */
function complaints(file: string, from: string, to: string): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(join(ROOT, "tsconfig.build.json"), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic(diagnostic) {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, " "));
    },
  });
  if (!config) throw new Error("no tsconfig.build.json");
  const options = { ...config.options, noEmit: true, incremental: false };
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const changed = join(ROOT, file);
  const source = read(changed) ?? "";
  expect(source.split(from)).toHaveLength(2);
  const text = source.replace(from, to);
  const program = ts.createProgram(config.fileNames, options, {
    ...host,
    getSourceFile: (name, version, ...rest) =>
      name === changed
        ? ts.createSourceFile(name, text, version, true)
        : host.getSourceFile(name, version, ...rest),
  });
  return program.getSemanticDiagnostics().map(({ file: where, messageText }) => {
    const name = where ? relative(ROOT, where.fileName) : "";
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

const folders = (found: readonly string[]): string[] =>
  [...new Set(found.map((text) => dirname(text.split(":")[0] ?? "")))].sort();

test(
  "a kind in the graph's union: both tables and its fields in JSON refuse to build, and no other room",
  () => {
    const found = complaints(
      "host/model/spiking-graph.ts",
      'readonly kind: "Threshold"; readonly threshold: Values }',
      'readonly kind: "Threshold"; readonly threshold: Values }\n    | { readonly kind: "New" }',
    );
    expect(folders(found)).toEqual([
      ...["host/compiler/spiking/kinds", "host/importers/graph", "host/spiking/kinds"],
    ]);
    for (const text of found) expect(text).toMatch(/Property 'New' is missing/);
    expect(found).toHaveLength(3);
  },
  CHECK_MS,
);

test(
  "a rule: the same",
  () => {
    const found = complaints(
      "host/spiking/rules/index.ts",
      "export type Rule = PerceptronRule;\nexport type FixedRule = FixedPerceptronRule;",
      'type New = { readonly kind: "new" };\n' +
        "export type Rule = PerceptronRule | New;\nexport type FixedRule = FixedPerceptronRule | New;",
    );
    expect(folders(found)).toEqual(["host/compiler/spiking/rules", "host/spiking/rules"]);
    for (const text of found) expect(text).toMatch(/Property 'new' is missing/i);
  },
  CHECK_MS,
);
