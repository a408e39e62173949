/** How each part of the firmware is compiled: who sees what, and WASM3 at its smallest. */
import { join } from "node:path";
import { type Port, portFolder, portFolders } from "./port.ts";
import { FIRMWARE, IS_CHECKOUT } from "./root.ts";

/** WASM3's files that a board needs; the last one only newer states have. */
export const WASM3_FILES = [
  ...["bind", "code", "compile", "core", "env", "exec", "function", "info", "module", "parse"],
  "validate",
].map((name) => `m3_${name}.c`);

/** Macros that an older state does not know are harmless. The footprint (host/boards) counts with them. */
export const WASM3_MACROS = {
  d_m3HasFloat: 0, // 20 kB of flash
  d_m3NoFloatDynamic: 0, // a function with a float is refused while it loads, not when it runs
  d_m3MaxFunctionStackHeight: 128, // sizes arrays on the C stack and in the arena
  d_m3MaxConstantTableSize: 64,
  d_m3CodePageAlignSize: 1024, // the default, 32 KiB, exceeds many chips
  d_m3VerboseErrorMessages: 0,
  d_m3CascadedOpcodes: 0, // 3 kB of flash
  d_m3LogOutput: 0,
  d_m3MaxNativeStack: 0,
  d_m3HasRefTypes: 0,
  d_m3HasExtendedConst: 0,
  d_m3HasCompactImports: 0,
} as const;

/** Bytes of the stack that WASM3 computes on (tw_engine_wasm3.c has it as its default). */
export const VALUE_STACK_BYTES = 2048;

/** WASM3's heap is the core's arena (tw_heap.h), and its strcmp() the core's (tw_text.h). */
const OURS = [
  ...["malloc", "calloc", "realloc", "free"].map((name) => `-D${name}=tw_heap_${name}`),
  "-Dstrcmp=tw_text_compare",
];

/** What an unused function or table costs: nothing, once the linker has dropped it. */
const SECTIONS = ["-ffunction-sections", "-fdata-sections"];

const STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion"];

/** A compiler newer than ours may warn of more: that is for us to mend, not for a user. */
const WARNINGS = IS_CHECKOUT ? [...STRICT, "-Werror"] : STRICT;

/** For WASM3 and the file that sees it: by name. */
export const MACROS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(WASM3_MACROS).map(([name, value]) => [name, `${value}`])),
  TW_VALUE_STACK: `${VALUE_STACK_BYTES}u`,
};

const macros = Object.entries(MACROS).map(([name, value]) => `-D${name}=${value}`);

/** The one file of the core that sees WASM3, and answers for it (firmware/core/tw_engine.h). */
export const ENGINE_FILE = "tw_engine_wasm3.c";

/** `program`: takes the place of the port's main(), and sees what that sees */
export type Part = "core" | "engine" | "kernels" | "port" | "wasm3" | "program";

/** Bytes and words of the module's memory are read as what they are: through pointers of several types. */
export const KERNEL_FLAGS = ["-fno-strict-aliasing"];

/** Files of firmware/kernels whose loops are run once a weight, a pixel, a neuron or a synapse: of the others size matters. */
const HOT = new RegExp(
  `^(?:${[
    "tw_(?:add|depthwise_3x3|depthwise_3x3_dsp|dot|dot_dsp|dot_taps|generated|izhikevich|lif|sparse_shared|stage)",
    "generated_synapses_sparse",
  ].join("|")})\\.c$`,
);

export const isHotKernel = (file: string): boolean => HOT.test(file);

/**
 * The flags of one file. The include path is what enforces the arrows: ports and kernels → core → its engine file → WASM3.
 *
 * @param wasm3 the folder with WASM3's sources
 */
export function compileFlags(port: Port, part: Part, file: string, wasm3: string): string[] {
  const usual = part === "kernels" && isHotKernel(file) ? ["-O2"] : port.optimise;
  const optimise = port.optimiseFile?.[file] ?? usual;
  return [...port.cpu, ...optimise, ...SECTIONS, "-DNDEBUG", ...partFlags(port, part, file, wasm3)];
}

function partFlags(port: Port, part: Part, file: string, wasm3: string): string[] {
  const ours = [...WARNINGS, "-I", join(FIRMWARE, "core")];
  switch (part) {
    case "core":
      return ours;
    case "kernels":
      return [...ours, ...KERNEL_FLAGS];
    case "engine":
      return [...ours, ...macros, "-isystem", wasm3]; // -isystem: not ours to warn of
    case "port":
    case "program":
      return [...ours, ...portFolders(port).flatMap((folder) => ["-I", folder])];
    case "wasm3": {
      const aligned = port.aligned && file === "m3_compile.c";
      const include = aligned ? ["-include", join(FIRMWARE, "tw_aligned.h")] : [];
      return ["-w", ...macros, ...OURS, "-I", wasm3, ...include];
    }
  }
}

export function linkFlags(port: Port): string[] {
  const script = port.linkerScript ? ["-T", join(portFolder(port.name), port.linkerScript)] : [];
  return [...port.cpu, ...port.optimise, "-Wl,--gc-sections", ...script];
}
