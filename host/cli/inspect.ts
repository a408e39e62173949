/** `inspect MODEL`: operators, shapes, MACs, the memory plan to the byte, the module, and which boards it fits. */
import type { Command } from "commander";
import { type Memory, type ModuleFacts, moduleFacts } from "../boards/facts.ts";
import { type BoardFit, boardFits, boardFitsOf } from "../boards/fits.ts";
import type { PlannedNode } from "../compiler/summary.ts";
import type { Rounding } from "../model/multiplier.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { count, labelled, shapeText, table } from "../text.ts";
import { smallerModule } from "./board-module.ts";
import { compileOptions, moduleOf } from "./build.ts";
import { GROUP, withExamples } from "./help.ts";
import { costLines, moduleDocument, samplesText, sourceLines } from "./inspect-lines.ts";
import { type LayeredModel, loadModel, sorted } from "./model.ts";
import { naming } from "./naming.ts";
import {
  MODEL,
  type ModelOptions,
  modelOptions,
  optionalBuildOption,
  refuseSpikingOptions,
} from "./options.ts";
import { portsOf } from "./ports.ts";
import type { Result, Session } from "./result.ts";

type Options = ModelOptions & { readonly edges?: string };

export const define = (command: Command): Command =>
  withExamples(
    modelOptions(
      command
        .description("show what a model or a module is made of, and what it needs")
        .argument("<model>", MODEL)
        .optionsGroup(GROUP.files)
        .option(
          "--edges <file.csv>",
          "write the synapses of a spiking network: pre,post,weight,delaySteps",
        ),
      optionalBuildOption(),
    ),
    [
      {
        what: "operators, memory, and the boards that would hold it",
        line: "twentywatt inspect net:demo-int8",
      },
      {
        what: "a spiking network and its synapses",
        line: "twentywatt inspect net:demo-spikes --edges synapses.csv",
      },
    ],
  );

type Inspected = {
  readonly rounding: Rounding;
  /** null for a module, which does not keep them */
  readonly nodes: readonly PlannedNode[] | null;
  readonly macs: number;
  readonly memory: Memory;
  readonly module: ModuleFacts;
  readonly boards: readonly BoardFit[];
};

export async function run(session: Session, name: string, options: Options): Promise<Result> {
  const either = sorted(await loadModel(name, options, session.io.signal));
  if ("spiking" in either) {
    const { inspectSpiking } = await import("./inspect-spiking.ts");
    return naming(name, () => inspectSpiking(session, either.spiking, options));
  }
  refuseSpikingOptions(options, { "--edges": options.edges });
  return naming(name, () => inspectLayered(session, either.layered, options));
}

async function inspectLayered(
  session: Session,
  model: LayeredModel,
  options: Options,
): Promise<Result> {
  const { source } = model.kind === "module" ? model.manifest : model.graph;
  const { inputs, outputs } = portsOf(model);
  const { nodes, macs, memory, module, boards, rounding } = await inspected(
    session,
    model,
    options,
  );
  return {
    json: {
      source,
      semantics: null,
      inputs,
      outputs,
      nodes: nodes ?? [],
      totals: { macs, neurons: 0, synapses: 0 },
      memory,
      module: moduleDocument(module),
      boards,
    },
    text: [
      ...sourceLines(source),
      ...labelled("inputs", inputs.map(tensorText)),
      ...labelled("outputs", outputs.map(tensorText)),
      ...labelled("rounding", [rounding]),
      "",
      ...(nodes ? nodeLines(nodes) : ["a module does not list its operators: inspect its model"]),
      "",
      ...labelled("total", [`${count(macs)} MACs`]),
      "",
      ...costLines(memory, module, boards),
    ],
  };
}

async function inspected(
  session: Session,
  model: LayeredModel,
  options: Options,
): Promise<Inspected> {
  if (model.kind === "module") {
    const { memory, facts } = moduleFacts(model.wasm);
    const { rounding, macs } = model.manifest;
    return { rounding, nodes: null, macs, memory, module: facts, boards: boardFits(facts) };
  }
  const chosen = compileOptions(options, null, session);
  const { plan } = await import("../compiler/index.ts");
  const { nodes, memory } = plan(model.graph, chosen);
  const macs = nodes.reduce((n, node) => n + node.macs, 0);
  const module = moduleFacts((await moduleOf(model, chosen, session)).wasm).facts;
  const boards = await boardFitsOf(module, async (memoryBytes) => {
    const smaller = await smallerModule(model.graph, chosen, memoryBytes, session);
    return smaller && moduleFacts(smaller.wasm).facts;
  });
  return { rounding: chosen.rounding, nodes, macs, memory, module, boards };
}

function tensorText(tensor: ManifestTensor): string {
  const { name, shape, edge, dtype, scale, zeroPoint, sampleRateHz } = tensor;
  if (sampleRateHz !== undefined) return samplesText(tensor, sampleRateHz);
  const inside = { i8: "int8", u8: "uint8", i16: "int16", i32: "int32" }[dtype];
  const type = edge === "f32" ? `float32, ${inside} inside` : inside;
  return `${name} ${shapeText(shape)} ${type}, scale ${scale}, zero point ${zeroPoint}`;
}

function nodeLines(nodes: readonly PlannedNode[]): string[] {
  const rows = nodes.map((node) => [
    String(node.index),
    node.kind,
    node.inputShapes.map(shapeText).join(" "),
    shapeText(node.outputShape),
    count(node.macs),
    count(node.parameterBytes),
    node.form,
    node.name,
  ]);
  const head = ["#", "operator", "inputs", "output", "MACs", "parameters", "kernel form", "name"];
  return table(
    [head, ...rows],
    ["right", "left", "left", "left", "right", "right", "left", "left"],
  );
}
