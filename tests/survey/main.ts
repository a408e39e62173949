/**
 * npm run survey -- FOLDER: how many of the models one has are accepted, and why the others are not. Each is imported and
 * planned, as `inspect` would; nothing is compiled.
 */
import { statSync } from "node:fs";
import { count, table } from "../../host/text.ts";
import { type Found, modelsIn } from "./models.ts";
import { reasonsOf } from "./reasons.ts";

type Judged = Found & { readonly reasons: readonly string[] };

const architectures = (models: readonly Judged[]): number =>
  new Set(models.map(({ architecture }) => architecture)).size;

/** By type: how many there are and how many of them run. An architecture runs where one of its models does. */
function acceptedLines(judged: readonly Judged[]): string[] {
  const types = [...new Set(judged.map(({ type }) => type))].sort();
  const row = (name: string, all: readonly Judged[]) => {
    const good = all.filter(({ reasons }) => reasons.length === 0);
    return [name, architectures(all), architectures(good), all.length, good.length];
  };
  const rows = [
    ["type", "architectures", "accepted", "files", "accepted"],
    ...types.map((type) =>
      row(
        type,
        judged.filter((one) => one.type === type),
      ),
    ),
    row("all", judged),
  ];
  return table(
    rows.map((cells) => cells.map((cell) => (typeof cell === "number" ? count(cell) : cell))),
    ["left", "right", "right", "right", "right"],
  );
}

/** What is in the way, and how often it alone. */
function reasonLines(judged: readonly Judged[]): string[] {
  const by = new Map<string, Judged[]>();
  for (const one of judged) {
    for (const reason of one.reasons) by.set(reason, [...(by.get(reason) ?? []), one]);
  }
  const rows = [...by]
    .map(([reason, models]) => {
      const alone = models.filter(({ reasons }) => reasons.length === 1);
      return {
        reason,
        all: architectures(models),
        files: models.length,
        alone: architectures(alone),
      };
    })
    .sort((a, b) => b.all - a.all || b.files - a.files || (a.reason < b.reason ? -1 : 1));
  return table(
    [
      ["missing", "architectures", "files", "alone in the way"],
      ...rows.map(({ reason, all, files, alone }) => [
        reason,
        count(all),
        count(files),
        count(alone),
      ]),
    ],
    ["left", "right", "right", "right"],
  );
}

const [folder] = process.argv.slice(2);
if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error("npm run survey -- FOLDER, with .tflite files or C text in it");
  process.exitCode = 2;
} else {
  const judged: Judged[] = [];
  for (const model of modelsIn(folder)) judged.push({ ...model, reasons: await reasonsOf(model) });
  const refused = judged.filter(({ reasons }) => reasons.length > 0);
  const lines = [
    ...acceptedLines(judged),
    "",
    ...(refused.length > 0 ? reasonLines(refused) : ["nothing is refused"]),
  ];
  if (judged.length === 0) lines.splice(0, lines.length, `no models in ${folder}`);
  for (const line of lines) console.log(line);
}
