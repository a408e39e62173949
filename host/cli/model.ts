/** MODEL: a file of any known format, recognised by content, or a network built by code. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fail } from "../errors.ts";
import type { Named } from "../files/distinct.ts";
import { readWhole } from "../files/read-bytes.ts";
import { pickedArray } from "../importers/c-array/picked.ts";
import type { Graph, LayeredGraph } from "../model/graph.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import type { Manifest } from "../module/manifest.ts";
import { naming } from "./naming.ts";
import { isNetworkName, networkByName } from "./networks.ts";
import {
  isFrontFile,
  type ModelOptions,
  refuseContradictions,
  refuseSpikingOptions,
} from "./options.ts";

export type Model = { readonly kind: "graph"; readonly graph: Graph } | ModuleModel;

export type ModuleModel = {
  readonly kind: "module";
  readonly wasm: Uint8Array;
  readonly manifest: Manifest;
  /** compiled by this program for this user; of others nobody knows whether a step ends */
  readonly own: boolean;
};

/** A model without time: what its input is alone decides its output. */
export type LayeredModel = { readonly kind: "graph"; readonly graph: LayeredGraph } | ModuleModel;

/** Far above any network for a small module, far below what harms the host. */
const MAX_MODEL_BYTES = 256 * 2 ** 20;
const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** Raises USAGE where the options contradict what the model is. @param signal ends waiting for a pipe */
export const loadModel = (
  name: string,
  options: ModelOptions,
  signal: AbortSignal,
): Promise<Model> => naming(name, () => load(name, options, signal));

async function load(name: string, options: ModelOptions, signal: AbortSignal): Promise<Model> {
  if (isNetworkName(name)) {
    return layeredOrSpiking(await networkByName(name, options), options, signal);
  }
  const bytes = await readWhole(pathOf(name), MAX_MODEL_BYTES, "MODEL_FORMAT", signal);
  if (bytes.length === 0) fail("MODEL_FORMAT", name, "an empty file", "a model file");
  if (WASM_MAGIC.every((b, k) => bytes[k] === b)) {
    const { readModuleManifest } = await import("../module/check.ts");
    const manifest = readModuleManifest(bytes);
    refuseContradictions(options, manifest);
    const { isOwn } = await import("../compiler/own-modules.ts");
    return { kind: "module", wasm: bytes, manifest, own: await isOwn(bytes) };
  }
  const { importModel } = await import("../importers/index.ts");
  return layeredOrSpiking(
    await importModel(bytes, basename(name), {
      dtSeconds: options.dt,
      timeUnit: options.timeUnit,
      discretisation: options.discretisation,
      reset: options.reset,
      inputKind: options.inputKind,
    }),
    options,
    signal,
  );
}

/** A model that runs step by step and keeps a state between steps. */
export type SpikingModel = { readonly kind: "graph"; readonly graph: SpikingGraph } | ModuleModel;

/** Which of the two a model is: from here on their ways part. */
export type Sorted = { readonly layered: LayeredModel } | { readonly spiking: SpikingModel };

export function sorted(model: Model): Sorted {
  if (model.kind === "module") {
    return model.manifest.dtSeconds === null ? { layered: model } : { spiking: model };
  }
  const { graph } = model;
  return graph.kind === "layered"
    ? { layered: { kind: "graph", graph } }
    : { spiking: { kind: "graph", graph } };
}

/** Whether it takes samples, hop by hop, and keeps what windows overlap between steps. */
export function takesSamples(model: Model): boolean {
  if (model.kind === "graph") return model.graph.front !== undefined;
  return model.manifest.inputs.some(({ sampleRateHz }) => sampleRateHz !== undefined);
}

/** Something outlives a step: samples of a front end, variables, what a layer keeps. */
export function keepsState(model: Model): boolean {
  if (takesSamples(model)) return true;
  if (model.kind === "module") return model.manifest.memory.some(({ kind }) => kind === "state");
  return model.graph.kind === "spiking" || model.graph.variables !== undefined;
}

/** The file of a MODEL; what follows a # in its name picks an array of C text, unless a file is called so. */
const pathOf = (name: string): string => (existsSync(name) ? name : pickedArray(name).file);

/** MODEL and its front end as files of the call; none where they have names. */
export const modelFile = (name: string, front?: string): readonly Named[] => [
  ...(isNetworkName(name) ? [] : [{ flag: "the model", path: pathOf(name) }]),
  ...(front !== undefined && isFrontFile(front) ? [{ flag: "--front", path: front }] : []),
];

/** The name a person gave it: of the file or of the network. */
export const modelName = (model: Model): string =>
  (model.kind === "module" ? model.manifest : model.graph).source.name;

/** A NIR file has no refractory time, so that it changes nothing there. */
const withRefractory = (graph: SpikingGraph, { refractory }: ModelOptions): SpikingGraph =>
  refractory !== undefined ? { ...graph, semantics: { ...graph.semantics, refractory } } : graph;

async function layeredOrSpiking(
  graph: Graph,
  options: ModelOptions,
  signal: AbortSignal,
): Promise<Model> {
  if (graph.kind === "layered") refuseSpikingOptions(options);
  const { front } = options;
  const own = graph.kind === "layered" ? graph : counted(withRefractory(graph, options), options);
  return { kind: "graph", graph: front === undefined ? own : await frontedBy(own, front, signal) };
}

/** Far above any list of nodes. */
const MAX_FRONT_BYTES = 1 << 20;

async function frontedBy(graph: Graph, front: string, signal: AbortSignal): Promise<Graph> {
  if (graph.front !== undefined) {
    const expected = `none: the network has the front end ${graph.front.name}`;
    const remedy = "Leave it out, or take the network alone: net:demo-…?input=features.";
    fail("USAGE", "--front", front, expected, remedy);
  }
  const { frontByName, readFront, withFront } = await import("../front/index.ts");
  if (!isFrontFile(front)) return withFront(graph, frontByName(front));
  const bytes = await readWhole(front, MAX_FRONT_BYTES, "MODEL_FORMAT", signal);
  return withFront(graph, readFront(new TextDecoder().decode(bytes), basename(front)));
}

/** With the largest count of --max-count at every Input. */
function counted(graph: SpikingGraph, { maxCount }: ModelOptions): SpikingGraph {
  if (maxCount === undefined) return graph;
  if (graph.semantics.inputKind === "values") {
    const expected = "spikes: values have no counts";
    fail("USAGE", "--max-count", "inputs of values", expected, "Leave the option out.");
  }
  const nodes = graph.nodes.map((node) => (node.kind === "Input" ? { ...node, maxCount } : node));
  return { ...graph, nodes };
}
