/** The compiler: graph → one WebAssembly module. Reads assembly/ as text; knows no file format and no target. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import type { Graph, LayeredGraph, Port } from "../model/graph.ts";
import { perTensor } from "../model/graph.ts";
import { type Manifest, type ManifestTensor, SCHEMA, SECTION } from "../model/manifest.ts";
import { customSection, readSections, writeSections } from "../model/wasm-binary.ts";
import { build, ROOT } from "./build.ts";
import { isWeighted, macsOf } from "./channels.ts";
import { emit } from "./emit.ts";
import type { Layout } from "./layout.ts";
import { lowerGraph, structureProblems } from "./lower-graph.ts";
import { ROWS } from "./ops/index.ts";
import type { CompileOptions } from "./options.ts";
import { planLayered, shapesOf } from "./plan.ts";
import { prune } from "./prune.ts";
import { selfTest } from "./self-test.ts";
import type { Plan, PlannedNode } from "./summary.ts";

export type { CompileOptions } from "./options.ts";
export { DEFAULT_OPTIONS } from "./options.ts";
export type { MemorySummary, Plan, PlannedNode } from "./summary.ts";

export type Compiled = {
  readonly wasm: Uint8Array;
  readonly manifest: Manifest;
  readonly plan: Plan;
  /** CPU milliseconds of this process spent compiling */
  readonly compileCpuMs: number;
};

/** "twentywatt x.y.z" */
export const COMPILER = `twentywatt ${
  (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version
}`;

/** Plans memory without compiling; fast enough for `inspect`. Raises every problem at once. */
export function plan(graph: Graph, options: CompileOptions): Plan {
  return planOf(layoutOf(layered(graph), options));
}

/** Compiles. Deterministic. Raises every problem at once, before asc runs. */
export async function compile(graph: Graph, options: CompileOptions): Promise<Compiled> {
  const start = process.cpuUsage();
  const network = layered(graph);
  const layout = layoutOf(network, options);
  const title = `${network.source.name}, ${options.build} build, by ${COMPILER}`;
  const code = await build(emit(layout, title), layout, options.build);
  const manifest: Manifest = {
    schema: SCHEMA,
    compiler: COMPILER,
    build: options.build,
    flavour: options.build === "simd" ? options.flavour : null,
    profile: "pure",
    rounding: options.rounding,
    source: network.source,
    options: { ...options },
    inputs: network.inputs.map((port) => manifestTensor(network, port)),
    outputs: network.outputs.map((port) => manifestTensor(network, port)),
    labels: network.labels,
    dtSeconds: null,
    stepsHint: layout.stepsHint,
    macs: layout.nodes.reduce((n, { macs }) => n + macs, 0),
    neurons: 0,
    synapses: 0,
    memory: layout.entries,
    codeSha256: createHash("sha256").update(code).digest("hex"),
    selfTest: options.selfTest ? await selfTest(code, layout) : null,
  };
  const { user, system } = process.cpuUsage(start);
  return {
    wasm: withManifest(code, manifest),
    manifest,
    plan: planOf(layout),
    compileCpuMs: (user + system) / 1000,
  };
}

function layered(graph: Graph): LayeredGraph {
  if (graph.kind === "layered") return graph;
  return fail("MODEL_FORMAT", graph.source.name, "a spiking network", "a layered network");
}

/** Shapes, parameters and MACs are reported as the model has them, whatever was left out. */
function layoutOf(graph: LayeredGraph, options: CompileOptions): Layout {
  const sound = structureProblems(graph).length === 0;
  const network = sound && !options.keepLayers ? prune(graph, options.rounding) : graph;
  const layout = planLayered(network, lowerGraph(network, ROWS, options), options);
  return { ...layout, nodes: layout.nodes.map((node, k) => asInModel(node, graph, k)) };
}

function asInModel(planned: PlannedNode, graph: LayeredGraph, k: number): PlannedNode {
  const node = graph.nodes[k];
  if (!node) return planned;
  const shapes = shapesOf(graph, node);
  const [had, has] = [shapes.outputShape.at(-1), planned.outputShape.at(-1)];
  const left = had === has ? "" : `, ${has} of ${had} channels`;
  const macs = isWeighted(node) ? macsOf(node, graph) : planned.macs;
  return { ...planned, ...shapes, macs, form: `${planned.form}${left}` };
}

const planOf = ({ nodes, memory, entries }: Layout): Plan => ({ nodes, memory, entries });

function manifestTensor(graph: LayeredGraph, port: Port): ManifestTensor {
  const tensor = graph.tensors[port.tensor];
  if (!tensor) throw new Error(`no tensor ${port.tensor}`);
  const { name, shape, dtype } = tensor;
  return { name, shape, dtype, edge: port.edge, ...perTensor(tensor) };
}

function withManifest(code: Uint8Array, manifest: Manifest): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(manifest));
  return writeSections([...readSections(code), customSection(SECTION, payload)]);
}
