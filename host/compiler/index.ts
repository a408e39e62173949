/** The compiler: graph → one WebAssembly module. Reads assembly/ as text; knows no file format and no target. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph, LayeredGraph } from "../model/graph.ts";
import { type Front, framesOf } from "../model/signal-graph.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import { KERNEL_PREFIX } from "../module/kernels.ts";
import { type Manifest, SCHEMA, SECTION } from "../module/manifest.ts";
import { describedInputs, describedPort } from "../module/ports.ts";
import { isRelaxed, RELAXED, requireComputable } from "../module/relaxed.ts";
import { readExports } from "../module/sections.ts";
import { customSection, readSections, SECTION_ID, writeSections } from "../module/wasm-binary.ts";
import { build } from "./build.ts";
import { emit } from "./emit.ts";
import { layoutLayered } from "./layered.ts";
import type { Layout } from "./layout.ts";
import { type CompileOptions, DEFAULT_OPTIONS } from "./options.ts";
import { isReplaceable } from "./rom.ts";
import { ROOT } from "./root.ts";
import { SPIKING_STEPS, selfTest, type Trial } from "./self-test.ts";
import { planSpiking } from "./spiking/index.ts";
import type { Plan } from "./summary.ts";

export type { MemorySummary } from "../module/memory-summary.ts";
export type { CompileOptions } from "./options.ts";
export { DEFAULT_OPTIONS } from "./options.ts";
export type { Plan, PlannedNode } from "./summary.ts";

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
  return drafted(graph, options).plan;
}

/** Compiles. Deterministic. Raises every problem at once, before asc runs. */
export async function compile(graph: Graph, given: CompileOptions): Promise<Compiled> {
  const start = process.cpuUsage();
  // spiking networks have no convolution that a flavour is for: theirs run on every engine
  const options = graph.kind === "spiking" ? { ...given, flavour: DEFAULT_OPTIONS.flavour } : given;
  const flavour = options.build === "simd" ? options.flavour : null;
  // its self-test is what this engine computes
  if (options.selfTest) requireComputable(flavour);
  const { layout, plan, about } = drafted(graph, options);
  const title = `${graph.source.name}, ${options.build} build, by ${COMPILER}`;
  const globals = isRelaxed(flavour) ? { relaxed: RELAXED[flavour] } : {};
  const emitted = emit(layout, title, globals, isReplaceable(options));
  const code = await build(emitted, layout, options.build, flavour);
  const recorded = options.selfTest && layout.output.len > 0;
  const manifest: Manifest = {
    schema: SCHEMA,
    compiler: COMPILER,
    build: options.build,
    flavour,
    profile: "pure",
    rounding: options.rounding,
    source: graph.source,
    options: about.options,
    inputs: about.inputs,
    outputs: about.outputs,
    labels: graph.labels,
    dtSeconds: about.dtSeconds,
    stepsHint: layout.stepsHint,
    macs: layout.nodes.reduce((n, { macs }) => n + macs, 0),
    neurons: plan.neurons,
    synapses: plan.synapses,
    memory: layout.entries,
    kernels: kernelsOf(code),
    rom: layout.rom && { ptr: layout.rom.ptr, len: layout.rom.bytes.length },
    codeSha256: createHash("sha256").update(code).digest("hex"),
    selfTest: recorded ? await selfTest(code, layout, about.trial, about.trialSteps) : null,
  };
  const { user, system } = process.cpuUsage(start);
  return {
    wasm: withManifest(code, manifest),
    manifest,
    plan,
    compileCpuMs: (user + system) / 1000,
  };
}

/** The exports that boards may have kernels of their own for. */
const kernelsOf = (code: Uint8Array): readonly string[] =>
  [...readExports(readSections(code).find(({ id }) => id === SECTION_ID.export)?.body).keys()]
    .filter((name) => name.startsWith(KERNEL_PREFIX))
    .sort();

/** A graph of either kind, planned, and what the manifest says of it. */
type Drafted = {
  readonly layout: Layout;
  readonly plan: Plan;
  readonly about: Pick<Manifest, "options" | "inputs" | "outputs" | "dtSeconds"> & {
    /** input of the self-test */
    readonly trial: Trial;
    readonly trialSteps: number;
  };
};

function drafted(graph: Graph, options: CompileOptions): Drafted {
  return graph.kind === "layered" ? draftLayered(graph, options) : draftSpiking(graph, options);
}

function draftLayered(graph: LayeredGraph, options: CompileOptions): Drafted {
  const layout = layoutLayered(graph, options);
  const { weights: _, keptSteps: __, ...own } = options;
  const { front } = graph;
  return {
    layout,
    plan: { ...planOf(layout), neurons: 0, synapses: 0, quantisation: null },
    about: {
      options: front ? { ...own, front: front.name, frontSha256: digestOf(front) } : own,
      inputs: describedInputs(graph),
      outputs: graph.outputs.map((port) => describedPort(graph, port)),
      dtSeconds: null,
      trial: "bytes",
      // the first whole window is the first that anything comes of
      trialSteps: (front ? framesOf(front).waiting : 0) + (graph.variables ? KEPT_STEPS : 1),
    },
  };
}

function draftSpiking(graph: SpikingGraph, options: CompileOptions): Drafted {
  const { layout, network, inputs, outputs, neurons, synapses } = planSpiking(graph, options);
  const { dtSeconds, assumptions, ...semantics } = graph.semantics;
  const { front } = graph;
  const { keptSteps, ...chosen } = options;
  const kept = keptSteps === undefined ? {} : { keptSteps: keptSteps.join(" ") };
  const said = { ...chosen, ...kept, dt: dtSeconds };
  const own = { ...said, ...semantics, assumptions: assumptions.join(" ") };
  const stepsPerHop = layout.rounds?.times ?? 1;
  const ahead = front && { front: front.name, frontSha256: digestOf(front), stepsPerHop };
  const trial = semantics.inputKind === "spikes" ? "spikes" : "values";
  return {
    layout,
    plan: { ...planOf(layout), neurons, synapses, quantisation: network.report },
    about: {
      options: { ...own, ...ahead },
      ...{ inputs, outputs },
      // a step of the module is a hop
      dtSeconds: front ? front.hop / front.sampleRateHz : dtSeconds,
      trial: front ? "bytes" : trial,
      trialSteps: front ? framesOf(front).waiting + SAMPLED_HOPS : SPIKING_STEPS,
    },
  };
}

/** Inferences in the self-test of a network that keeps something: what the first leaves is read by the next. */
const KEPT_STEPS = 4;

/** Whole windows in the self-test of a spiking network behind a front end. */
const SAMPLED_HOPS = 4;

/** Two front ends of one name may differ. */
const digestOf = (front: Front): string =>
  createHash("sha256").update(JSON.stringify(front)).digest("hex");

const planOf = ({ nodes, memory, entries }: Layout) => ({ nodes, memory, entries });

function withManifest(code: Uint8Array, manifest: Manifest): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(manifest));
  return writeSections([...readSections(code), customSection(SECTION, payload)]);
}
