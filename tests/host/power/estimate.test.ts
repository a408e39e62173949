import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { CORE_CLASSES, coreClassOf, openEstimate } from "../../../host/power/estimate.ts";
import { fakeTime } from "../../support/powercap.ts";

const x86 = (model: string) => coreClassOf({ arch: "x64", model, cpuinfo: "" });

test.each([
  "12th Gen Intel(R) Core(TM) i7-1265U",
  "11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz",
  "Intel(R) Core(TM) i7-1068NG7 CPU @ 2.30GHz",
  "13th Gen Intel(R) Core(TM) i9-13980HX",
  "Intel(R) Core(TM) i7-4702MQ CPU @ 2.20GHz",
  "Intel(R) Core(TM) i5-7Y54 CPU @ 1.20GHz",
  "Intel(R) Core(TM) Ultra 7 155H",
  "Intel(R) Core(TM) Ultra 7 258V",
  "Intel(R) N100",
  "Intel(R) Core(TM) i3-N305",
  "Intel(R) Celeron(R) N5105 @ 2.00GHz",
  "AMD Ryzen 7 PRO 7840U w/ Radeon 780M Graphics",
  "AMD Ryzen 5 3500U with Radeon Vega Mobile Gfx",
  "AMD Ryzen 9 5900HS with Radeon Graphics",
  "AMD Ryzen AI 9 HX 370 w/ Radeon 890M",
])("a laptop: %s", (model) => {
  expect(x86(model)).toBe("x86-laptop");
});

test.each([
  "Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz",
  "13th Gen Intel(R) Core(TM) i9-13900T",
  "12th Gen Intel(R) Core(TM) i9-12900K",
  "Intel(R) Core(TM) Ultra 7 265K",
  "AMD Ryzen 7 7700X 8-Core Processor",
  "AMD Ryzen 7 5700G with Radeon Graphics",
  "AMD Ryzen 5 8600G w/ Radeon 760M Graphics", // 760M is its graphics
  "AMD Ryzen Threadripper PRO 5955WX 16-Cores",
])("a desktop: %s", (model) => {
  expect(x86(model)).toBe("x86-desktop");
});

test.each([
  "AMD EPYC 7763 64-Core Processor",
  "Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz",
  "Intel Xeon Processor (Skylake, IBRS)",
])("a server: %s", (model) => {
  expect(x86(model)).toBe("x86-server");
});

test.each([
  "QEMU Virtual CPU version 2.5+",
  "Common KVM processor",
  "Intel Core Processor (Haswell, no TSX)",
  "Intel(R) Atom(TM) x5-Z8350  CPU @ 1.44GHz",
  "Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz",
  "unknown",
  "",
])("of unknown kind, with the widest bounds: %s", (model) => {
  expect(x86(model)).toBe("x86-other");
  const { lowWatts, highWatts } = CORE_CLASSES["x86-other"];
  for (const name of ["x86-laptop", "x86-desktop", "x86-server"] as const) {
    expect(lowWatts).toBeLessThanOrEqual(CORE_CLASSES[name].lowWatts);
    expect(highWatts).toBeGreaterThanOrEqual(CORE_CLASSES[name].highWatts);
  }
});

const pi = (part: string) => `processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: ${part}\n`;

test.each([
  ["arm64", "Cortex-A72", "", "cortex-a72"],
  ["arm64", "unknown", pi("0xd08"), "cortex-a72"],
  ["arm", "ARMv7 Processor rev 3 (v7l)", pi("0xd08"), "cortex-a72"], // 32-bit Raspberry Pi OS
  ["arm64", "unknown", pi("0xd0b"), "cortex-a76"],
  ["arm64", "unknown", pi("0xd03"), "arm-other"],
  ["arm", "ARMv6-compatible processor rev 7 (v6l)", pi("0xb76"), "arm-other"],
  ["arm64", "Apple M1", "", "arm-other"],
  ["riscv64", "", "", null],
])("%s, %s", (arch, model, cpuinfo, expected) => {
  expect(coreClassOf({ arch, model, cpuinfo })).toBe(expected);
});

test("time × the bounds of one core; between them their geometric mean", async () => {
  const time = fakeTime();
  const meter = openEstimate("cortex-a76", time.clock); // 1 … 3.5 W
  await meter.start();
  time.pass(4);
  const { seconds, joules, samples, coverage } = await meter.stop();
  expect(seconds).toBeCloseTo(4, 9);
  expect(joules.low).toBeCloseTo(4, 9);
  expect(joules.high).toBeCloseTo(14, 9);
  expect(joules.value).toBeCloseTo(7.483314773547883, 9); // 4 · √3.5
  expect([samples, coverage]).toEqual([0, 0]); // nothing was read
});

test("is tagged as what it is, with its bounds and their source", () => {
  const meter = openEstimate(null, fakeTime().clock, {
    arch: "x64",
    model: "AMD EPYC 7763",
    cpuinfo: "",
  });
  expect(meter).toMatchObject({
    uri: "estimate",
    name: "estimate for one x86 server core",
    scope: "core",
    quality: "estimated",
    doesNotInclude: ["the other cores", "memory", "board", "power supply losses"],
  });
  expect(meter.method).toContain("2.6 … 20 W");
  expect(meter.method).toContain("EPYC 9965");
  expect(openEstimate("microcontroller").uri).toBe("estimate:microcontroller");
});

test("an unknown processor or class is refused with the classes there are", () => {
  const riscv = { arch: "riscv64", model: "", cpuinfo: "" };
  expect(() => openEstimate(null, fakeTime().clock, riscv)).toThrow(TwentyWattError);
  expect(() => openEstimate(null, fakeTime().clock, riscv)).toThrow(/estimate:CLASS.*cortex-a76/);
  expect(() => openEstimate("i7")).toThrow(/METER_MISSING.*got i7.*one of x86-laptop/);
  expect(() => openEstimate("toString")).toThrow(/METER_MISSING/);
});

test("every class has bounds in order, and a source", () => {
  for (const { lowWatts, highWatts, source } of Object.values(CORE_CLASSES)) {
    expect(lowWatts).toBeGreaterThan(0);
    expect(highWatts).toBeGreaterThan(lowWatts);
    expect(source).toMatch(/ratings|Raspberry Pi|reasoned/);
  }
});
