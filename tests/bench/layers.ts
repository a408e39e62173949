/** Our modules against TFLite-wasm on the public models, in the same process and the same seconds. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { importModel } from "../../host/importers/index.ts";
import { at } from "../../host/model/at.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { isRelaxed } from "../../host/module/relaxed.ts";
import type { Latency } from "../../host/run/latency.ts";
import type { Timed } from "../../host/run/timing.ts";
import { type BenchModel, DATA_DIR, MODELS, modelBytes } from "./models.ts";
import { bareCall, compileFor, FLAVOUR, randomInput, sessionCall } from "./module.ts";
import { type NativePeer, ONNXRUNTIME, openOnnxruntime } from "./onnxruntime.ts";
import { operatorKinds } from "./operator-kinds.ts";
import type { Say } from "./program.ts";
import type { Result } from "./report.ts";
import { openTfliteWasm, type PeerModel, TFLITE_WASM, tfliteWasmInstalled } from "./tflite-wasm.ts";
import { timed } from "./timing.ts";

type Load = (model: Uint8Array) => PeerModel;

/** @param names of models; none: all. @param folder tests/bench, where the peer is installed */
export async function benchLayers(
  names: readonly string[],
  seconds: number,
  folder: URL,
  say: Say,
): Promise<Result[]> {
  const loadPeer = await openPeer(folder, say);
  const native = openOnnxruntime(folder);
  if (native === null) {
    say.warn(`no native peer: \`npm install ${ONNXRUNTIME}\` in tests/bench, online, brings it`);
  }
  const results: Result[] = [];
  for (const model of MODELS) {
    if (names.length > 0 && !names.includes(model.name)) continue;
    const bytes = modelBytes(model);
    if (bytes === null) {
      const where = `${model.file} is not in ${DATA_DIR}/models`;
      say.warn(`SKIP ${model.name}: ${where}: set TWENTYWATT_DATA`);
      continue;
    }
    if (model.withoutPeer) say.warn(`${model.name}: no peer: TFLite-wasm aborts at its variables`);
    const load = model.withoutPeer ? null : loadPeer;
    results.push(await benchModel(model, bytes, seconds, { load, native }, say));
  }
  return results;
}

async function openPeer(folder: URL, say: Say): Promise<Load | null> {
  if (!tfliteWasmInstalled(folder)) {
    say.progress("installing the peer below tests/bench …");
    // biome-ignore format: one flag after another
    const flags = ["--ignore-scripts", "--omit=peer", "--no-package-lock", "--no-audit", "--no-fund"];
    spawnSync("npm", ["install", ...flags], {
      cwd: fileURLToPath(folder),
      shell: process.platform === "win32",
      stdio: ["ignore", 2, 2],
    });
  }
  if (tfliteWasmInstalled(folder)) return openTfliteWasm(folder);
  say.warn("no peer: its package could not be installed: run `npm install` in tests/bench online");
  return null;
}

async function benchModel(
  { name, ratioTarget, relaxedTarget, nativeAim }: BenchModel,
  bytes: Uint8Array,
  seconds: number,
  { load, native }: { readonly load: Load | null; readonly native: NativePeer | null },
  say: Say,
): Promise<Result> {
  say.progress(`${name}: compiling`);
  const graph = (await importModel(bytes, name)) as LayeredGraph;
  const { wasm, manifest, compileCpuMs } = await compileFor(graph, "simd");
  say.progress(`${name}: timing, ${seconds} s of samples each`);
  const ours = await sessionCall(wasm);
  const forms = native?.calls(graph) ?? [];
  const calls = [
    ...[ours, bareCall(wasm), ...(load === null ? [] : [peerCall(load(bytes))])],
    ...forms.map(({ call }) => call),
  ];
  const latencies = await timed(calls, seconds);
  const natives = latencies.slice(calls.length - forms.length);
  const others = latencies.slice(0, calls.length - forms.length);
  const [whole, bare, peer] = others as [Latency, Latency, Latency?];
  say.progress(`${name}: timing its layers`);
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
    native: fastest(whole.minUs, native, forms, natives),
    nativeAim: nativeAim ?? null,
    ratioTarget: isRelaxed(FLAVOUR) ? (relaxedTarget ?? ratioTarget) : ratioTarget,
    kinds: await operatorKinds(graph),
  };
}

/** Of the forms that the native peer takes, the one with the least time. */
function fastest(
  ours: number,
  native: NativePeer | null,
  forms: readonly { readonly form: string }[],
  latencies: readonly Latency[],
): Result["native"] {
  const [best] = forms
    .map(({ form }, k) => ({ form, ...at(latencies, k) }))
    .sort((a, b) => a.minUs - b.minUs);
  if (native === null || !best) return null;
  return {
    name: `${ONNXRUNTIME} ${native.version}, one thread`,
    ...best,
    ratio: ours / best.minUs,
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
