/**
 * Every way out of the program, walked: no watt and no joule without its scope and its quality beside it, none in the
 * e-notation, and none at all without a meter.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fitted } from "../../../host/text.ts";
import { cli, cliJson, folderOfFiles } from "../../support/cli.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const layered = file("flatten.tflite", FLATTEN);
const METERS = ["--meter", "sim:steady?watts=5&noise=0.1,sim:steady?watts=0.0007&seed=4"];
const SPIKES = "net:demo-spikes";

/** What the brain has needs no instrument. */
const BRAIN = /\(1\.25 pJ … 20 fJ[^)]*\)|(the brain's |of |its )20 W|20\.0 fJ … 1\.25 pJ/g;
const FIGURE = /-?\d[\d.,]* [GMkmµnpf]?[WJ](?![\w/])/;
const QUALITY = /\b(measured|derived|estimated)\b/;

/** Lines below a label belong to it; so do the blocks of a meter to the line that names it. */
function blocks(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const label = /^(\S*)/.exec(line)?.[1] ?? "";
    const own = label !== "" && !OF_A_METER.includes(label);
    if (own || found.length === 0) found.push(line);
    else found[found.length - 1] += `\n${line}`;
  }
  return found;
}
/** What follows the line that names a meter. */
const OF_A_METER = [
  "power",
  "energy",
  "lost",
  "left",
  "brain",
  "runs",
  "each",
  "repeats",
  "battery",
];

function bareFigures(text: string): string[] {
  return blocks(text.replace(BRAIN, ""))
    .filter((block) => FIGURE.test(block))
    .filter(
      (block) =>
        !(/scope \w+|(core|soc|rails|board|usb|target|wall), /.test(block) && QUALITY.test(block)),
    );
}

/** Paths of numbers of watts or joules that no object around them says the scope and the quality of. */
function bareNumbers(value: unknown, where = "", told = false): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((one, k) => bareNumbers(one, `${where}[${k}]`, told));
  const fields = Object.entries(value);
  const says = (one: unknown): boolean =>
    typeof one === "object" && one !== null && "scope" in one && "quality" in one;
  const here = told || says(value) || fields.some(([key, one]) => key === "energy" && says(one));
  return fields.flatMap(([key, one]) => {
    const figure = /joules|watts/i.test(key) && one !== null && where !== ".brain";
    const number =
      figure && (typeof one === "number" || (typeof one === "object" && "value" in one));
    const own = number && !here ? [`${where}.${key}`] : [];
    return [...own, ...bareNumbers(one, `${where}.${key}`, here)];
  });
}

const documents = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const CALLS: readonly (readonly [string, readonly string[]])[] = [
  ["run, a layered network", ["run", layered, ...METERS]],
  ["run, a spiking network", ["run", SPIKES, "--steps", "40", "--seed", "1", ...METERS]],
  ["run, with a battery", ["run", layered, ...METERS, "--battery", "200@3", "--duty", "10"]],
  ["run, by an estimate", ["run", layered, "--meter", "estimate"]],
  ["bench", ["bench", layered, SPIKES, "--seconds", "0.1", ...METERS]],
  [
    "bench, with a battery",
    ["bench", layered, "--seconds", "0.1", ...METERS, "--battery", "200@3"],
  ],
  ["power", ["power", "--seconds", "1.2", ...METERS]],
];

test.each(CALLS)("%s: as text, as JSON, and on a terminal of 80 columns", async (_, args) => {
  const { code, stdout } = await cli(args);
  expect(code).toBe(0);
  expect(stdout.replace(BRAIN, "")).toMatch(FIGURE);
  expect(bareFigures(stdout)).toEqual([]);
  expect(stdout).not.toMatch(/\de[+-]?\d/);
  const json = await cli([...args, "--json"]);
  const found = documents(json.stdout);
  expect(found.flatMap((one) => bareNumbers(one))).toEqual([]);
  const shown = fitted(stdout.split("\n"), 80).join("\n");
  expect(bareFigures(shown)).toEqual([]);
});

test("what a command costs, and which meter says so", async () => {
  const args = ["power", ...METERS, "--repeat", "2", "--battery", "200@3"];
  const command = ["--", process.execPath, "-e", "0"];
  const { stdout } = await cli([...args, ...command]);
  expect(bareFigures(stdout)).toEqual([]);
  expect(bareFigures(fitted(stdout.split("\n"), 80).join("\n"))).toEqual([]);
  expect(stdout.match(/^meter +sim:steady/gm)).toHaveLength(2);
  const json = await cli([...args, "--json", ...command]);
  expect(documents(json.stdout).flatMap((one) => bareNumbers(one))).toEqual([]);
});

test("windows by MLPerf Tiny's rule, on a clock that goes a hundred times as fast", async () => {
  const clock = { nowNs: () => process.hrtime.bigint() * 100n };
  const slow = ["--meter", "sim:steady?watts=5&rate=10,sim:steady?watts=2&rate=10"];
  const args = ["bench", layered, "--seconds", "0.1", ...slow, "--rule", "mlperf-tiny"];
  const { document } = await cliJson(args, { clock });
  expect(document.results[0].otherRepeats).toHaveLength(1);
  expect(bareNumbers(document)).toEqual([]);
});

test("a window for each step", async () => {
  const pulses = ["--meter", "sim:pulses?period=0.01&width=0.002&rate=1000&marker=D0"];
  const { stdout } = await cli(["bench", layered, "--seconds", "0.3", ...pulses]);
  expect(stdout).toContain("windows cut by D0");
  expect(bareFigures(stdout)).toEqual([]);
});

test("the demonstration as text and as a document", async () => {
  const { stdout } = await cli(["demo", "--seconds", "0.01"], { env: { CI: "1" } });
  expect(stdout.replace(BRAIN, "")).toMatch(FIGURE);
  expect(bareFigures(stdout.replace(BRAIN, ""))).toEqual([]);
  const { document } = await cliJson(["demo", "--seconds", "0.01"], { env: { CI: "1" } });
  expect(JSON.stringify(document)).toMatch(/joules/i);
  expect(bareNumbers(document)).toEqual([]);
});

test.each(["devices", "doctor"])(
  "%s lists meters with their scope, and no figure",
  async (verb) => {
    const { stdout } = await cli([verb]);
    expect(stdout).not.toMatch(FIGURE);
    const { document } = await cliJson([verb]);
    for (const meter of document.meters) expect(meter).toHaveProperty("scope");
  },
);

testUnless(missingPosix())(
  "monitor: what a board says of itself has no figures of energy",
  async () => {
    const board = await PosixBoard.start();
    try {
      const args = ["monitor", `board:${board.path}`, "--interval", "0.05", "--samples", "2"];
      const { code, stdout } = await cli(args);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(FIGURE);
      const json = await cli([...args, "--json"]);
      expect(json.stdout).not.toMatch(/joules|watts/i);
    } finally {
      await board.close();
    }
  },
);

test("two meters on a terminal of 80 columns: a line each, with its number", async () => {
  let shown = "";
  const stdout = { isTTY: true, columns: 80, write: (text: string) => (shown += text) };
  await cli(["power", "--seconds", "2.2", ...METERS], { stdout });
  const lines = shown.split("\n");
  expect(lines[0]).toMatch(/^1 is sim:steady\?watts=5&noise=0\.1: .*scope target, estimated$/);
  const live = lines.filter((line) => line.includes(" % of 20 W  "));
  expect(live.length).toBeGreaterThanOrEqual(4);
  for (const [k, line] of live.entries()) {
    expect(line.startsWith(`${1 + (k % 2)} `)).toBe(true);
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toMatch(/target, estimated$/);
  }
});

test.each(["csv", "jsonl", "prom"])("every reading in a file: %s", async (format) => {
  const to = path(`walked.${format}`);
  await cli(["power", "--seconds", "1", ...METERS, "--export", format, to]);
  const rows = readFileSync(to, "utf8").trim().split("\n");
  const readings = rows.filter((row) => !row.startsWith("#") && !row.startsWith("time_s"));
  expect(readings.length).toBeGreaterThanOrEqual(2);
  for (const row of readings) {
    expect(row).toMatch(/target/);
    expect(row).toMatch(QUALITY);
  }
});

test("pictures have no figures of energy", async () => {
  const svg = path("picture.svg");
  await cli(["run", layered, ...METERS, "--plot", svg]);
  await cli(["run", "net:lif?current=20", "--steps", "300", ...METERS, "--plot", svg]);
  expect(readFileSync(svg, "utf8")).not.toMatch(FIGURE);
});

test("the demonstration, live and at its end, at any width", () => {
  for (const columns of [60, 80, 120]) {
    for (const name of ["live", "end"]) {
      const screen = readFileSync(`tests/fixtures/demo/${name}-${columns}.txt`, "utf8");
      const power = screen.split("\n").filter((line) => line.startsWith("  power "));
      expect(power.length).toBeGreaterThan(0);
      for (const line of power) expect(line).toMatch(/ mW at 8\/s, estimated, scope core/);
    }
  }
});

test.each([
  ["run", ["run", layered]],
  ["bench", ["bench", layered, SPIKES, "--seconds", "0.05"]],
  ["inspect", ["inspect", layered]],
])("no meter, no number: %s", async (_, args) => {
  const { stdout, stderr } = await cli(args);
  expect((stdout + stderr).replace(BRAIN, "")).not.toMatch(FIGURE);
  const [document] = documents((await cli([...args, "--json"])).stdout);
  const numbers = JSON.stringify(document).match(/"\w*(joules|watts)\w*":(?!null)/gi) ?? [];
  expect(numbers).toEqual([]);
});

test("a meter that gives no reading gives no figure either", async () => {
  const meter = "sim:steady?rate=0.1";
  const { stdout } = await cli(["power", "--meter", meter, "--seconds", "0.5"]);
  expect(stdout.replace(BRAIN, "")).not.toMatch(FIGURE);
  expect(stdout).toContain("no reading, so no figure");
});
