/**
 * `npm run bench [-- --json] [-- --seconds N] [-- MODEL…]`: our modules against TFLite-wasm on the public models, in
 * the same process and the same seconds, both as copy in + inference + copy out. Without the shared data there is
 * nothing to time, and it says so; without the peer's package the ratio is null with the reason.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { importModel } from "../../host/importers/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { type BenchModel, DATA_DIR, MODELS, modelBytes } from "./models.ts";
import { bareCall, compileFor, FLAVOUR, randomInput, sessionCall } from "./module.ts";
import { operatorKinds } from "./operator-kinds.ts";
import { type Machine, type Result, table } from "./report.ts";
import { openTfliteWasm, type PeerModel, TFLITE_WASM, tfliteWasmInstalled } from "./tflite-wasm.ts";
import { type Distribution, type Timed, timeInTurns } from "./timing.ts";

/** tests/bench, from build/tests/bench */
const FOLDER = new URL("../../../tests/bench/", import.meta.url);

type Load = (model: Uint8Array) => PeerModel;

const { values: options, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "2" },
  },
  allowPositionals: true,
});
const warnings: string[] = [];
const progress = (text: string) => process.stderr.write(`${text}\n`);
const warn = (text: string) => {
  warnings.push(text);
  progress(`warning: ${text}`);
};

const loadPeer = await openPeer();
const results: Result[] = [];
for (const model of MODELS) {
  if (positionals.length > 0 && !positionals.includes(model.name)) continue;
  const bytes = modelBytes(model);
  if (bytes === null) {
    warn(`SKIP ${model.name}: ${model.file} is not in ${DATA_DIR}/models: set TWENTYWATT_DATA`);
    continue;
  }
  results.push(await benchModel(model, bytes, Number(options.seconds), loadPeer));
}
const machine: Machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  arch: process.arch,
  node: process.version,
};
if (options.json) {
  const document = { schema: 1, verb: "bench", ok: true, warnings, machine, results };
  process.stdout.write(`${JSON.stringify(document)}\n`);
} else {
  process.stdout.write(table(results, machine));
}

async function openPeer(): Promise<Load | null> {
  if (!tfliteWasmInstalled(FOLDER)) {
    progress("installing the peer below tests/bench …");
    // biome-ignore format: one flag after another
    const flags = ["--ignore-scripts", "--omit=peer", "--no-package-lock", "--no-audit", "--no-fund"];
    spawnSync("npm", ["install", ...flags], {
      cwd: fileURLToPath(FOLDER),
      shell: process.platform === "win32",
      stdio: ["ignore", 2, 2],
    });
  }
  if (tfliteWasmInstalled(FOLDER)) return openTfliteWasm(FOLDER);
  warn("no peer: its package could not be installed: run `npm install` in tests/bench online");
  return null;
}

async function benchModel(
  { name, ratioTarget }: BenchModel,
  bytes: Uint8Array,
  seconds: number,
  load: Load | null,
): Promise<Result> {
  progress(`${name}: compiling`);
  const graph = (await importModel(bytes, name)) as LayeredGraph;
  const { wasm, manifest, compileCpuMs } = await compileFor(graph, "simd");
  progress(`${name}: timing, ${seconds} s of samples each`);
  const ours = await sessionCall(wasm);
  const calls = [ours, bareCall(wasm), ...(load === null ? [] : [peerCall(load(bytes))])];
  const [whole, bare, peer] = timeInTurns(calls, seconds) as [
    Distribution,
    Distribution,
    Distribution?,
  ];
  progress(`${name}: timing its layers`);
  return {
    model: name,
    target: "local",
    build: "simd",
    flavour: FLAVOUR,
    ...whole,
    macsPerSecond: (manifest.macs / whole.minUs) * 1e6,
    overheadP50Us: whole.p50Us - bare.p50Us,
    moduleBytes: wasm.length,
    compileCpuMs,
    energy: null,
    energyMissing: {
      reason: "a minimum over samples has no energy",
      remedy: "twentywatt bench MODEL --meter URI",
    },
    peer: peer === undefined ? null : { name: TFLITE_WASM, ...peer },
    ratio: peer === undefined ? null : whole.minUs / peer.minUs,
    ratioTarget,
    kinds: await operatorKinds(graph),
  };
}

/** The same three parts as on our side; its views are fetched once, to its advantage. */
function peerCall(peer: PeerModel): Timed {
  const [from, to] = [peer.input(), peer.output()];
  const input = randomInput(from.length);
  const output = new Int8Array(to.length);
  return () => {
    from.set(input);
    peer.infer();
    output.set(to);
  };
}
