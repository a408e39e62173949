/**
 * RAPL through perf. No processor here has its counters: descriptions and counts are made by the test, and the system call is
 * made for real with an event of the kernel's own, cpu-clock, which counts a nanosecond a nanosecond. Called a nanojoule each, a
 * processor draws one watt.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { openWithoutBlocking } from "../../../host/linux/descriptor.ts";
import { loadPerfCalls } from "../../../host/linux/libc.ts";
import { openCounter, type PerfEvent, perfEvent } from "../../../host/linux/perf.ts";
import { codeOf, type PerfCalls, systemError } from "../../../host/linux/system-calls.ts";
import { meterOf } from "../../../host/power/ledger.ts";
import { metersHere, openMeter, openPower } from "../../../host/power/open.ts";
import { openRaplPerf } from "../../../host/power/rapl-perf.ts";
import { systemClock } from "../../../host/units.ts";
import { fakeTime, whileOrdinaryUser } from "../../support/powercap.ts";
import { type NamedTest, testUnless } from "../../support/skip.ts";
import { Computer, type Content } from "../../support/sysfs.ts";

const PMU = "sys/bus/event_source/devices/power";
/** As an Intel server with two sockets shows it. */
const FILES = {
  [`${PMU}/type`]: 9,
  [`${PMU}/cpumask`]: "0,24",
  [`${PMU}/format/event`]: "config:0-7",
  [`${PMU}/events/energy-pkg`]: "event=0x02",
  [`${PMU}/events/energy-pkg.scale`]: "2.3283064365386962890625e-10",
  [`${PMU}/events/energy-pkg.unit`]: "Joules",
  "proc/sys/kernel/perf_event_paranoid": 2,
} as const;

const computers: Computer[] = [];
afterEach(() => {
  for (const computer of computers.splice(0)) computer.remove();
});
function computer(more: Readonly<Record<string, Content>> = {}): Computer {
  const made = new Computer({ ...FILES, ...more });
  computers.push(made);
  return made;
}

/** Counters in the place of the kernel's: a pipe each, whose next count is written before it is read. */
function counting(root: string) {
  const opened: { readonly attributes: Uint8Array; readonly cpu: number; readonly fd: number }[] =
    [];
  const perf: PerfCalls = {
    perfEventOpen(attributes, pid, cpu) {
      if (pid !== -1) throw systemError("perf_event_open", 22);
      const pipe = join(root, `counter-${cpu}`);
      execFileSync("mkfifo", [pipe]);
      const fd = openWithoutBlocking(pipe);
      opened.push({ attributes: attributes.slice(), cpu, fd });
      return fd;
    },
  };
  const next = (...counts: readonly bigint[]) => {
    for (const [k, count] of counts.entries()) {
      writeSync(opened[k]?.fd ?? -1, new Uint8Array(BigUint64Array.of(count).buffer));
    }
  };
  return { perf, opened, next };
}

const refusing = (errno: number): PerfCalls => ({
  perfEventOpen() {
    throw systemError("perf_event_open", errno);
  },
});

describe("descriptions", () => {
  test("type, code, scale and processors", () => {
    expect(perfEvent(computer().root, "power", "energy-pkg")).toEqual({
      ...{ name: "energy-pkg", type: 9, config: 2n, unit: "Joules", cpus: [0, 24] },
      scale: 2 ** -32,
    });
    const { root } = computer({ [`${PMU}/cpumask`]: "0-2,8" });
    expect(perfEvent(root, "power", "energy-pkg")?.cpus).toEqual([0, 1, 2, 8]);
  });

  test.each<[string, Content]>([
    ["type", "power"],
    ["cpumask", ""],
    ["cpumask", "0x3"],
    ["format/event", "config1:0-7"],
    ["events/energy-pkg", "event=0x02,umask=0x1"],
    ["events/energy-pkg", "2"],
    ["events/energy-pkg.scale", ""],
    ["events/energy-pkg.scale", "0"],
    ["events/energy-pkg.scale", "-1"],
    ["events/energy-pkg.scale", "1e999"],
  ])("%s: %j is no description, and nothing is counted by it", async (file, content) => {
    const { root } = computer({ [`${PMU}/${file}`]: content });
    expect(perfEvent(root, "power", "energy-pkg")).toBeNull();
    expect(await openRaplPerf("package", { root, perf: refusing(13) })).toBeNull();
  });

  test("another unit is another quantity", async () => {
    const { root } = computer({ [`${PMU}/events/energy-pkg.unit`]: "Watts" });
    expect(await openRaplPerf("package", { root, perf: refusing(13) })).toBeNull();
  });
});

describe("counts by hand", () => {
  test("two packages: 2^32 counts are a joule, and differences are added", async () => {
    const { root } = computer();
    const { perf, opened, next } = counting(root);
    const { clock, every, pass } = fakeTime();
    // counts are read once at the opening: they must be there
    const early: PerfCalls = {
      perfEventOpen(...args) {
        const fd = perf.perfEventOpen(...args);
        writeSync(fd, new Uint8Array(BigUint64Array.of(7n << 32n).buffer));
        return fd;
      },
    };
    const power = await openRaplPerf("package", { root, perf: early, clock, every });
    if (power === null) throw new Error("no meter");
    expect(power.facts).toMatchObject({
      uri: "rapl",
      name: "RAPL energy-pkg through perf, processors 0, 24",
      scope: "soc",
      quality: "derived",
    });
    expect(power.facts.method).toMatch(/^difference of power\/energy-pkg\/ of perf on/);
    expect(opened.map(({ cpu }) => cpu)).toEqual([0, 24]);
    // type 9, size 64, config 2, and nothing else
    const words = [...new Uint32Array(opened[0]?.attributes.buffer ?? new ArrayBuffer(0))];
    expect(words).toEqual([9, 64, 2, ...Array(13).fill(0)]);
    const meter = meterOf(power, clock, () => new Promise(() => {}));
    next(7n << 32n, 7n << 32n);
    next(7n << 32n, 7n << 32n);
    await meter.start();
    pass(0.5);
    next((7n << 32n) + (3n << 31n), (7n << 32n) + (1n << 34n)); // 1.5 J and 4 J
    const { joules, coverage } = await meter.stop();
    await meter.close();
    expect(joules.value).toBeCloseTo(5.5, 9);
    expect(coverage).toBe(1);
  });

  test("a count that goes back is a gap, not a turn", async () => {
    const { root } = computer({ [`${PMU}/cpumask`]: "0" });
    const { perf, next } = counting(root);
    const { clock, every, pass } = fakeTime();
    const early: PerfCalls = {
      perfEventOpen(...args) {
        const fd = perf.perfEventOpen(...args);
        writeSync(fd, new Uint8Array(BigUint64Array.of(1n << 40n).buffer));
        return fd;
      },
    };
    const power = await openRaplPerf("package", { root, perf: early, clock, every });
    const stream = power?.samples()[Symbol.asyncIterator]();
    await stream?.next();
    next(5n);
    pass(1);
    expect((await stream?.next())?.value).toMatchObject({ watts: 0, seconds: 0, lost: 1 });
    next(5n + (2n << 32n));
    pass(1);
    expect((await stream?.next())?.value).toMatchObject({ watts: expect.closeTo(2, 9), lost: 0 });
    await power?.close();
  });
});

describe("which way", () => {
  const CLOSED = {
    "sys/class/powercap/intel-rapl:0/name": "package-0",
    "sys/class/powercap/intel-rapl:0/energy_uj": 5,
    "sys/class/powercap/intel-rapl:0/max_energy_range_uj": 65_532_610_987,
  };

  test("powercap where it may be read; perf is not asked", async () => {
    const { root } = computer(CLOSED);
    const meter = await openMeter("rapl", { root, perf: refusing(13) });
    expect(meter.name).toBe("RAPL package-0");
  });

  test("both are closed: both remedies, perf's with its price", async () => {
    const { root } = computer(CLOSED);
    chmodSync(root, 0o755);
    chmodSync(join(root, "sys/class/powercap/intel-rapl:0/energy_uj"), 0o000);
    await openMeter("rapl", { root, perf: refusing(13) }).catch(() => {}); // files are loaded while they may be
    const error = await whileOrdinaryUser(() =>
      openMeter("rapl", { root, perf: refusing(13) }).catch((caught: unknown) => caught),
    );
    if (!(error instanceof TwentyWattError)) throw error;
    const [powercap, perf] = error.problems;
    expect(powercap?.remedy).toContain("tmpfiles.d");
    expect(perf).toMatchObject({
      code: "METER_MISSING",
      where: "perf power/energy-pkg/",
      got: "EACCES, as kernel.perf_event_paranoid is 2",
    });
    expect(perf?.remedy).toMatch(
      /^As root: echo 'kernel\.perf_event_paranoid = 0' > \/etc\/sysctl\.d\/.*sysctl -p .*Every user/,
    );
  });

  test("powercap is closed, perf is open: the same meter", async () => {
    const { root } = computer({ ...CLOSED, [`${PMU}/cpumask`]: "0" });
    chmodSync(root, 0o755);
    chmodSync(join(root, "sys/class/powercap/intel-rapl:0/energy_uj"), 0o000);
    const { perf } = counting(root);
    const early: PerfCalls = {
      perfEventOpen(...args) {
        const fd = perf.perfEventOpen(...args);
        writeSync(fd, new Uint8Array(BigUint64Array.of(1n, 1n, 1n, 1n).buffer));
        return fd;
      },
    };
    chmodSync(root, 0o777);
    const meter = await whileOrdinaryUser(() => openPower("rapl", { root, perf: early }));
    expect(meter.facts).toMatchObject({
      uri: "rapl",
      name: expect.stringContaining("through perf"),
    });
    await meter.close();
  });

  test("a container, and a kernel without the event", async () => {
    const { root } = computer({ "proc/sys/kernel/perf_event_paranoid": -1 });
    await expect(openMeter("rapl", { root, perf: refusing(1) })).rejects.toThrow(
      /no RAPL zone[\s\S]*EPERM, as kernel.perf_event_paranoid is -1.*container/,
    );
    await expect(openMeter("rapl", { root, perf: refusing(2) })).rejects.toThrow(
      /ENOENT, expected an event/,
    );
    const without = new Computer({});
    computers.push(without);
    await expect(openMeter("rapl", { root: without.root, perf: refusing(13) })).rejects.toThrow(
      /^METER_MISSING: rapl.*no RAPL zone[^\n]*$/,
    );
    expect((await metersHere({ root, perf: refusing(1) })).map(({ uri }) => uri)).not.toContain(
      "rapl",
    );
  });
});

/** cpu-clock of the kernel's own events: type 1, config 0. */
const CPU_CLOCK: PerfEvent = {
  ...{ name: "cpu-clock", type: 1, config: 0n, scale: 1e-9, unit: "Joules", cpus: [0] },
};
const calls = await loadPerfCalls().catch((error: unknown) => error as Error);
function counts(): string | null {
  if (calls instanceof Error) return calls.message;
  try {
    openCounter(calls, CPU_CLOCK, 0).close();
    return null;
  } catch (error) {
    return `perf_event_open is refused: ${codeOf(error)}`;
  }
}
const refused = counts();
const perfTest: NamedTest = testUnless(
  refused === null ? null : { reason: refused, fix: "run as root, on a kernel with perf" },
);

describe("the system call for real, with an event of software", () => {
  const software = { [`${PMU}/type`]: 1, [`${PMU}/events/energy-pkg`]: "event=0x00" };
  const nanojoules = { ...software, [`${PMU}/events/energy-pkg.scale`]: "1e-9" };

  perfTest("a processor's clock between two moments of ours", () => {
    if (calls instanceof Error) throw calls;
    const counter = openCounter(calls, CPU_CLOCK, 0);
    const outer = systemClock.nowNs();
    const first = counter.count();
    const inner = systemClock.nowNs();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    const innerEnd = systemClock.nowNs();
    const second = counter.count();
    const outerEnd = systemClock.nowNs();
    counter.close();
    // two clocks of one computer: a thousandth between them
    expect(Number(second - first)).toBeGreaterThan(0.999 * Number(innerEnd - inner));
    expect(Number(second - first)).toBeLessThan(1.001 * Number(outerEnd - outer));
  });

  perfTest("one watt, as a meter of this kernel's", async () => {
    const { root } = computer({ ...nanojoules, [`${PMU}/cpumask`]: "0" });
    const meter = await openMeter("rapl", { root });
    await meter.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { joules, seconds } = await meter.stop();
    await meter.close();
    expect(joules.value / seconds).toBeCloseTo(1, 2);
  });

  perfTest("a user without rights of their own is refused, as the kernel's rule says", async () => {
    const { root } = computer(nanojoules);
    chmodSync(root, 0o755);
    await openMeter("rapl", { root }).catch(() => {});
    const outcome = await whileOrdinaryUser(() =>
      openMeter("rapl", { root }).then(
        () => "opened",
        (error: unknown) => String(error),
      ),
    );
    // of this computer's own setting: 1 and more close it to them
    const here = perfParanoidHere();
    if (here > 0) expect(outcome).toMatch(/EACCES/);
    else expect(outcome).toBe("opened");
  });
});

function perfParanoidHere(): number {
  return Number(
    execFileSync("cat", ["/proc/sys/kernel/perf_event_paranoid"], { encoding: "utf8" }),
  );
}
