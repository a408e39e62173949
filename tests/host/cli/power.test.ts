/** `power`: live, of a command, and its exports. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { perRun } from "../../../host/cli/power-command.ts";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";

const { path } = folderOfFiles();
const METER = ["--meter", "sim:steady?watts=5&noise=0"];

/** What stands behind -- is the command's: --json before it. */
async function ofCommand(options: readonly string[], command: readonly string[]) {
  const { code, stdout } = await cli(["power", ...METER, ...options, "--json", "--", ...command]);
  return { code, document: JSON.parse(stdout) };
}

test("live: a line a second, each with scope and quality, then the whole", async () => {
  const { code, stdout, stderr } = await cli(["power", ...METER, "--seconds", "1"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/5\.00 W .*25\.0 % of 20 W {2}target, estimated/);
  expect(stdout).toMatch(/^meter +sim:steady.*scope target, estimated$/m);
  expect(stdout).toMatch(/^left out +everything/m);
  expect(stderr).toContain("figures are of no machine"); // what the meter has to say, once
});

test("live as JSON: a document a line, the last one the summary", async () => {
  const { stdout } = await cli(["power", ...METER, "--seconds", "1.5", "--json"]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const last = lines.pop();
  expect(lines.length).toBeGreaterThanOrEqual(1);
  for (const { sample } of lines) {
    expect(sample).toMatchObject({ scope: "target", quality: "estimated", lost: 0 });
    expect(sample.watts).toBeCloseTo(5, 9);
    expect(sample.shareOf20W).toBeCloseTo(0.25, 9);
  }
  expect(last).toMatchObject({ schema: 1, verb: "power", ok: true });
  const [row] = last.meters;
  expect(row.joules).toBeCloseTo(5 * row.coverage * last.seconds, 6);
});

test("two meters stand side by side and are never added", async () => {
  const { stdout } = await cli([
    ...["power", "--meter", "sim:steady?watts=5,sim:steady?watts=7"],
    ...["--seconds", "1", "--json"],
  ]);
  const { meters } = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  expect(meters.map(({ meanWatts }: { meanWatts: number }) => Math.round(meanWatts))).toEqual([
    5, 7,
  ]);
  expect((await failure("power", "--meter", "sim:steady,sim:steady")).errors[0]?.code).toBe(
    "USAGE",
  );
});

test("a command: its runs, idle before and after, and what each costs", async () => {
  const { document } = await ofCommand(["--repeat", "3"], [process.execPath, "-e", "0"]);
  expect(document).toMatchObject({ exitCode: 0, command: [process.execPath, "-e", "0"] });
  expect(document.runs).toHaveLength(3);
  for (const { seconds, joules } of document.runs) expect(joules / seconds).toBeCloseTo(5, 6);
  expect(document.idle.watts).toBeCloseTo(5, 6);
  const { value, low, high } = document.joulesPerRun;
  expect(low <= value && value <= high).toBe(true);
  expect(document.energy).toMatchObject({ scope: "target", joulesPerInference: null });
  expect(document.energy.energyMissing).toBeNull(); // a command has no inferences to miss
});

test("a command that fails ends the runs: its code is told, ours is 1", async () => {
  const failing = [process.execPath, "-e", "process.exit(7)"];
  const { code, document } = await ofCommand([], failing);
  expect(code).toBe(1);
  expect(document).toMatchObject({ exitCode: 7, errors: [{ code: "COMMAND_FAILED" }] });
  expect(document.runs).toHaveLength(1);
  const { document: missing } = await ofCommand([], [path("no-such-program")]);
  expect(missing.errors[0]).toMatchObject({ code: "COMMAND_FAILED", got: "no such program" });
});

test.each(["csv", "jsonl", "prom"])("every reading to a file: %s", async (format) => {
  const file = path(`power.${format}`);
  const { code } = await cli(["power", ...METER, "--seconds", "1", "--export", format, file]);
  expect(code).toBe(0);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  if (format === "prom") {
    expect(lines).toContainEqual(
      expect.stringMatching(/^twentywatt_power_watts\{.*scope="target",quality="estimated"\} 5$/),
    );
    const joules = Number(
      /^twentywatt_energy_joules_total\{.*\} (.*)$/m.exec(lines.join("\n"))?.[1],
    );
    expect(joules).toBeGreaterThan(0);
    return;
  }
  const rows = format === "csv" ? lines.slice(1) : lines;
  expect(rows.length).toBeGreaterThan(100);
  for (const row of rows) expect(row).toMatch(/estimated/);
  if (format === "csv")
    expect(lines[0]).toBe("time_s,meter,scope,quality,watts,volts,amps,marks,lost");
  else expect(JSON.parse(rows[0] as string)).toMatchObject({ scope: "target", watts: 5, lost: 0 });
});

test.each([
  [["--export", "xml", "f"], "USAGE"],
  [["--export", "csv"], "USAGE"],
  [["--meter", "sim:nothing"], "METER_MISSING"],
  [["--meter", "sim:steady?watts=x"], "USAGE"],
  [["--meter", "estimate"], "METER_MISSING"],
])("refused before anything is measured: %j", async (args, code) => {
  const { errors } = await failure("power", ...(args.includes("--meter") ? [] : METER), ...args);
  expect(errors[0]?.code).toBe(code);
});

test("what is of the live view alone is refused with a command", async () => {
  const { code, document } = await ofCommand(["--seconds", "1"], ["true"]);
  expect([code, document.errors[0].code]).toEqual([2, "USAGE"]);
});

test("two runs that scatter cost no less than nothing", () => {
  const reading = (value: number) => ({
    ...{ seconds: 0.3, samples: 3, coverage: 1 },
    joules: { value, low: value, high: value },
  });
  expect(perRun([reading(0.6), reading(0.84)])?.low).toBe(0);
  // a difference of two windows may be negative, and then so may its bound
  expect(perRun([reading(-0.1), reading(0.1)])?.low).toBeLessThan(0);
});
