/**
 * A state belongs to a network and to every option that changes what the network computes. All options are walked: one
 * without a row below does not compile.
 */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { CompileOptions } from "../../../host/compiler/index.ts";
import { stateDigest } from "../../../host/files/state-file.ts";
import { withFront } from "../../../host/front/index.ts";
import { importNir, NIR_DEFAULTS, type NirOptions } from "../../../host/importers/nir/index.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Front } from "../../../host/model/signal-graph.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import type { Manifest } from "../../../host/module/manifest.ts";
import { cubaLif, network, probability, uniform } from "../../../host/network/index.ts";
import { failedWith, folderOfFiles } from "../../support/cli.ts";
import { f32, i64, type NirGraph, type NirNode, writeNir } from "../../support/nir-writer.ts";
import { FLATTEN } from "../../support/small-models.ts";
import { openSpiking } from "../../support/spiking.ts";

/** Values beside the default, and whether a network computes the same with them. */
type Row<T> = { readonly others: readonly T[]; readonly computes: "the same" | "something else" };
type Walk<Options> = { readonly [Key in keyof Options]-?: Row<NonNullable<Options[Key]>> };

const COMPILING: Walk<CompileOptions> = {
  build: { others: ["simd"], computes: "the same" },
  flavour: { others: ["extmul", "relaxed-unsigned", "relaxed-signed"], computes: "the same" },
  // of layered networks: spiking ones round as their kernels say
  rounding: { others: ["single"], computes: "the same" },
  keepLayers: { others: [true], computes: "the same" },
  selfTest: { others: [true], computes: "the same" },
  weights: { others: ["i8"], computes: "something else" },
  keptSteps: { others: [["hidden.v"]], computes: "the same" },
  memoryBytes: { others: [2 ** 16, 2 ** 20], computes: "the same" },
  interpreted: { others: [true], computes: "the same" },
};

const READING: Walk<NirOptions> = {
  dtSeconds: { others: [1.25e-4, 2e-4], computes: "something else" },
  timeUnit: { others: ["s"], computes: "something else" },
  discretisation: {
    others: ["snntorch", "spyx", "nengo", "sinabs", "lava", "exact"],
    computes: "something else",
  },
  reset: { others: ["subtract"], computes: "something else" },
  inputKind: { others: ["values"], computes: "something else" },
};

const neurons = (n: number): NirNode => ({
  // in ms
  ...{ type: "CubaLIF", tau_syn: f32([n], 5), tau_mem: f32([n], 20), r: f32([n], 1) },
  ...{ v_leak: f32([n], 0), v_threshold: f32([n], 0.1), v_reset: f32([n], 0), w_in: f32([n], 1) },
});
const weights = (inputs: number, outputs: number): NirNode => ({
  ...{ type: "Linear", weight: f32([outputs, inputs], 0.7, -0.25, 1) },
});
const recurrent: NirGraph = {
  type: "NIRGraph",
  nodes: {
    input: { type: "Input", shape: i64(6) },
    in: weights(6, 8),
    hidden: neurons(8),
    again: weights(8, 8),
    out: weights(8, 3),
    last: neurons(3),
    output: { type: "Output", shape: i64(3) },
  },
  edges: [
    ["input", "in"],
    ["in", "hidden"],
    ["hidden", "again"],
    ["again", "hidden"],
    ["hidden", "out"],
    ["out", "last"],
    ["last", "output"],
  ],
};
const nir = await writeNir(recurrent);
const source = {
  name: "recurrent.nir",
  format: "nir",
  sha256: createHash("sha256").update(nir).digest("hex"),
} as const;
const fromNir = (options: Partial<NirOptions> = {}, sha256 = source.sha256): SpikingGraph =>
  importNir(
    nir,
    { ...source, sha256 },
    { ...NIR_DEFAULTS, reset: "zero", dtSeconds: 1e-3, timeUnit: "ms", ...options },
  );

function built(seed = 1, weight = 0.4): SpikingGraph {
  const net = network({ name: "built", seed });
  const input = net.input("in", 6);
  const neuron = cubaLif({ tauMem: 0.02, vThreshold: 1, receptors: { exc: { tauSyn: 5e-3 } } });
  const cells = net.population("cells", 20, neuron);
  net.start(cells, uniform(0, 1));
  net.project(input, cells, { connect: probability(0.5), weight });
  net.project(cells, cells, { connect: probability(0.1), weight });
  net.output("spikes", cells);
  return net.graph();
}

type Computed = { readonly digest: string; readonly results: string; readonly spikes: bigint };

/** The digest, and what 200 steps of noise give: outputs, counters and the state at the end. */
async function computed(graph: SpikingGraph, options: Partial<CompileOptions>): Promise<Computed> {
  const { session, manifest, step } = await openSpiking(graph, { selfTest: false, ...options });
  const random = mulberry32(4);
  const values = graph.semantics.inputKind === "values";
  const hash = createHash("sha256");
  for (let k = 0; k < 200; k++) {
    const input = Array.from({ length: 6 }, () => (random() < 0.4 ? 1 : 0));
    hash.update(step(values ? input.flatMap((x) => [x, 0]) : input));
  }
  const { spikes } = session.counters();
  hash.update(session.readState()).update(JSON.stringify(session.counters(), text));
  const digest = Buffer.from(stateDigest(manifest)).toString("hex");
  return { digest, results: hash.digest("hex"), spikes };
}

const text = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? `${value}` : value;

const rows = <T>(walk: Walk<T>): readonly (readonly [string, Row<unknown>])[] =>
  Object.entries<Row<unknown>>(walk);

describe.each([
  ["of a file", fromNir()],
  ["built by code", built()],
])("a network %s", (_, graph) => {
  const known = new Map<string, Promise<Computed>>();
  const before = (base: Partial<CompileOptions>): Promise<Computed> => {
    const key = JSON.stringify(base);
    const found = known.get(key) ?? computed(graph, base);
    known.set(key, found);
    return found;
  };

  test.each(rows(COMPILING))("compiled with another %s", async (key, { others, computes }) => {
    // flavours are of the SIMD build
    const base: Partial<CompileOptions> = key === "flavour" ? { build: "simd" } : {};
    const { digest, results, spikes } = await before(base);
    // a silent network would compute the same whatever it was told
    expect(spikes).toBeGreaterThan(100n);
    for (const other of others) {
      const after = await computed(graph, { ...base, [key]: other });
      const same = computes === "the same";
      expect([other, after.digest === digest]).toEqual([other, same]);
      expect([other, after.results === results]).toEqual([other, same]);
    }
  });
});

test.each(rows(READING))("read with another %s", async (key, { others }) => {
  const all = [await computed(fromNir(), {})];
  for (const other of others) all.push(await computed(fromNir({ [key]: other }), {}));
  expect(new Set(all.map(({ digest }) => digest)).size).toBe(1 + others.length);
});

test("each option counts for itself, also where all formats stay as they are", async () => {
  const { manifest } = await openSpiking(fromNir(), { selfTest: false });
  const { dtSeconds, ...options } = { ...READING, weights: COMPILING.weights };
  const changed: Manifest[] = dtSeconds.others.map((dt) => ({ ...manifest, dtSeconds: dt }));
  for (const [key, { others }] of rows(options)) {
    for (const other of others) {
      changed.push({ ...manifest, options: { ...manifest.options, [key]: `${other}` } });
    }
  }
  const digests = [manifest, ...changed].map((one) =>
    Buffer.from(stateDigest(one)).toString("hex"),
  );
  expect(new Set(digests).size).toBe(1 + changed.length);
});

test("behind a front end the network's own time step counts, also where all formats stay as they are", async () => {
  const front: Front = {
    ...{ name: "lines", sampleRateHz: 4096, unit: "m/s²", scale: 1, channels: 1, hop: 64 },
    ...{ start: null, rounding: "nearest" },
    nodes: [
      { kind: "Window", shape: "hann", length: 64 },
      { kind: "Spectrum", size: 64, divisor: 1 },
      { kind: "Log", first: 1, lines: 6, unit: "log2", floor: 1 },
      { kind: "Encode", code: "rate", scale: 1, threshold: 0, gain: 1, memory: "kept" },
    ],
  };
  const behind = async (steps: number): Promise<Manifest> => {
    const graph = withFront(fromNir({ dtSeconds: 64 / 4096 / steps }), front);
    return (await openSpiking(graph, { selfTest: false })).manifest;
  };
  const [coarse, fine] = [await behind(16), await behind(32)];
  expect(fine.dtSeconds).toBe(coarse.dtSeconds); // a hop
  const own = stateDigest(coarse);
  expect(stateDigest({ ...fine, memory: coarse.memory })).not.toEqual(own);
});

test("another file, another seed, another weight: other digests", async () => {
  const other = fromNir({}, "0".repeat(64));
  const graphs = [built(), built(2), built(1, 0.5), fromNir(), other];
  const digests = new Set<string>();
  for (const graph of graphs) digests.add((await computed(graph, {})).digest);
  expect(digests.size).toBe(graphs.length);
});

describe("where the parts of the state lie", () => {
  type Memory = Manifest["memory"];
  const digestOf = async (change: (memory: Memory) => Memory): Promise<string> => {
    const { manifest } = await openSpiking(built(), { selfTest: false });
    const memory = change(manifest.memory);
    return Buffer.from(stateDigest({ ...manifest, memory })).toString("hex");
  };
  const ofKind = (memory: Memory, change: (entry: Memory[number], k: number) => Memory[number]) => {
    let k = 0;
    return memory.map((entry) => (entry.kind === "state" ? change(entry, k++) : entry));
  };

  test("counts for itself: name, place, length, scale", async () => {
    const digests = await Promise.all([
      digestOf((memory) => memory),
      digestOf((memory) => ofKind(memory, (e, k) => (k === 1 ? { ...e, name: "other" } : e))),
      digestOf((memory) => ofKind(memory, (e, k) => (k === 1 ? { ...e, ptr: e.ptr + 8 } : e))),
      digestOf((memory) => ofKind(memory, (e, k) => (k === 1 ? { ...e, len: e.len + 8 } : e))),
      digestOf((memory) => ofKind(memory, (e, k) => (k === 0 ? { ...e, scale: 3 } : e))),
    ]);
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("not where the whole of it lies, nor what is no state", async () => {
    const before = await digestOf((memory) => memory);
    const moved = (memory: Memory) => memory.map((entry) => ({ ...entry, ptr: entry.ptr + 64 }));
    expect(await digestOf(moved)).toBe(before);
    const fewer = (memory: Memory) => memory.filter(({ kind }) => kind === "state");
    expect(await digestOf(fewer)).toBe(before);
  });
});

test("a layered network has no state, and none is saved of it", async () => {
  const { file, path } = folderOfFiles();
  const save = ["--save-state", path("layered.state")];
  expect(await failedWith("run", file("flatten.tflite", FLATTEN), ...save)).toBe("USAGE 2");
});
