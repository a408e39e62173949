/**
 * The differential fuzz of modules: the firmware's core and WASM3 under sanitizers beside V8. What each says of a module,
 * every result and trap of three steps, and linear memory after each must be the same.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { compileFlags, WASM3_FILES } from "../../host/firmware/flags.ts";
import { readPort, wasm3Source } from "../../host/firmware/index.ts";
import { at } from "../../host/model/at.ts";
import { coreSources, WASM3_SANITIZER } from "./firmware-fuzz.ts";
import { CORE, coreFile, link, ownSource, programFile } from "./firmware-program.ts";
import { INPUT_AT, INPUT_BYTES } from "./typed/module.ts";

export type Variant = {
  readonly bits: 64 | 32;
  /** "blocks": each in memory of its own, whose ends a sanitizer sees; "board": the firmware's, whose size counts */
  readonly arena: "blocks" | "board";
};

/** Of the core; kernels all. */
const NEEDED = /^tw_(check.*|crc32|heap|model|arena|calls|engine_wasm3|text)\.c$/;

export const differentialProgram = (variant: Variant): Promise<string> =>
  programWithEngine("differential", variant);

/** programs/NAME.c with the core's loader, its kernels and WASM3, under sanitizers. */
export async function programWithEngine(name: string, { bits, arena }: Variant): Promise<string> {
  const wasm3 = await wasm3Source();
  const port = readPort("posix");
  const width = bits === 32 ? ["-m32"] : [];
  const own = [programFile(`${name}.c`), programFile("lines.c")];
  const core = coreSources(wasm3).filter(
    ({ file }) => !file.startsWith(CORE) || NEEDED.test(file.split("/").at(-1) ?? ""),
  );
  const sources = [
    ...own.map((file) => ownSource(file, width)),
    ...(arena === "blocks" ? [ownSource(programFile("fuzz_arena.c"), width)] : []),
    ...core
      .filter(({ file }) => arena === "board" || file !== coreFile("tw_arena.c"))
      .map(({ file, flags }) => ({ file, flags: [...flags, ...width] })),
    ...readdirSync(wasm3)
      .filter((file) => WASM3_FILES.includes(file))
      .map((file) => ({
        file: join(wasm3, file),
        flags: [...compileFlags(port, "wasm3", file, wasm3), ...WASM3_SANITIZER, ...width],
      })),
  ];
  return link(`${name}-${bits}-${arena}`, sources, width);
}

export type Step = { readonly result: number; readonly trap: string; readonly crc: number };
export type Answer = {
  readonly error: number;
  readonly why: string;
  /** of the arena, at the end of the load */
  readonly peak: number;
  /** none where nothing was loaded or run */
  readonly steps: readonly Step[];
};

/** What the program says of each module. Raises with the sanitizer's words. */
export async function answers(
  program: string,
  modules: readonly Uint8Array[],
  request: "run" | "load" = "run",
): Promise<Answer[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    errors += text;
  });
  child.stdin.on("error", () => {}); // it ended: its exit says why
  child.stdin.end(
    modules.map((wasm) => `${request} ${Buffer.from(wasm).toString("hex")}\n`).join(""),
  );
  const [code, signal] = await once(child, "close");
  const lines = output.split("\n").slice(0, -1);
  if (code !== 0) {
    const which = `module ${lines.length} of ${modules.length}, ${code ?? signal}`;
    throw new Error(`${which}: ${errors.slice(0, 4000)}`);
  }
  return lines.map(parsed);
}

function parsed(line: string): Answer {
  const [error, why = "", peak, ...rest] = line.split("\t");
  const steps: Step[] = [];
  for (let k = 0; k + 2 < rest.length; k += 3) {
    const [result, trap, crc] = [at(rest, k), at(rest, k + 1), at(rest, k + 2)];
    steps.push({ result: Number(result), trap: KINDS[trap] ?? trap, crc: Number(crc) });
  }
  return { error: Number(error), why, peak: Number(peak), steps };
}

/** WASM3's words of a trap, by what they mean; "-" for none. */
const KINDS: Readonly<Record<string, string>> = {
  "[trap] unreachable executed": "unreachable",
  "[trap] integer divide by zero": "zero",
  "[trap] integer overflow": "overflow",
  "[trap] out of bounds memory access": "bounds",
  "[trap] stack overflow": "stack",
};

/** V8's. */
const V8_KINDS: readonly (readonly [RegExp, string])[] = [
  [/unreachable/, "unreachable"],
  [/(divide|remainder) by zero/, "zero"],
  [/unrepresentable/, "overflow"],
  [/out of bounds/, "bounds"],
  [/call stack size/, "stack"],
];

const kindOf = (error: unknown): string => {
  const words = error instanceof Error ? error.message : String(error);
  return V8_KINDS.find(([pattern]) => pattern.test(words))?.[1] ?? words;
};

export type Expected = {
  /** what must keep a valid module from running: "data" outside of memory, "init" that fails */
  readonly refused: "no" | "data" | "init";
  readonly steps: readonly Step[];
};

const STEPS = 3;

/** The same in V8. The module is valid. */
export function inV8(wasm: Uint8Array): Expected {
  let exports: WebAssembly.Exports;
  try {
    ({ exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)));
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return { refused: "data", steps: [] };
    throw error;
  }
  const init = called(exports.init);
  if (init.trap !== "-" || init.result !== 0) return { refused: "init", steps: [] };
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const steps = Array.from({ length: STEPS }, (_, number) => {
    for (let k = 0; k < INPUT_BYTES; k++) memory[INPUT_AT + k] = k * 37 + number * 101 + 11;
    return { ...called(exports.step), crc: crc32(memory) };
  });
  return { refused: "no", steps };
}

function called(f: unknown): { result: number; trap: string } {
  try {
    return { result: (f as () => number)(), trap: "-" };
  } catch (error) {
    return { result: 0, trap: kindOf(error) };
  }
}
