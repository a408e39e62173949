/**
 * A cold compilation, as a user waits for it: a fresh process, an empty cache, beside asc's own command line on the very
 * program that our compiler writes. Both in turns; processor time of the whole process, user and system.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emit } from "../../host/compiler/emit.ts";
import { layoutLayered } from "../../host/compiler/layered.ts";
import { DEFAULT_OPTIONS } from "../../host/compiler/options.ts";
import { ROOT } from "../../host/compiler/root.ts";
import { importModel } from "../../host/importers/index.ts";
import type { Build } from "../../host/module/manifest.ts";
import { type BenchModel, DATA_DIR, MODELS, modelBytes } from "./models.ts";
import type { Say } from "./program.ts";

const BUILDS: readonly Build[] = ["simd", "mvp"];
const ROUNDS = 3;

export type CompileResult = {
  readonly model: string;
  readonly build: Build;
  /** processor time of the fastest process, seconds */
  readonly cpuSeconds: number;
  readonly peer: { readonly name: "asc"; readonly cpuSeconds: number };
  readonly ratio: number;
};

/** Empty without the shared data. */
export async function benchCompile(say: Say): Promise<readonly CompileResult[]> {
  const results: CompileResult[] = [];
  for (const model of MODELS) {
    const bytes = modelBytes(model);
    if (bytes === null) {
      say.warn(`${model.name}: no ${model.file} in ${DATA_DIR}`);
      continue;
    }
    for (const build of BUILDS) {
      const result = await row(model, bytes, build);
      results.push(result);
      const { cpuSeconds, peer } = result;
      const figures = `${cpuSeconds.toFixed(2)} s, asc ${peer.cpuSeconds.toFixed(2)} s`;
      say.progress(`compile ${model.name}, ${build}: ${figures}`);
    }
  }
  return results;
}

async function row(model: BenchModel, bytes: Uint8Array, build: Build): Promise<CompileResult> {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-bench-"));
  try {
    const peer = await ascCommand(bytes, model.file, build, folder);
    const input = join(DATA_DIR, "models", model.file);
    const program = join(ROOT, "build/host/cli/main.js");
    const output = join(folder, "ours.wasm");
    const command = [program, "compile", input, "-o", output, "--build", build];
    let [ours, theirs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let k = 0; k < ROUNDS; k++) {
      const cache = join(folder, `cache-${k}`);
      mkdirSync(cache);
      ours = Math.min(ours, cpuSeconds(command, folder, { XDG_CACHE_HOME: cache }));
      theirs = Math.min(theirs, cpuSeconds(peer, folder, {}));
    }
    return {
      ...{ model: model.name, build, cpuSeconds: ours },
      ...{ peer: { name: "asc", cpuSeconds: theirs }, ratio: ours / theirs },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the program out, which our compiler keeps in memory. */
async function ascCommand(
  bytes: Uint8Array,
  name: string,
  build: Build,
  folder: string,
): Promise<readonly string[]> {
  const graph = await importModel(bytes, name);
  if (graph.kind !== "layered") throw new Error(`${name}: expected a layered model`);
  const layout = layoutLayered(graph, { ...DEFAULT_OPTIONS, build });
  const { entry, files } = emit(layout, name);
  cpSync(join(ROOT, "assembly"), folder, { recursive: true });
  cpSync(join(ROOT, "asconfig.json"), join(folder, "asconfig.json"));
  writeFileSync(join(folder, "entry.ts"), entry);
  for (const [path, text] of files) writeFileSync(join(folder, path), text);
  return [
    ...[join(ROOT, "node_modules/assemblyscript/bin/asc.js"), "entry.ts", "--target", build],
    ...["--outFile", "theirs.wasm", "--memoryBase", String(layout.memUsed)],
    ...["--initialMemory", String(layout.pages), "--maximumMemory", String(layout.pages)],
  ];
}

/** Says at the end of a process what it took, all its threads. */
const PRELOAD = `
const { isMainThread } = require("node:worker_threads");
if (isMainThread) process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  require("node:fs").appendFileSync(process.env.BENCH_CPU, (user + system) + "\\n");
});
`;

/** A program of Node to its end. asc's command starts a second process of itself: the sum of both. */
function cpuSeconds(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): number {
  const preload = join(cwd, "preload.cjs");
  const times = join(cwd, "cpu.txt");
  writeFileSync(preload, PRELOAD);
  writeFileSync(times, "");
  const { status, stderr } = spawnSync(process.execPath, command, {
    cwd,
    env: { ...process.env, ...env, NODE_OPTIONS: `--require ${preload}`, BENCH_CPU: times },
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  const microseconds = readFileSync(times, "utf8").trim().split("\n").map(Number);
  return microseconds.reduce((sum, time) => sum + time, 0) / 1e6;
}

export function compileTable(results: readonly CompileResult[]): string {
  const rows = [
    ["model", "build", "CPU s", "asc CPU s", "ratio"],
    ...results.map((r) => [
      ...[r.model, r.build, r.cpuSeconds.toFixed(2), r.peer.cpuSeconds.toFixed(2)],
      r.ratio.toFixed(2),
    ]),
  ];
  return `${rows
    .map((cells) =>
      cells
        .map((cell) => cell.padEnd(10))
        .join("")
        .trimEnd(),
    )
    .join("\n")}\n`;
}
