/** The fuzz program: the whole core and WASM3 in one process, with a board in memory. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { compileFlags, ENGINE_FILE, WASM3_FILES } from "../../host/firmware/flags.ts";
import { readPort, wasm3Source } from "../../host/firmware/index.ts";
import { demoModule, EVERYTHING, spikingDemoModule, writtenModule } from "./firmware-modules.ts";
import {
  coreFile,
  coreFiles,
  kernelSources,
  link,
  ownSource,
  programFile,
  type Source,
} from "./firmware-program.ts";
import { plainModule } from "./wasm-module.ts";

const PROGRAM = [
  "fuzz",
  "fuzz_arena",
  "fuzz_board",
  "fuzz_modules",
  "fuzz_random",
  "fuzz_session",
  "fuzz_storms",
];

/** WASM3 under AddressSanitizer; on the stack it would keep the tail calls of its instructions from being any. */
export const WASM3_SANITIZER = ["-fsanitize=address", "--param", "asan-stack=0", "-g", "-O2"];

/** All of the core, its engine file with WASM3's headers, and the kernels. */
export function coreSources(wasm3: string): Source[] {
  const flags = compileFlags(readPort("posix"), "engine", ENGINE_FILE, wasm3);
  const engine = [...flags.filter((flag) => /^-Dd_m3/.test(flag)), "-isystem", wasm3];
  const core = coreFiles(/./).map((file) =>
    ownSource(coreFile(file), file === ENGINE_FILE ? engine : []),
  );
  return [...core, ...kernelSources()];
}

async function build(): Promise<string> {
  const wasm3 = await wasm3Source();
  const port = readPort("posix");
  const sources: Source[] = [
    ...PROGRAM.map((name) => ownSource(programFile(`${name}.c`))),
    // fuzz_arena.c takes the arena's place
    ...coreSources(wasm3).filter(({ file }) => file !== coreFile("tw_arena.c")),
    ...readdirSync(wasm3)
      .filter((file) => WASM3_FILES.includes(file))
      .map((file) => ({
        file: join(wasm3, file),
        flags: [...compileFlags(port, "wasm3", file, wasm3), ...WASM3_SANITIZER],
      })),
  ];
  return link("fuzz", sources);
}

export type Fuzzed = {
  /** the demonstration network's answer on the board, and in V8 */
  readonly output: string;
  readonly expected: string;
  /** what the program counted */
  readonly summary: string;
};

/** `count` frames, commands and pieces of noise. Raises with the program's own words, which name the seed. */
export async function fuzzCore(seed: number, count: number): Promise<Fuzzed> {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-fuzz-"));
  try {
    const demo = await demoModule();
    const modules = [
      demo,
      await spikingDemoModule(),
      writtenModule(),
      writtenModule({ step: EVERYTHING, locals: [0x7f, 0x7e] }),
      writtenModule({
        functions: [
          [0x41, 7],
          [0x10, 2],
        ],
        step: [0x10, 3],
      }),
    ];
    const paths = modules.map((wasm, k) => {
      const path = join(folder, `${k}.wasm`);
      writeFileSync(path, wasm);
      return path;
    });
    const { stdout } = await promisify(execFile)(await build(), [`${seed}`, `${count}`, ...paths]);
    const [first = "", summary = ""] = stdout.split("\n");
    return { output: first.replace("output ", ""), expected: await v8(demo), summary };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The input of the program's main(). */
async function v8(wasm: Uint8Array): Promise<string> {
  const module = await plainModule(wasm);
  const input = Uint8Array.from({ length: module.global("in_len") }, (_, k) => k * 37 + 11);
  return Buffer.from(module.infer(input)).toString("hex");
}
