/** Pins around local steps, and windows that they cut: from the command line to figures of single steps. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setter } from "../../../host/cli/marker-pins.ts";
import { localTarget, MARK } from "../../../host/runtime/index.ts";
import { openGpioOutput } from "../../../host/sensors/gpio.ts";
import { NOT_BUILT } from "../../support/built.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { FakeMeter } from "../../support/fake-meter.ts";
import { computer, PI4 } from "../../support/gpio-opening.ts";
import { exportGlobals, GLOBALS, handmade } from "../../support/handmade-module.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const layered = file("flatten.tflite", FLATTEN);

describe("pins of this computer", () => {
  const MODULE = `${exportGlobals(GLOBALS)}
export function init(): i32 { return 0; }
export function step(): i32 {
  if (load<i32>(16) == 1) unreachable();
  return load<i32>(16) == 2 ? -1 : 0;
}`;

  test("high around the step, and low again whatever became of it", async () => {
    const levels: number[] = [];
    const session = await localTarget((now) => levels.push(now)).load(
      await handmade({ source: MODULE }),
    );
    const step = (wish: number) =>
      session.step(Uint8Array.of(wish, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(8));
    const around = [MARK.work, MARK.work | MARK.step, MARK.work, 0];
    expect(levels).toEqual([]);
    step(0);
    expect(levels.splice(0)).toEqual(around);
    expect(() => step(1)).toThrow(/DEVICE_TRAP/);
    expect(levels.splice(0)).toEqual([...around.slice(0, 2), 0]);
    expect(() => step(2)).toThrow(/DEVICE_TRAP/);
    expect(levels.splice(0)).toEqual(around);
    expect(() => session.step(new Uint8Array(3), new Uint8Array(8))).toThrow(/INPUT_SIZE/);
    expect(levels).toEqual([]);
  });

  test("each level once, through the character device: one pin, and two", async () => {
    const kernel = computer(PI4);
    const said = { say: () => {} };
    const step = await openGpioOutput("gpio:17", said, kernel.host());
    const set = setter([step]);
    for (const levels of [2, 3, 2, 0, 2, 3, 2, 0]) set(levels);
    expect(kernel.levels).toEqual([1, 0, 1, 0]);
    await step.close();
    const written: string[] = [];
    const pin = (name: string) => ({ write: (level: 0 | 1) => written.push(`${name}${level}`) });
    const both = setter([pin("s"), pin("w")] as never);
    for (const levels of [2, 3, 2, 0]) both(levels);
    expect(written).toEqual(["w1", "s1", "s0", "w0"]);
  });

  test.each([
    [["--target", "board:/dev/no-such-port", "--marker", "gpio:17"], "Leave it out"],
    [["--target", "wasm3", "--marker", "gpio:17"], "--target local"],
    [["--marker", "gpio:17,gpio:17"], "gpio:17,gpio:27"],
    [["--marker", "gpio:17,gpio:27,gpio:22"], "gpio:17,gpio:27"],
    [["--marker", "17"], "gpio:"],
    [["--meter", "sim:steady?marker=serial"], "marker=clock"],
    [["--meter", "sim:steady?marker=D9"], "marker=D0 to D7"],
  ])("refused: %j", async (args, word) => {
    const { code, errors } = await failure("run", layered, ...args);
    expect([code, errors[0]?.code]).toEqual([2, "USAGE"]);
    expect(JSON.stringify(errors[0])).toContain(word);
  });
});

test("by this computer's clock, on this computer: a window for each step, said as such", async () => {
  const meter = "sim:steady?watts=2&noise=0&rate=100000&marker=clock";
  const args = ["--build", "mvp", "--seconds", "0.5", "--meter", meter];
  const { document } = await cliJson(["bench", "net:cuba?neurons=200", ...args]);
  const { energy, n } = document.results[0];
  expect(energy).toMatchObject({ meter, windows: { by: "clock", skewPpm: null } });
  const { windows, joulesPerStep } = energy;
  // those of warming up are steps too
  expect(windows.count).toBeGreaterThan(0.5 * n);
  if (joulesPerStep !== null) {
    expect(joulesPerStep.value).toBeCloseTo(2 * windows.secondsEach, 7);
  }
});

const missing = missingPosix() ?? NOT_BUILT;
const fakeTest = testUnless(missing);

test("a rule of whole windows and windows of single steps are not both", async () => {
  const { errors } = await failure(
    ...["bench", layered, "--rule", "mlperf-tiny", "--meter", "sim:pulses?marker=D0"],
  );
  expect(errors).toMatchObject([{ code: "USAGE", where: "--rule" }]);
});

describe("a fake PPK2 behind a board", () => {
  const marker = path("pins");
  let board: PosixBoard;
  let meter: FakeMeter;
  beforeAll(async () => {
    if (missing) return;
    board = await PosixBoard.start("--marker", marker);
    meter = await FakeMeter.start(marker, 2, 12);
  });
  afterAll(async () => {
    await meter?.close();
    await board?.close();
  });
  const args = (query: string) => [
    ...["--target", `board:${board.path}`],
    ...["--meter", `ppk2:${meter.path}?mode=source&mv=3300&${query}`],
  ];
  /** 12 mA at 3.3 V while a step runs. */
  const STEP_WATTS = 0.0396;

  fakeTest("run: joules of each step by its pins, with the network's own counters", async () => {
    const network = ["run", "net:cuba?neurons=400", "--steps", "200"];
    const { document } = await cliJson([...network, ...args("marker=D0+D1")]);
    const { energy, counters } = document;
    const { windows } = energy;
    expect(counters).toMatchObject({ steps: 200 });
    expect(windows).toMatchObject({ by: "D0+D1" });
    expect(windows.count).toBeGreaterThan(1);
    expect(windows.count).toBeLessThanOrEqual(200);
    const watts = windows.joulesEach.value / windows.secondsEach;
    expect(Math.abs(watts / STEP_WATTS - 1)).toBeLessThan(0.1);
    // what is idle in the window is not in the figures: a computer that is busy may lose readings, and then there are none
    if (energy.joulesPerStep !== null) {
      const joules = 200 * energy.joulesPerStep.value;
      expect(energy.joulesPerInference.value).toBeCloseTo(joules, 12);
      expect(energy.joulesPerSynapticEvent.value).toBeCloseTo(joules / counters.synapticEvents, 12);
      expect(energy.brain.timesBrainLow).toBeLessThan(energy.brain.timesBrainHigh);
    } else {
      expect(energy.energyMissing.reason).toMatch(/readings cover/);
    }
  });

  fakeTest("bench: the same, one step a request; as a person reads it", async () => {
    const { stdout } = await cli(["bench", layered, "--seconds", "0.3", ...args("marker=D0")]);
    expect(stdout).toMatch(/windows cut by D0, sampled together with the power: [\d,]+ steps/);
    expect(stdout).toContain("derived: Nordic PPK2 (hardware fake)");
  });

  fakeTest("the board's own time, and this computer's clock: their doubt is said", async () => {
    const network = ["run", "net:cuba?neurons=400", "--steps", "100"];
    const serial = (await cliJson([...network, ...args("marker=serial")])).document.energy;
    expect(serial.windows).toMatchObject({ by: "serial" });
    expect(serial.windows.method).toContain("between request and answer");
    const clock = (await cliJson([...network, ...args("marker=clock")])).document.energy;
    expect(clock.windows.method).toContain("from each request to its answer");
    // a step is shorter than its request, and somewhere in it: the doubt is all that the power changes by, 10 mA at 3.3 V
    const { joulesEach, secondsEach } = serial.windows;
    if (joulesEach !== null) {
      expect(joulesEach.high - joulesEach.low).toBeGreaterThan(0.033 * secondsEach);
    }
    expect(serial.windows.secondsEach).toBeLessThan(clock.windows.secondsEach);
  });

  fakeTest("devices names the board's pins; a board without them is warned of", async () => {
    const named = await cliJson(["devices", `board:${board.path}`]);
    const [row] = named.document.ports.filter(
      ({ target }: { readonly target: string }) => target === `board:${board.path}`,
    );
    expect(row.board.marks).toEqual(["step", "work"]);
    expect((await cli(["devices", `board:${board.path}`])).stdout).toContain(
      "marker pins: step, work",
    );
    const bare = await PosixBoard.start();
    try {
      const [, , ...meters] = args("marker=D0+D1");
      const call = ["run", layered, "--samples", "3", "--target", `board:${bare.path}`, ...meters];
      const { document } = await cliJson(call);
      expect(document.warnings.join()).toContain(
        "the firmware of posix has no step pin for D0 and no work pin for D1",
      );
    } finally {
      await bare.close();
    }
  });

  fakeTest("another pin: no figure, and none in its place", async () => {
    const network = ["run", "net:cuba?neurons=400", "--steps", "50"];
    const { document } = await cliJson([...network, ...args("marker=D4")]);
    expect(document.energy).toMatchObject({ joulesPerStep: null, joulesPerInference: null });
    expect(document.energy.energyMissing.reason).toMatch(/no whole pulse on D4|cover/);
  });
});
