/** `bench --rule mlperf-tiny` and `--battery`, in a time of the test's own: nothing is late in it, however busy the computer. */
import { expect, test } from "vitest";
import type { Io } from "../../../host/cli/io.ts";
import { pause } from "../../../host/lines/index.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { file } = folderOfFiles();
const layered = file("flatten.tflite", FLATTEN);
const RULE = ["--rule", "mlperf-tiny", "--battery", "2000@3.7", "--duty", "25"];
const METER = ["--meter", "sim:steady?watts=2&rate=100&noise=0.01"];

/** A look at the clock takes 200 µs, and nothing else takes any time: 50,000 inferences fill ten seconds. */
async function inOwnTime<T>(work: (io: Partial<Io>) => Promise<T>): Promise<T> {
  const time = new FakeTime(200_000n);
  return time.run(work({ clock: time, pause: (ms, signal) => pause(ms, signal, time) }));
}

test("five windows of ten seconds, their median, and hours of a battery", async () => {
  const { document } = await inOwnTime((io) => cliJson(["bench", layered, ...METER, ...RULE], io));
  const [result] = document.results;
  const { repeats, battery, energy } = result;
  expect(repeats).toMatchObject({ rule: "mlperf-tiny", met: true });
  expect(repeats.windows).toHaveLength(5);
  for (const { seconds, count, joulesEach } of repeats.windows) {
    expect(seconds).toBeGreaterThanOrEqual(10);
    // 2 W, whatever an inference takes
    expect(joulesEach.value * count).toBeCloseTo(2 * seconds, 0);
  }
  const values = repeats.windows.map(
    ({ joulesEach }: { joulesEach: { value: number } }) => joulesEach.value,
  );
  expect(repeats.median.value).toBe([...values].sort((a, b) => a - b)[2]);
  expect(repeats.median.low).toBeLessThanOrEqual(Math.min(...values));
  // the whole is all five of them
  expect(energy.windowSeconds).toBeGreaterThanOrEqual(50);
  expect(battery).toMatchObject({ scope: "target", quality: "estimated", duty: 0.25 });
  // idle draws the same 2 W
  expect(battery.hours.value).toBeCloseTo(3.7, 1);
  expect(misfits("bench", document)).toEqual([]);
});

test("several meters: a median and a life by each of them, never mixed", async () => {
  const both = [
    "--meter",
    "sim:steady?watts=2&rate=100&noise=0,sim:steady?watts=4&rate=50&noise=0",
  ];
  const args = ["bench", layered, ...both, ...RULE];
  const { document } = await inOwnTime((io) => cliJson(args, io));
  const [{ repeats, otherRepeats, battery, otherBatteries }] = document.results;
  expect(misfits("bench", document)).toEqual([]);
  expect(repeats.meter).toContain("watts=2");
  expect(otherRepeats).toHaveLength(1);
  const [other] = otherRepeats;
  expect(other).toMatchObject({ rule: "mlperf-tiny", met: true, scope: "target" });
  expect(other.meter).toContain("watts=4");
  expect(other.windows.map(({ count }: { count: number }) => count)).toEqual(
    repeats.windows.map(({ count }: { count: number }) => count),
  );
  // the same inferences at twice the power, whatever they took: windows of both lie within a reading of each other
  expect(other.median.value / repeats.median.value).toBeCloseTo(2, 1);
  // 7.4 Wh at 2 W, and at 4 W
  expect(battery.hours.value).toBeCloseTo(3.7, 2);
  expect(otherBatteries[0].hours.value).toBeCloseTo(1.85, 2);
  const { stdout } = await inOwnTime((io) => cli(args, io));
  expect(stdout.match(/median of 5 windows/g)).toHaveLength(2);
  expect(stdout).toMatch(/^ +by sim:steady\?watts=4&rate=50&noise=0:$/m);
});

test("as text: each with scope and quality; a spiking network counts steps", async () => {
  const args = ["bench", "net:lif?current=20", ...METER, ...RULE];
  const { stdout } = await inOwnTime((io) => cli(args, io));
  expect(stdout).toMatch(
    /^repeats +median of 5 windows of [\d.]+ … .* per step, scope target, estimated$/m,
  );
  expect(stdout).toMatch(/^ +by MLPerf Tiny's rule/m);
  expect(stdout).toMatch(
    /^battery +2,000 mAh at 3\.70 V \(7\.40 Wh\) last 3\.\d\d h \(.*\), working 25\.0 % of the time; scope target, estimated$/m,
  );
});

test("refused before anything is compiled", async () => {
  for (const args of [
    ["--rule", "mlperf-tiny"],
    ["--battery", "2000@3.7"],
    ["--duty", "5"],
    ...["2000", "0@3", "1@0", "x@3", "-1@3", "1e9@@"].map((cell) => [...METER, "--battery", cell]),
    [...METER, "--rule", "mlperf"],
    [...METER, "--battery", "1@1", "--duty", "101"],
  ]) {
    expect((await failure("bench", layered, ...args)).errors[0]?.code).toBe("USAGE");
  }
});
