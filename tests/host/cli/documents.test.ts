/** Real output of every verb, held against host/cli/document.schema.json. */
import { expect, test } from "vitest";
import { VERBS } from "../../../host/cli/verbs.ts";
import { cli, cliJson, type Document, folderOfFiles } from "../../support/cli.ts";
import { definitions, misfits } from "../../support/documents.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const { path, file } = folderOfFiles();

test("the schema describes every verb", () => {
  for (const verb of Object.keys(VERBS)) expect(definitions).toContain(verb);
});

/** A number for a key of the document that every verb writes, and a key more than it has. */
const spoilt = (document: Document): Document[] => [
  { ...document, warnings: 1 },
  { ...document, more: 1 },
  // the first field of its own
  Object.fromEntries(Object.entries(document).filter((_, k) => k !== 4)),
  { ...document, ok: !document.ok },
];

test("record, and every line it prints while it lasts", async () => {
  const args = ["record", "sim:vibration?seed=1", "-o", path("motor.rec"), "--seconds", "1.5"];
  const { stdout } = await cli([...args, "--json"]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(misfits("record", lines.pop())).toEqual([]);
  for (const line of lines) expect(misfits("recordLine", line)).toEqual([]);
});

test.each<readonly [string, ...string[]]>([
  ["compile", "net:demo-int8", "-o", "demo.wasm"],
  ["compile", "net:demo-spikes", "-o", "spikes.wasm"],
  ["compile", "net:lif", "-o", "lif.json"],
  ["inspect", "net:demo-int8"],
  ["inspect", "net:demo-int8", "--build"],
  ["inspect", "demo.wasm"],
  ["inspect", "net:demo-spikes"],
  ["inspect", "spikes.wasm"],
  ["run", "net:demo-int8", "--samples", "3", "--meter", "estimate:laptop"],
  ["run", "demo.wasm", "--samples", "2"],
  ["run", "net:demo-int8", "--samples", "2", "--labels", "labels"],
  ["run", "net:lif?current=20", "--steps", "300", "--compare", "float"],
  ["run", "net:demo-spikes", "--steps", "40", "--seed", "1"],
  ["bench", "net:demo-int8", "--seconds", "0.05"],
  ["bench", "net:demo-spikes", "--seconds", "0.05"],
  ["devices"],
  ["export", "net:demo-int8", "--c", "demo.c"],
  ["doctor"],
  ["replay", "motor.rec", "--export", "motor.csv"],
  ["cache"],
  ["cache", "clean"],
  ["completion", "fish"],
  ["demo", "--seconds", "1"],
])("%s %s %s %s", async (verb, ...args) => {
  file("labels", "1\n2\n");
  const given = args.map((arg) =>
    /^(.*\.(wasm|json|rec|csv|c)|labels)$/.test(arg) ? path(arg) : arg,
  );
  const { document } = await cliJson([verb, ...given]);
  const known = document.ok || verb === "doctor" ? verb : "failure";
  expect(misfits(known, document)).toEqual([]);
  for (const wrong of spoilt(document)) expect(misfits(known, wrong)).not.toEqual([]);
});

test.each<readonly string[]>([
  ["run", "nothing.tflite"],
  ["inspect", "net:nothing"],
  ["no-such-verb"],
  ["run", "net:demo-int8", "--samples", "-1"],
])("a failure: %s %s", async (...args) => {
  const { document } = await cliJson(args);
  expect(document.ok).toBe(false);
  expect(misfits("failure", document)).toEqual([]);
});

test("a miss of what was expected has the fields of its verb beside the errors", async () => {
  const { document } = await cliJson([
    ...["run", "net:demo-int8", "--samples", "2", "--labels", file("labels.txt", "0\n1\n")],
    ...["--min-accuracy", "100"],
  ]);
  expect(document).toMatchObject({ ok: false, errors: [{ code: "EXPECTATION" }] });
  expect(misfits("run", document)).toEqual([]);
});

testUnless(missingPosix())("deploy, and every line of monitor, on a board", async () => {
  const board = await PosixBoard.start();
  try {
    const port = `board:${board.path}`;
    const deployed = await cliJson(["deploy", "net:demo-int8", port]);
    expect(misfits("deploy", deployed.document)).toEqual([]);
    const { document } = await cliJson(["devices", port]);
    expect(misfits("devices", document)).toEqual([]);
    expect(document.ports[0].board.board).toBe("posix");
    const { stdout } = await cli([
      "monitor",
      port,
      "--samples",
      "2",
      "--interval",
      "0.1",
      "--json",
    ]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(misfits("monitor", lines.pop())).toEqual([]);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(misfits("monitorLine", line)).toEqual([]);
  } finally {
    await board.close();
  }
});
