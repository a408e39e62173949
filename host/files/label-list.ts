/**
 * Labels of recordings, beside them in their folder: classes.txt with a name on each line, and labels.csv with a row
 * `file,classes,class` for each recording, the form that `run --labels` reads.
 */
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "../errors.ts";
import { writeAtomic } from "./file.ts";

/** @throws USAGE for what cannot be a line of classes.txt */
export function requireLabel(label: string): void {
  if (label.trim() === "" || /[\r\n,]/.test(label)) {
    fail("USAGE", "--label", JSON.stringify(label), "a name without commas and line breaks");
  }
}

/** @returns the path of labels.csv */
export async function addLabel(recording: string, label: string): Promise<string> {
  requireLabel(label);
  const folder = dirname(recording);
  const classesPath = join(folder, "classes.txt");
  const labelsPath = join(folder, "labels.csv");
  const classes = linesOf(await readFile(classesPath, "utf8").catch(() => ""));
  const rows = linesOf(await readFile(labelsPath, "utf8").catch(() => ""));
  if (!classes.includes(label)) classes.push(label);
  const file = basename(recording);
  const kept = rows.map((row) => row.split(",")).filter(([name]) => name !== file);
  const all = [...kept, [file, "", String(classes.indexOf(label))]];
  const text = all.map(([name, , own]) => `${name},${classes.length},${own}\n`).join("");
  await writeAtomic(
    classesPath,
    new TextEncoder().encode(classes.map((one) => `${one}\n`).join("")),
  );
  await writeAtomic(labelsPath, new TextEncoder().encode(text));
  return labelsPath;
}

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
