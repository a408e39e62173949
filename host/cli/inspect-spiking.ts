/** `inspect` of a spiking network: how its equations became steps, its nodes, what the rounding costs, its synapses. */

import { type Memory, type ModuleFacts, moduleFacts } from "../boards/facts.ts";
import { boardFits } from "../boards/fits.ts";
import type { PlannedNode } from "../compiler/summary.ts";
import { fail } from "../errors.ts";
import { createAtomic } from "../files/file.ts";
import { stepsPerHop } from "../model/signal-graph.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { observables } from "../run/observables.ts";
import { openPace } from "../run/progress.ts";
import type { QuantisationReport } from "../spiking/fixed-network.ts";
import { count, labelled, plural, shapeText, significant, table } from "../text.ts";
import { compileOptions, moduleOf } from "./build.ts";
import { costLines, moduleDocument, samplesText, sourceLines } from "./inspect-lines.ts";
import type { SpikingModel } from "./model.ts";
import type { ModelOptions } from "./options.ts";
import type { Result, Session } from "./result.ts";
import {
  type SemanticsFacts,
  semanticsOf,
  semanticsText,
  warnOfLostWeights,
} from "./spiking-options.ts";
import { spikingPorts } from "./spiking-ports.ts";
import { recordable } from "./step-recordings.ts";

export async function inspectSpiking(
  session: Session,
  model: SpikingModel,
  options: ModelOptions & { readonly edges?: string },
): Promise<Result> {
  if (options.edges !== undefined && model.kind === "module") {
    const remedy = "Give the model it was compiled from.";
    fail("USAGE", "--edges", "a compiled module", "a model: it lists its synapses", remedy);
  }
  const { flavour: _, ...own } = options;
  const chosen = compileOptions(own, null, session);
  const ports = await spikingPorts(model, chosen);
  const { inputs, outputs, quantisation: quantised } = ports;
  warnOfLostWeights(quantised, session);
  const found = await inspected(session, model, chosen);
  if (options.edges !== undefined && model.kind === "graph") {
    await writeEdges(session, options.edges, model.graph);
  }
  const { source } = model.kind === "module" ? model.manifest : model.graph;
  const { nodes, memory, module, neurons, synapses, quantisation, semantics } = found;
  const boards = boardFits(module);
  const macs = (nodes ?? []).reduce((n, node) => n + node.macs, 0);
  const records = [...observables(await recordable(model, chosen, ports)).keys()];
  return {
    json: {
      source,
      semantics,
      inputs,
      outputs,
      nodes: nodes ?? [],
      totals: { macs, neurons, synapses },
      memory,
      quantisation,
      records,
      module: moduleDocument(module),
      boards,
    },
    text: [
      ...sourceLines(source),
      ...labelled("time", [
        semanticsText(semantics),
        `time constants in the source: ${semantics.timeUnit}`,
      ]),
      ...labelled("assumed", semantics.assumptions),
      ...labelled("inputs", inputs.length > 0 ? inputs.map(tensorText) : ["none"]),
      ...labelled("outputs", outputs.length > 0 ? outputs.map(tensorText) : ["none"]),
      "",
      ...(nodes ? nodeLines(nodes) : ["a module does not list its nodes: inspect its model"]),
      "",
      ...labelled("total", [`${plural(neurons, "neuron")}, ${plural(synapses, "synapse")}`]),
      ...labelled("record", [shortList(records)]),
      ...(options.edges === undefined ? [] : labelled("synapses", [options.edges])),
      "",
      ...(quantisation ? [...quantisationLines(quantisation), ""] : []),
      ...costLines(memory, module, boards),
    ],
  };
}

type Found = {
  /** null for a module, which does not keep them */
  readonly nodes: readonly PlannedNode[] | null;
  readonly memory: Memory;
  readonly module: ModuleFacts;
  readonly neurons: number;
  readonly synapses: number;
  /** null for a module, which does not keep it */
  readonly quantisation: QuantisationReport | null;
  readonly semantics: SemanticsFacts;
};

async function inspected(
  session: Session,
  model: SpikingModel,
  chosen: ReturnType<typeof compileOptions>,
): Promise<Found> {
  if (model.kind === "module") {
    const { memory, facts } = moduleFacts(model.wasm);
    const { neurons, synapses } = model.manifest;
    const semantics = semanticsOf(model.manifest);
    return { nodes: null, memory, module: facts, neurons, synapses, quantisation: null, semantics };
  }
  const { plan } = await import("../compiler/index.ts");
  const { nodes, memory, neurons, synapses, quantisation } = plan(model.graph, chosen);
  const module = moduleFacts((await moduleOf(model, chosen, session)).wasm).facts;
  const { front, semantics: own } = model.graph;
  const hop = front && { stepsPerHop: stepsPerHop(front, own.dtSeconds) };
  const semantics: SemanticsFacts = { ...own, ...hop, weights: chosen.weights };
  return { nodes, memory, module, neurons, synapses, quantisation, semantics };
}

/** `pre,post,weight,delaySteps`, a line per synapse. */
async function writeEdges({ io }: Session, path: string, graph: SpikingGraph): Promise<void> {
  const { synapsesCsv } = await import("../spiking/edges.ts");
  const file = await createAtomic(path);
  const encoder = new TextEncoder();
  const pace = openPace(io);
  let bytes = 0;
  try {
    for (const block of synapsesCsv(graph)) {
      const part = encoder.encode(block);
      await file.write(part);
      bytes += part.length;
      const breath = pace.next(() => `${count(bytes)} bytes of synapses`);
      if (breath) await breath;
      // half a list would look like a whole one
      if (io.signal.aborted)
        fail("INTERRUPTED", path, "a signal while it was written", "the whole list");
    }
    await file.commit();
  } finally {
    pace.end();
    await file.discard();
  }
}

function tensorText(tensor: ManifestTensor): string {
  const { name, shape, edge, dtype, scale, maxCount } = tensor;
  if (tensor.sampleRateHz !== undefined) return samplesText(tensor, tensor.sampleRateHz);
  const most = maxCount === undefined ? "" : `, at most ${maxCount} a step`;
  const type = edge === "spike" ? `spikes${most}` : `values, ${dtype}, scale ${scale}`;
  return `${name} ${shapeText(shape)} ${type}`;
}

function nodeLines(nodes: readonly PlannedNode[]): string[] {
  const rows = nodes.map((node) => [
    String(node.index),
    node.kind,
    shapeText(node.outputShape),
    node.neurons ? count(node.neurons) : "",
    node.synapses ? count(node.synapses) : "",
    node.parameterBytes ? count(node.parameterBytes) : "",
    node.form,
    node.name,
  ]);
  const head = ["#", "kind", "output", "neurons", "synapses", "bytes", "form", "name"];
  return table(
    [head, ...rows],
    ["right", "left", "left", "right", "right", "right", "left", "left"],
  );
}

/** What the rounding to integers costs. */
function quantisationLines({ populations, projections }: QuantisationReport): string[] {
  const populationRows = populations.map((p) => [
    p.name,
    String(p.fractionBits),
    power(p.resolution),
    power(p.roundingPerStep),
    power(p.decayError),
    times(p.headroom),
    p.neverSaturates ? "proven" : "counted",
  ]);
  const projectionRows = projections.map((p) => [
    p.name,
    `${p.from} → ${p.to}`,
    `2^${p.exponent}`,
    power(p.weightError),
    times(p.headroom),
  ]);
  const head = ["population", "bits", "one unit", "per step", "decay", "headroom", "saturation"];
  const weights = ["projection", "", "weight unit", "weight error", "headroom"];
  const right = "right" as const;
  return [
    "rounding, in the model's units",
    ...table([head, ...populationRows], ["left", right, right, right, right, right, "left"]),
    ...(projectionRows.length > 0
      ? ["", ...table([weights, ...projectionRows], ["left", "left", right, right, right])]
      : []),
  ];
}

const power = (x: number): string =>
  x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(1) : significant(x);

const times = (x: number): string =>
  x >= 1e6 ? `${x.toExponential(0).replace("e+", "e")}×` : `${significant(x)}×`;

const MOST_NAMES = 12;

const shortList = (names: readonly string[]): string => {
  if (names.length === 0) return "nothing";
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? `, … and ${count(more)} more` : ""}`;
};
