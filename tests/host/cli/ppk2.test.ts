/** A PPK2 behind `power`, `run` and `bench`, from the command line to figures that say what they are of. */
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { FakePpk2 } from "../../support/fake-ppk2.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN } from "../../support/small-models.ts";
import { kernelTest } from "../../support/system-calls.ts";

const missing = missingPosix();
const posixTest = testUnless(missing);
const { file, path } = folderOfFiles();
const layered = file("flatten.tflite", FLATTEN);
let posix: PosixBoard;
beforeAll(async () => {
  if (!missing) posix = await PosixBoard.start();
});
afterAll(() => posix?.close());

const devices: FakePpk2[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});
/** 0.1060013 A at 3.3 V. */
const WATTS = 0.34980429;
function fake(samples = Number.POSITIVE_INFINITY): FakePpk2 {
  const load = () => ({ adc: 2000, range: 3, marks: 1 });
  const made = new FakePpk2({ load, samples, pace: "real" });
  devices.push(made);
  return made;
}

kernelTest("power: watts of its scope, every reading to a file with its pins", async () => {
  const export_ = path("power.csv");
  const args = ["power", "--meter", `ppk2:${fake().path}`, "--seconds", "1"];
  const { code, stdout, stderr } = await cli([...args, "--export", "csv", export_]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/350 mW .*1\.75 % of 20 W {2}target, derived/);
  expect(stderr).toContain("3300 mV, as it was left, and goes on");
  const [head = "", first = ""] = readFileSync(export_, "utf8").split("\n");
  const row = Object.fromEntries(head.split(",").map((name, k) => [name, first.split(",")[k]]));
  expect(row).toMatchObject({
    scope: "target",
    quality: "derived",
    volts: "3.3",
    marks: "1",
    lost: "0",
  });
  expect(Number(row.watts)).toBeCloseTo(WATTS, 5);
});

kernelTest(
  "power: pulled out, the error is coded, and what came before stands in summary and file",
  async () => {
    const device = fake();
    const export_ = path("pulled.csv");
    const pulled = setTimeout(() => device.close(), 1500);
    const { code, stdout, stderr } = await cli([
      ...["power", "--meter", `ppk2:${device.path}`, "--seconds", "30", "--export", "csv", export_],
    ]);
    clearTimeout(pulled);
    expect(code).toBe(1);
    expect(stderr).toContain("METER_LOST: --meter ppk2:");
    expect(stdout).toMatch(/^power +350 mW in the mean/m); // the summary of what was measured
    expect(readFileSync(export_, "utf8").split("\n").length).toBeGreaterThan(1000);
  },
);

posixTest("run on a board: joules with what they leave out, and the share of 20 W", async () => {
  const meter = `ppk2:${fake().path}?mode=source&mv=3300`;
  const target = `board:${posix.path}`;
  const { document } = await cliJson(["run", layered, "--target", target, "--meter", meter]);
  const { energy } = document;
  expect(energy).toMatchObject({ meter, scope: "target", quality: "derived" });
  expect(energy.doesNotInclude.join()).toContain("does not feed");
  expect(energy.idleWatts.value).toBeCloseTo(WATTS, 4);
  const { low, high } = energy.idleWatts;
  // the instrument's own accuracy is no smaller because its readings agree
  expect(low).toBeLessThan(0.9 * WATTS);
  expect(high).toBeGreaterThan(1.1 * WATTS);
});

kernelTest("run on this computer", async () => {
  const { document } = await cliJson(["run", layered, "--meter", `ppk2:${fake().path}`]);
  expect(document.energy).toMatchObject({ scope: "target" });
});

for (const [kind, network] of [
  ["layered", layered],
  ["spiking", "net:perceptron"],
] as const) {
  kernelTest(`what is refused later leaves no meter open, ${kind}`, async () => {
    const device = fake();
    const args = ["--meter", `ppk2:${device.path}`, "--expect", path("no-such.bin")];
    const { errors } = await failure("run", network, ...args);
    expect(errors[0]?.code).toBe("IO");
    // silence, metadata, mode, millivolts, power; then silence again as it is closed
    await device.heard(6);
    expect(device.commands.at(-1)).toEqual([0x07]);
  });
}

kernelTest("a port where no PPK2 is", async () => {
  const { errors } = await failure("power", "--meter", "ppk2:/dev/no-such-port");
  expect(errors).toMatchObject([
    { code: "METER_MISSING", where: "--meter ppk2:/dev/no-such-port" },
  ]);
});
