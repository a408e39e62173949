/** `power`: live, of a command, and its exports. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Life } from "../../../host/cli/battery.ts";
import { perRun } from "../../../host/cli/power-command.ts";
import { exporterOf } from "../../../host/cli/power-export.ts";
import type { PowerFacts } from "../../../host/power/index.ts";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";

const { file, path } = folderOfFiles();
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
  for (const line of lines) {
    const { sample } = line;
    expect(line).toMatchObject({ schema: 1, verb: "power", ok: true, warnings: [] });
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

test("how long a battery lasts where the command runs for a tenth of the time, by each meter", async () => {
  const meters = ["--meter", "sim:steady?watts=5&noise=0,sim:steady?watts=2&noise=0"];
  const args = ["power", ...meters, "--repeat", "2", "--battery", "2000@5", "--duty", "10"];
  const command = ["--", process.execPath, "-e", "0"];
  const { stdout } = await cli([...args, "--json", ...command]);
  const document = JSON.parse(stdout);
  expect(misfits("powerCommand", document)).toEqual([]);
  // 10 Wh at 5 W and at 2 W; idle draws the same
  const hours = document.meters.map((meter: { battery: Life }) => meter.battery.hours?.value);
  expect(hours[0]).toBeCloseTo(2, 6);
  expect(hours[1]).toBeCloseTo(5, 6);
  expect(document.battery).toEqual(document.meters[0].battery);
  expect(document.battery).toMatchObject({ duty: 0.1, scope: "target", quality: "estimated" });
  const { low, value, high } = document.battery.hours;
  expect(low <= value && value <= high).toBe(true);
  const text = (await cli([...args, ...command])).stdout;
  expect(
    text.match(
      /^battery .* last .* \(.*….*\), working 10\.0 % of the time; scope target, estimated$/gm,
    ),
  ).toHaveLength(2);
});

test("a battery of no command, or a duty of no battery, is refused", async () => {
  for (const args of [
    ["--battery", "1@1"],
    ["--duty", "5"],
    ["stand-in", "--battery", "1@1"],
  ]) {
    expect((await failure("power", ...METER, ...args)).errors[0]?.code).toBe("USAGE");
  }
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

test("a file of --export keeps what it had where no meter opens", async () => {
  for (const format of ["csv", "jsonl", "prom"]) {
    const trace = file(`kept.${format}`, "an earlier trace");
    const { errors } = await failure(
      ...["power", "--meter", "sim:nothing", "--export", format, trace],
    );
    expect(errors[0]?.code).toBe("METER_MISSING");
    expect(readFileSync(trace, "utf8")).toBe("an earlier trace");
  }
});

test("readings by the 64 kB: all of them are there, and a slow meter's are not held back", async () => {
  const name = path("fast.csv");
  const exporter = await exporterOf(["csv", name])();
  const rows = () => readFileSync(name, "utf8").match(/,measured,/g);
  for (let k = 0; k < 20_000; k++) exporter?.add(FACTS, { tNs: BigInt(k), watts: k, lost: 0 });
  exporter?.add(FACTS, { tNs: 2_000_000_000n, watts: 7, lost: 0 });
  expect(rows()).toHaveLength(20_001);
  exporter?.add(FACTS, { tNs: 2_000_000_001n, watts: 8, lost: 0 });
  await exporter?.close();
  expect(rows()).toHaveLength(20_002);
  const last = '2.000000001,"a ""b""\nc\\",target,measured,8,,,,0\n';
  expect(readFileSync(name, "utf8").endsWith(last)).toBe(true);
});

test("a gauge's labels are one line, and what is written meanwhile has a name of its own", async () => {
  const name = path("gauge.prom");
  const foreign = file("gauge.prom.tmp", "another process writes here");
  const exporter = await exporterOf(["prom", name])();
  exporter?.add(FACTS, { tNs: 0n, watts: 1, lost: 0 });
  await exporter?.close();
  expect(readFileSync(foreign, "utf8")).toBe("another process writes here");
  expect(readFileSync(name, "utf8")).toContain(
    'twentywatt_power_watts{meter="a \\"b\\"\\nc\\\\",scope="target",quality="measured"} 1\n',
  );
});

/** A name with all that has to be escaped. */
const FACTS: PowerFacts = {
  ...{ uri: 'a "b"\nc\\', name: "", scope: "target", quality: "measured", reads: true },
  ...{ doesNotInclude: [], method: "", sampleRateHz: null, gapSeconds: 1, notes: [] },
  accuracy: { gain: 0, offsetWatts: 0, timeSeconds: 0, integrates: false },
};

test("a signal is passed to the command, which else would be waited for", async () => {
  const stop = new AbortController();
  // it says that it runs before it is stopped: by a file, since its output is ours
  const begun = path("begun");
  const script = `require("fs").writeFileSync(${JSON.stringify(begun)}, "");
    process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000);`;
  const running = cli(["power", ...METER, "--", process.execPath, "-e", script], {
    signal: stop.signal,
  });
  while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort("SIGTERM");
  expect((await running).stdout).toMatch(/^command /m);
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
  // one that was hardly read would cost next to nothing
  expect(perRun([reading(0.6), { ...reading(0), coverage: 0.1 }])).toBeNull();
  // a difference of two windows may be negative, and then so may its bound
  expect(perRun([reading(-0.1), reading(0.1)])?.low).toBeLessThan(0);
});
