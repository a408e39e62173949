/** A program for a Cortex-M0+ that lies in an RP2040's RAM: in an emulator that counts its cycles, and in QEMU. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RP2040 } from "rp2040js";
import { KERNEL_FLAGS } from "../../host/firmware/flags.ts";
import { CORE, KERNELS, link, ownSource } from "./firmware-program.ts";

const PROGRAM = fileURLToPath(new URL("../firmware/m0/", import.meta.url));
const SOURCE = join(PROGRAM, "main.c");
const COMPILER = "arm-none-eabi-gcc";
const STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
const SECTIONS = ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"];
const PROCESSOR = ["-mcpu=cortex-m0plus", "-mthumb", "-nostartfiles", "--specs=nano.specs"];

/** The kernels that are written by hand. */
const kernelFiles = (): string[] =>
  readdirSync(KERNELS)
    .filter((file) => /^tw_(?:arguments|conv|depthwise|dot|stage)\w*\.c$/.test(file))
    .map((file) => join(KERNELS, file));

/** The program with the kernels for a Cortex-M0+. */
export function m0Program(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-m0-"));
  try {
    const elf = join(folder, "m0.elf");
    const script = ["-T", join(PROGRAM, "link.ld"), "-I", CORE];
    const flags = [...PROCESSOR, ...STRICT, "-O2", ...KERNEL_FLAGS, ...SECTIONS, ...script];
    execFileSync(COMPILER, [...flags, SOURCE, ...kernelFiles(), "-o", elf], { stdio: "pipe" });
    return readFileSync(elf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What it prints where the kernels are plain C, under both sanitizers. */
export function onThisComputer(): string {
  const sources = [SOURCE, ...kernelFiles()].map((file) => ownSource(file, [...KERNEL_FLAGS]));
  return execFileSync(link("m0", sources), { encoding: "utf8" });
}

/** What it prints in QEMU, whose Cortex-M3 has all instructions of a Cortex-M0+. */
export function inQemu(elf: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-m0-"));
  try {
    const file = join(folder, "m0.elf");
    writeFileSync(file, elf);
    const machine = ["-M", "mps2-an385", "-kernel", file, "-display", "none", "-monitor", "none"];
    const speech = ["-serial", "none", "-semihosting-config", "enable=on,target=native"];
    // semihosting's console is standard error
    return spawnSync("qemu-system-arm", [...machine, ...speech], { encoding: "utf8" }).stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const RAM = 0x2000_0000;
const OPERATION = { write0: 0x04, clock: 0x10 } as const;

/** What it prints in rp2040js, whose clock, which semihosting asks for, are the cycles so far. */
export function inRp2040(elf: Uint8Array): string {
  const chip = new RP2040();
  const { core, sram } = chip;
  for (const { address, bytes } of segments(elf)) {
    if (address >= RAM) sram.set(bytes, address - RAM);
    else startAt(core, bytes);
  }
  let printed = "";
  let running = true;
  chip.onBreak = () => {
    const [operation, parameter] = core.registers as unknown as [number, number];
    if (operation === OPERATION.write0) printed += textAt(sram, (parameter >>> 0) - RAM);
    else if (operation === OPERATION.clock) core.registers[0] = core.cycles;
    else running = false;
  };
  while (running) core.executeInstruction();
  return printed;
}

/** The vectors: the stack, and where to begin. */
function startAt(core: RP2040["core"], vectors: Uint8Array): void {
  const view = new DataView(vectors.buffer, vectors.byteOffset);
  core.SP = view.getUint32(0, true);
  core.PC = view.getUint32(4, true) & ~1;
}

function textAt(sram: Uint8Array, from: number): string {
  return Buffer.from(sram.subarray(from, sram.indexOf(0, from))).toString("latin1");
}

/** What a program's file loads. */
function segments(elf: Uint8Array): { readonly address: number; readonly bytes: Uint8Array }[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const [table, size, count] = [
    view.getUint32(28, true),
    view.getUint16(42, true),
    view.getUint16(44, true),
  ];
  return Array.from({ length: count }, (_, k) => {
    const [from, address] = [4, 8].map((field) =>
      view.getUint32(table + size * k + field, true),
    ) as [number, number];
    const bytes = elf.slice(from, from + view.getUint32(table + size * k + 16, true));
    return { address, bytes };
  });
}
