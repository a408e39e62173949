import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { CORE_CLASSES, type CoreClassName, isWithin } from "../../../host/power/core-classes.ts";
import { openEstimate } from "../../../host/power/estimate.ts";
import { boardMachine, type Machine, thisComputer } from "../../../host/power/machine.ts";

/** What has worked so far, as a test sets it. */
function workOf(machine: Partial<Machine>) {
  const work: { ns: bigint | null } = { ns: 5_000_000_000n }; // no clock starts at 0
  const own: Machine = { ...thisComputer(EPYC), ...machine, countWork: () => () => work.ns };
  return { work, machine: own };
}

const EPYC = { arch: "x64", model: "AMD EPYC 7763", cpuinfo: "", board: "" };
const UNKNOWN = { ...EPYC, model: "QEMU Virtual CPU version 2.5+" };
const PI_5 = { ...EPYC, arch: "arm64", board: "Raspberry Pi 5 Model B Rev 1.0" };
const CONTAINER_ON_PI_5 = { ...PI_5, board: "", cpuinfo: "CPU part\t: 0xd0b\n" };
const RISCV = { ...EPYC, arch: "riscv64", model: "" };
const PICO = boardMachine("the board pico2", () => () => 0n);

test("time worked × the bounds of one core; between them their geometric mean", async () => {
  const { work, machine } = workOf({ coreClass: "pi5" }); // 1 … 3.5 W
  const meter = openEstimate(null, machine);
  await meter.start();
  work.ns = 9_000_000_000n;
  const { seconds, joules, samples, coverage } = await meter.stop();
  expect(seconds).toBeCloseTo(4, 9);
  expect(joules.low).toBeCloseTo(4, 9);
  expect(joules.high).toBeCloseTo(14, 9);
  expect(joules.value).toBeCloseTo(7.483314773547883, 9); // 4 · √3.5
  expect([samples, coverage]).toEqual([0, 0]); // nothing was read
});

test("a second window begins anew", async () => {
  const { work, machine } = workOf({});
  const meter = openEstimate(null, machine);
  await meter.start();
  work.ns = 6_000_000_000n;
  await meter.stop();
  await meter.start();
  work.ns = 6_500_000_000n;
  expect((await meter.stop()).seconds).toBeCloseTo(0.5, 9);
});

test("work that nobody can tell any more is no reading", async () => {
  const { work, machine } = workOf({});
  const meter = openEstimate(null, machine);
  await meter.start();
  work.ns = null;
  expect(await meter.stop()).toMatchObject({ seconds: 0, joules: { value: 0, low: 0, high: 0 } });
});

test("is tagged as what it is, with its time, its bounds and their source", () => {
  const meter = openEstimate(null, thisComputer(EPYC));
  expect(meter).toMatchObject({
    uri: "estimate",
    name: "estimate for one x86 server core",
    scope: "core",
    quality: "estimated",
    doesNotInclude: ["other programs", "idle cores", "memory", "board", "power supply losses"],
  });
  expect(meter.method).toContain("processor time of this process × 2.6 … 20 W");
  expect(meter.method).toContain("EPYC 9965");
});

test("on a board: a microcontroller, and the board's own time", () => {
  for (const name of [null, "microcontroller"]) {
    const meter = openEstimate(name, PICO);
    expect(meter.name).toBe("estimate for one microcontroller");
    expect(meter.method).toMatch(/^the board's own time of its steps × 0\.01 … 0\.5 W/);
    expect(meter.doesNotInclude).toContain("waiting between steps");
  }
});

function refusal(name: string | null, machine: Machine) {
  try {
    openEstimate(name, machine);
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems[0];
    throw error;
  }
  return null;
}

test.each([
  ["microcontroller", thisComputer(EPYC), "x86-server"],
  ["x86-laptop", thisComputer(EPYC), "x86-server"],
  ["x86-other", thisComputer(EPYC), "x86-server"],
  ["pi5", thisComputer(EPYC), "x86-server"],
  ["pi4", thisComputer(PI_5), "pi5"],
  ["x86-server", PICO, "microcontroller"],
  ["pi4", thisComputer(CONTAINER_ON_PI_5), "cortex-a76"],
] as const)("the class of another machine is refused: %s", (name, machine, fits) => {
  const problem = refusal(name, machine);
  expect(problem).toMatchObject({ code: "METER_MISSING", expected: `estimate:${fits}` });
  expect(problem?.got).toBe(`estimate:${name}, but the work runs on ${machine.name}`);
});

test.each([
  ["x86-server", thisComputer(EPYC)],
  ["x86-laptop", thisComputer(UNKNOWN)],
  ["pi5", thisComputer(PI_5)],
  ["pi5", thisComputer(CONTAINER_ON_PI_5)], // which has no device tree to look at
  ["cortex-a76", thisComputer(CONTAINER_ON_PI_5)],
] as const)("a class may say more than the machine does: %s", (name, machine) => {
  expect(openEstimate(name, machine).uri).toBe(`estimate:${name}`);
});

test("a machine without figures is refused, whatever is named", () => {
  for (const name of [null, "arm-other", "microcontroller"]) {
    const problem = refusal(name, thisComputer(RISCV));
    expect(problem).toMatchObject({ code: "METER_MISSING", expected: "a machine with figures" });
    expect(problem?.got).toContain("no class has figures for riscv64");
  }
});

test("an unknown class is refused with every one that there is, in one line, and where they are described", () => {
  for (const name of ["i7", "pi3", "toString", ""]) {
    const problem = refusal(name, thisComputer(EPYC));
    expect(problem).toMatchObject({ code: "METER_MISSING", got: `estimate:${name}` });
    const named = problem?.expected.replace(/^.* one of /, "").split(", ");
    expect(named).toEqual(Object.keys(CORE_CLASSES));
    expect(problem?.remedy).toContain("`twentywatt help meters`");
    expect(JSON.stringify(problem)).not.toContain("\\n");
  }
});

test("every class has bounds in order, a source, and lies in a wider one with wider bounds", () => {
  const names = Object.keys(CORE_CLASSES) as CoreClassName[];
  for (const name of names) {
    const { lowWatts, highWatts, source, within } = CORE_CLASSES[name];
    expect(lowWatts).toBeGreaterThan(0);
    expect(highWatts).toBeGreaterThan(lowWatts);
    expect(source).toMatch(/ratings|Raspberry Pi|reasoned/);
    if (within === null) continue;
    expect([isWithin(name, within), isWithin(within, name)]).toEqual([true, false]);
    expect(CORE_CLASSES[within].lowWatts).toBeLessThanOrEqual(lowWatts);
    expect(CORE_CLASSES[within].highWatts).toBeGreaterThanOrEqual(highWatts);
  }
});

test("Raspberry Pi 5: what its regulators say of one core lies inside the bounds", () => {
  // VDD_CORE under full load and near idle, over four cores
  const watts = (10.87674 * 0.8974594 - 1.4288 * 0.9065925) / 4;
  expect(CORE_CLASSES.pi5.lowWatts).toBeLessThan(watts);
  expect(CORE_CLASSES.pi5.highWatts).toBeGreaterThan(watts);
});
