/** Which class of processor a machine is, and what it says of itself. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CORE_CLASSES } from "../../../host/power/core-classes.ts";
import {
  boardMachine,
  coreClassOf,
  processHere,
  thisComputer,
  thisProcessor,
} from "../../../host/power/machine.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-proc-"));
afterAll(() => rmSync(folder, { recursive: true }));

const x86 = (model: string) => coreClassOf({ arch: "x64", model, cpuinfo: "", board: "" });

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

const cpuinfoOf = (part: string) =>
  `processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: ${part}\n`;

test.each([
  ["arm64", "Cortex-A72", "", "cortex-a72"],
  ["arm64", "unknown", cpuinfoOf("0xd08"), "cortex-a72"],
  ["arm", "ARMv7 Processor rev 3 (v7l)", cpuinfoOf("0xd08"), "cortex-a72"], // 32-bit Raspberry Pi OS
  ["arm64", "unknown", cpuinfoOf("0xd0b"), "cortex-a76"],
  ["arm64", "unknown", cpuinfoOf("0xd03"), "arm-other"],
  ["arm", "ARMv6-compatible processor rev 7 (v6l)", cpuinfoOf("0xb76"), "arm-other"],
  ["arm64", "Apple M1", "", "arm-other"],
  ["riscv64", "", "", null],
])("%s, %s", (arch, model, cpuinfo, expected) => {
  expect(coreClassOf({ arch, model, cpuinfo, board: "" })).toBe(expected);
});

/** As the kernel shows it, with the zero byte at its end. Every model has the CPU part of a Cortex-A76 beside it. */
test.each([
  ["Raspberry Pi 4 Model B Rev 1.4", "pi4"],
  ["Raspberry Pi 400 Rev 1.0", "pi4"],
  ["Raspberry Pi Compute Module 4 Rev 1.0", "pi4"],
  ["Raspberry Pi 5 Model B Rev 1.0", "pi5"],
  ["Raspberry Pi 500 Rev 1.0", "pi5"],
  ["Raspberry Pi Compute Module 5 Rev 1.0", "pi5"],
  ["Raspberry Pi 3 Model B Plus Rev 1.3", "cortex-a76"],
  ["Raspberry Pi Zero 2 W Rev 1.0", "cortex-a76"],
  ["Radxa ROCK 5B", "cortex-a76"],
])("the device tree's model comes first: %s", (model, expected) => {
  const proc = mkdtempSync(join(folder, "proc-"));
  mkdirSync(join(proc, "device-tree"));
  writeFileSync(join(proc, "device-tree/model"), `${model}\0`);
  writeFileSync(join(proc, "cpuinfo"), cpuinfoOf("0xd0b"));
  const processor = { ...thisProcessor(proc), arch: "arm64", model: "unknown" };
  expect(processor.board).toBe(model);
  expect(coreClassOf(processor)).toBe(expected);
  expect(thisComputer(processor).name).toBe(`this processor (${model})`);
});

test("without /proc the model name has to do", () => {
  const { cpuinfo, board: tree } = thisProcessor("/nonexistent");
  expect([cpuinfo, tree]).toEqual(["", ""]);
});

test("a machine without figures says so", () => {
  const riscv = { arch: "riscv64", model: "", cpuinfo: "", board: "" };
  const { name, coreClass } = thisComputer(riscv);
  expect(name).toBe("this processor (riscv64)");
  expect(coreClass).toMatchObject({ why: "no class has figures for riscv64" });
});

test("a board is no processor of this computer, and another process is", () => {
  const clock = () => () => 0n;
  expect(boardMachine("the board pico2", clock)).toMatchObject({
    coreClass: "microcontroller",
    here: false,
    time: "the board's own time of its steps",
  });
  const x86 = { arch: "x64", model: "AMD EPYC 7763", cpuinfo: "", board: "" };
  const other = processHere("WASM3's process", clock, x86);
  expect(other).toMatchObject({ coreClass: "x86-server", here: true });
  expect(other.doesNotInclude).toContain("this program's end of the pipe");
});

test("unless it is told otherwise, this process's own time", async () => {
  const usedNs = () => {
    const { user, system } = process.cpuUsage();
    return BigInt(user + system) * 1000n;
  };
  const [before, counted, after] = [usedNs(), await thisComputer().countWork()(), usedNs()];
  expect(counted ?? -1n).toBeGreaterThanOrEqual(before);
  expect(counted ?? -1n).toBeLessThanOrEqual(after);
});
