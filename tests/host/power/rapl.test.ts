import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { meterOf } from "../../../host/power/ledger.ts";
import { openRapl } from "../../../host/power/rapl.ts";
import { energyReport } from "../../../host/power/report.ts";
import { systemClock } from "../../../host/units.ts";
import { asOrdinaryUser, RANGE_UJ } from "../../support/powercap.ts";
import { PACKAGE, raplRigs } from "../../support/rapl-rig.ts";

const rig = raplRigs();

function problemOf(body: () => unknown) {
  try {
    body();
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems[0];
    throw error;
  }
  throw new Error("nothing was raised");
}

test("the difference of the counter, with one update of 1 ms at each end as its error", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.pass(2, (passed) => tree.set("intel-rapl:0", 1_000_000 + passed * 15_000_000));
  const { seconds, joules, samples, coverage } = await meter.stop();
  expect(seconds).toBeCloseTo(2, 9);
  expect(joules.value).toBeCloseTo(30, 9);
  expect(joules.low).toBeCloseTo(29.97, 9); // 15 W · 2 ms
  expect(joules.high).toBeCloseTo(30.03, 9);
  expect(samples).toBe(2); // after 1 s, after 2 s; the one at the end adds no time
  expect(coverage).toBe(1);
});

test("says what it is, what it reads and what it leaves out", () => {
  const meter = rig(PACKAGE).open();
  expect(meter).toMatchObject({
    uri: "rapl",
    name: "RAPL package-0",
    scope: "soc",
    quality: "derived",
    doesNotInclude: ["memory", "board", "storage", "USB", "power supply losses"],
  });
  expect(meter.method).toContain("intel-rapl:0/energy_uj");
});

test("a counter that turns: e1 + range − e0", async () => {
  const range = 262_143_999_938;
  const { tree, time, open } = rig({
    "intel-rapl:0": { name: "package-0", uj: 262_143_000_000, range },
  });
  const meter = open();
  await meter.start();
  time.pass(0.5);
  tree.set("intel-rapl:0", 500_000);
  expect((await meter.stop()).joules.value).toBeCloseTo(1.499938, 9);
});

test("the range of a real counter: 262,143,999,938 µJ, turned at 44 minutes of 100 W", async () => {
  const range = 262_143_999_938;
  const { tree, time, open } = rig({ "intel-rapl:0": { name: "package-0", uj: range - 5, range } });
  const meter = open();
  await meter.start();
  time.pass(1, (passed) => tree.set("intel-rapl:0", passed < 1 ? range - 5 : 99_999_995));
  // 5 µJ up to the turn and 99,999,995 µJ behind it
  expect((await meter.stop()).joules.value).toBeCloseTo(100, 9);
});

test("a counter that turns more than once in a window: 900 W for 160 s are 144 kJ", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.pass(160, (passed) =>
    tree.set("intel-rapl:0", (1_000_000 + Math.round(passed * 900e6)) % RANGE_UJ),
  );
  const { joules, coverage } = await meter.stop();
  expect(joules.value).toBeCloseTo(144_000, 3);
  expect(coverage).toBe(1);
});

test("packages are added; their memory-mapped twins, sub zones and psys are not", async () => {
  const zones = {
    "intel-rapl:0": { name: "package-0", uj: 0 },
    "intel-rapl:0:0": { name: "core", uj: 0 },
    "intel-rapl:0:1": { name: "dram", uj: 0 },
    "intel-rapl:1": { name: "package-1", uj: 0 },
    "intel-rapl:1:0": { name: "core", uj: 0 },
    "intel-rapl:2": { name: "psys", uj: 0 },
    "intel-rapl:10": { name: "package-2", uj: 0 },
    "intel-rapl-mmio:0": { name: "package-0", uj: 0 },
    dtpm: {},
  };
  const { tree, time, open } = rig(zones);
  const meter = open();
  expect(meter.name).toBe(
    "RAPL package-0 + package-1 + package-2 (sub zones not added: core, dram)",
  );
  await meter.start();
  time.pass(0.01);
  Object.keys(zones).forEach((zone, k) => {
    if (zone !== "dtpm") tree.set(zone, 10 ** k);
  });
  expect((await meter.stop()).joules.value * 1e6).toBeCloseTo(1 + 10 ** 3 + 10 ** 6, 6);
});

test("psys is another meter: the platform", async () => {
  const { tree, time, open } = rig({ ...PACKAGE, "intel-rapl:1": { name: "psys", uj: 7 } }, "psys");
  const meter = open();
  expect(meter).toMatchObject({ uri: "rapl:psys", name: "RAPL psys", scope: "board" });
  await meter.start();
  time.pass(0.01);
  tree.set("intel-rapl:1", 2_000_007);
  expect((await meter.stop()).joules.value).toBeCloseTo(2, 9);
});

test("sub zones are named down to the third level, each where it stands", () => {
  const { open } = rig({
    ...PACKAGE,
    "intel-rapl:0:0": { name: "core" },
    "intel-rapl:0:0:0": { name: "module" },
    "intel-rapl:0:0:0:0": { name: "thread" },
    "intel-rapl:0:0:0:0:0": { name: "too deep" },
    "intel-rapl:0:2": {},
    "intel-rapl:0:10": { name: "dram" },
  });
  expect(open().name).toBe(
    "RAPL package-0 (sub zones not added: core, module, thread, intel-rapl:0:2, dram)",
  );
});

test("what only the memory-mapped interface has is added to the others", () => {
  const { open } = rig({
    ...PACKAGE,
    "intel-rapl-mmio:0": { name: "package-0", uj: 0 },
    "intel-rapl-mmio:1": { name: "package-1", uj: 0 },
  });
  expect(open().name).toBe("RAPL package-0 + package-1");
});

test("a computer with only the memory-mapped interface", () => {
  const { open } = rig({ "intel-rapl-mmio:0": { name: "package-0", uj: 0 } });
  expect(open().name).toBe("RAPL package-0");
});

test("AMD's zones and those of a package with two dies", () => {
  const amd = { ...PACKAGE, "intel-rapl:0:0": { name: "core", uj: 5 } };
  expect(rig(amd).open().name).toBe("RAPL package-0 (sub zones not added: core)");
  const dies = rig({
    "intel-rapl:0": { name: "package-0-die-0", uj: 5 },
    "intel-rapl:1": { name: "package-0-die-1", uj: 5 },
  });
  expect(dies.open().name).toBe("RAPL package-0-die-0 + package-0-die-1");
});

test("readable by root only: the rule that outlives a boot, its price, and no mode is changed", () => {
  const { tree, open } = rig(PACKAGE);
  const file = tree.file("intel-rapl:0", "energy_uj");
  chmodSync(file, 0o400);
  if (process.geteuid?.() !== 0) chmodSync(file, 0o000); // its owner may read a file of 0400
  const mode = statSync(file).mode;
  const problem = problemOf(() => asOrdinaryUser(open));
  expect(problem).toMatchObject({ code: "METER_MISSING", got: "EACCES, readable by root only" });
  expect(problem?.where).toMatch(/intel-rapl:0\/energy_uj$/);
  expect(problem?.remedy).toContain("/etc/tmpfiles.d/twentywatt-rapl.conf");
  expect(problem?.remedy).toContain(
    "z /sys/devices/virtual/powercap/intel-rapl/intel-rapl:*/energy_uj 0444 root root -",
  );
  expect(problem?.remedy).toContain("CVE-2020-8694");
  expect(problem?.remedy).not.toContain("chmod");
  expect(statSync(file).mode).toBe(mode);
});

test("whoever may not read the counter hears that first, whatever else is missing", () => {
  const { tree, open } = rig({ "intel-rapl:0": { name: "package-0", uj: 1, range: "" } });
  chmodSync(tree.file("intel-rapl:0", "energy_uj"), 0o000);
  expect(problemOf(() => asOrdinaryUser(open))?.where).toMatch(/energy_uj$/);
});

test("the rule names the memory-mapped interface where that is what there is", () => {
  const { tree, open } = rig({ "intel-rapl-mmio:0": { name: "package-0", uj: 0 } });
  chmodSync(tree.file("intel-rapl-mmio:0", "energy_uj"), 0o000);
  expect(problemOf(() => asOrdinaryUser(open))?.remedy).toContain(
    "/powercap/intel-rapl-mmio/intel-rapl-mmio:*/energy_uj",
  );
});

test("no powercap, no zones, no such zone", () => {
  const none = problemOf(() => openRapl("package", { root: "/nonexistent" }));
  expect(none).toMatchObject({ code: "METER_MISSING", got: "no RAPL zone" });
  expect(none?.remedy).toContain("--meter estimate");
  expect(problemOf(rig({}).open)?.got).toBe("no RAPL zone");
  expect(problemOf(rig(PACKAGE, "psys").open)?.expected).toBe("a zone named psys");
  expect(problemOf(rig({ "intel-rapl:0": { uj: 5 } }).open)?.got).toBe("no RAPL zone");
});

test.each([
  ["nothing", ""],
  ["words", "not supported"],
  ["a negative number", "-5"],
  ["a fraction", "1.5"],
  ["two numbers", "12 34"],
  ["more digits than a double counts", "18446744073709551615"],
  ["more than the range", RANGE_UJ + 1],
])("a counter that holds %s is no counter", (_, uj) => {
  const problem = problemOf(rig({ "intel-rapl:0": { name: "package-0", uj } }).open);
  expect(problem).toMatchObject({ code: "METER_MISSING", got: JSON.stringify(`${uj}`) });
});

test("a counter may hold its whole range", () => {
  expect(rig({ "intel-rapl:0": { name: "package-0", uj: RANGE_UJ } }).open().uri).toBe("rapl");
});

test.each([
  ["is missing", ""],
  ["is zero", 0],
  ["is a word", "infinite"],
])("a range that %s", (_, range) => {
  const problem = problemOf(rig({ "intel-rapl:0": { name: "package-0", uj: 5, range } }).open);
  expect(problem?.code).toBe("METER_MISSING");
  expect(problem?.where).toMatch(/max_energy_range_uj$/);
});

test("a counter that is missing or is a folder", () => {
  expect(problemOf(rig({ "intel-rapl:0": { name: "package-0" } }).open)?.got).toBe("ENOENT");
  const { tree, open } = rig({ "intel-rapl:0": { name: "package-0" } });
  mkdirSync(join(tree.root, "intel-rapl:0", "energy_uj"));
  expect(problemOf(open)?.got).toBe("EISDIR");
});

test("an interval that may hide a whole turn is a gap, and what was counted in it is left out", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.pass(20, (passed) => tree.set("intel-rapl:0", 1_000_000 + passed * 10e6));
  time.block(80); // 65.5 kJ may be over after 65.5 s at 1 kW
  tree.set("intel-rapl:0", 900_000_000);
  const { seconds, joules, coverage } = await meter.stop();
  expect(seconds).toBeCloseTo(100, 9);
  expect(joules.value).toBeCloseTo(200, 6);
  expect(coverage).toBeCloseTo(0.2, 9);
});

test("a counter that may have turned twice in a window is no figure, and the report says why", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.block(140); // two turns of 65.5 kJ take 131 s at 1 kW
  tree.set("intel-rapl:0", 900_000_000);
  const active = await meter.stop();
  const work = { inferences: 10, steps: 10, spikes: null, synapticEvents: null };
  const report = energyReport(meter, { idle: [], active }, work);
  expect([report.activeWatts, report.joulesPerInference, report.brain.shareOf20W]).toEqual([
    ...[null, null, null],
  ]);
  expect(report.energyMissing?.reason).toContain("may have turned unseen");
});

test("an interval that cannot hide one is none, however long the process was busy", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.block(65);
  tree.set("intel-rapl:0", 651_000_000);
  const { joules, coverage, samples } = await meter.stop();
  expect([joules.value, coverage, samples]).toEqual([expect.closeTo(650, 6), 1, 1]);
});

test("a counter that stands still measures nothing: no reading, not 0 W", async () => {
  const { time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.pass(5);
  expect(await meter.stop()).toMatchObject({ coverage: 0, joules: { value: 0 } });
});

test("a window of no length", async () => {
  const meter = rig(PACKAGE).open();
  await meter.start();
  expect(await meter.stop()).toEqual({
    seconds: 0,
    joules: { value: 0, low: 0, high: 0 },
    samples: 0,
    coverage: 0,
  });
});

test("a window between two updates is no reading, not 0 W", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.pass(0.0007);
  expect(await meter.stop()).toMatchObject({ coverage: 0, joules: { value: 0 } });
  // what was counted before stays counted, however soon after the last reading the window ends
  await meter.start();
  time.pass(1, (passed) => tree.set("intel-rapl:0", 1_000_000 + passed * 5_000_000));
  time.pass(0.0005);
  const { coverage, joules } = await meter.stop();
  expect(coverage).toBeCloseTo(1, 2); // but for the last half millisecond
  expect(joules.low).toBeLessThan(5);
  expect(joules.high).toBeGreaterThan(5);
});

test("in a window as short as an update the low bound is 0", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  time.pass(0.001);
  tree.set("intel-rapl:0", 1_010_000);
  const { joules } = await meter.stop();
  expect(joules.low).toBe(0);
  expect(joules.value).toBeCloseTo(0.01, 9);
  expect(joules.high).toBeCloseTo(0.03, 9);
});

test("a counter that cannot be read for a while loses nothing; one that stays away is the window's loss", async () => {
  const { tree, time, open } = rig(PACKAGE);
  const meter = open();
  await meter.start();
  rmSync(tree.file("intel-rapl:0", "energy_uj"));
  time.pass(3);
  tree.set("intel-rapl:0", 5_000_000);
  const { joules, coverage } = await meter.stop();
  expect([joules.value, coverage]).toEqual([expect.closeTo(4, 9), 1]);
  await meter.start();
  rmSync(tree.file("intel-rapl:0", "energy_uj"));
  time.pass(3);
  expect((await meter.stop()).loss).toMatchObject({ code: "METER_MISSING" });
});

test("the timer of its own does not keep the process alive, and ends with the window", async () => {
  const { tree } = rig(PACKAGE);
  const [set, clear] = [vi.spyOn(globalThis, "setInterval"), vi.spyOn(globalThis, "clearInterval")];
  try {
    const meter = meterOf(openRapl("package", { root: tree.root }), systemClock);
    await meter.start();
    const timer = set.mock.results[0]?.value as NodeJS.Timeout;
    expect([set.mock.calls[0]?.[1], timer.hasRef()]).toEqual([1000, false]);
    expect(clear).not.toHaveBeenCalled();
    await meter.stop();
    await meter.close();
    expect(clear).toHaveBeenCalledWith(timer);
  } finally {
    vi.restoreAllMocks();
  }
});

test("one timer for all windows, every second, and none after close()", async () => {
  const { time, open } = rig(PACKAGE);
  const meter = open();
  expect(time.timers()).toBe(0);
  await meter.start();
  await meter.start();
  expect(time.timers()).toBe(1);
  await meter.stop();
  await meter.start();
  expect(time.timers()).toBe(1);
  await meter.close();
  expect(time.timers()).toBe(0);
});
