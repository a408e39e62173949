/** The READMEs of this repository: their code blocks, and the files they name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const FOREIGN = new Set(["node_modules", "build", "coverage"]);

/** Every README.md, and the changelog: paths below ROOT. */
export const READMES: readonly string[] = [...readmesBelow(ROOT), "CHANGELOG.md"];

function readmesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return FOREIGN.has(entry.name) || entry.name.startsWith(".") ? [] : readmesBelow(path);
    }
    return entry.name === "README.md" ? [relative(ROOT, path)] : [];
  });
}

export const readmeText = (readme: string): string => readFileSync(join(ROOT, readme), "utf8");

/**
 * A fenced block. The first word behind the fence is the language, the second says what to do with it:
 *
 *   run     works anywhere: run it        setup    for the reader's shell: installs, aliases
 *   data    needs the public models       online   fetches from the network
 */
export type Block = { readonly language: string; readonly mode: string; readonly body: string };

export function blocksOf(text: string): Block[] {
  const fences = text.matchAll(/^```(\S*) ?(\S*)\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language = "", mode = "", body = ""]) => ({ language, mode, body }));
}

const withoutBlocks = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, "");

/** Targets of links to files, without what stands behind #. */
export const linksOf = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);

/** Names in code spans and targets of links that look like files or folders of this repository. */
export function filesNamed(text: string): string[] {
  const prose = withoutBlocks(text);
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  const links = linksOf(text);
  const sources = /^[\w@.*{},/-]+(\.(ts|mjs|js|md)|\/)$|^[\w/-]+\.json$/;
  return [...new Set([...spans.filter((span) => sources.test(span)), ...links])];
}

/** Targets of links within a page. */
export const anchorsNamed = (text: string): string[] =>
  [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);

/** As GitHub makes them: lower case, spaces to hyphens, punctuation dropped. */
export const anchorsOf = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** What the compiler writes, and only in memory. */
const GENERATED = ["entry.ts", "shape.ts"];

/** Beside the README, or one folder up, or below ROOT. Patterns with * stand for at least one file. */
export function exists(readme: string, file: string): boolean {
  if (GENERATED.includes(file)) return true;
  const own = join(ROOT, dirname(readme));
  return [own, dirname(own), ROOT].some((folder) =>
    file.includes("*")
      ? files(folder).some((path) => new RegExp(`(^|/)${pattern(file)}$`).test(path))
      : existsSync(join(folder, file)),
  );
}

const pattern = (file: string): string => file.replaceAll(".", "\\.").replaceAll("*", "[^/]*");

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => !path.includes("node_modules"),
  );
}
