/** `compile MODEL -o FILE`: model → module, or → graph where FILE ends in .json. */
import { createHash } from "node:crypto";
import type { Command } from "commander";
import type { Compiled } from "../compiler/index.ts";
import { rememberOwn } from "../compiler/own-modules.ts";
import { fail } from "../errors.ts";
import { requireDistinct } from "../files/distinct.ts";
import { createAtomic } from "../files/file.ts";
import type { Graph } from "../model/graph.ts";
import { count, labelled, plural, significant } from "../text.ts";
import { buildText, compileNow, compileOptions } from "./build.ts";
import { GROUP, withExamples } from "./help.ts";
import { loadModel, modelFile, modelName } from "./model.ts";
import { naming } from "./naming.ts";
import { MODEL_SOURCE, type ModelOptions, modelOptions } from "./options.ts";
import type { Result, Session } from "./result.ts";
import {
  semanticsOf,
  semanticsText,
  warnOfLayeredOptions,
  warnOfLostWeights,
} from "./spiking-options.ts";

type Options = ModelOptions & { readonly output: string };

export const define = (command: Command): Command =>
  withExamples(
    modelOptions(
      command
        .description("compile a model into one WebAssembly module")
        .argument("<model>", MODEL_SOURCE)
        .optionsGroup(GROUP.files)
        .requiredOption(
          "-o, --output <file>",
          "write the module here; a FILE.json gets the network itself, as a graph",
        ),
    ),
    [
      {
        what: "a network that is built in; the module runs with `twentywatt run demo.wasm`",
        line: "twentywatt compile net:demo-int8 -o demo.wasm",
      },
      {
        what: "a model of your own, faster in V8",
        line: "twentywatt compile kws.tflite -o kws.wasm --build simd",
      },
      {
        what: "a network as a graph, which every verb takes as a model",
        line: "twentywatt compile net:cuba -o cuba.json",
      },
    ],
  );

export async function run(session: Session, name: string, options: Options): Promise<Result> {
  const model = await loadModel(name, options, session.io.signal);
  if (model.kind === "module") {
    const remedy = "It is compiled already: copy the file, or give the model it was made from.";
    return fail("USAGE", name, "a compiled module", "a model", remedy);
  }
  await requireDistinct(modelFile(name, options.front), [{ flag: "-o", path: options.output }]);
  if (/\.json$/i.test(options.output)) return writeGraph(session, name, model.graph, options);
  const spiking = model.graph.kind === "spiking";
  if (spiking) warnOfLayeredOptions(options, session);
  const chosen = compileOptions(spiking ? withoutFlavour(options) : options, null, session);
  // a path that cannot be written is refused before the seconds of compiling
  const file = await createAtomic(options.output);
  let compiled: Compiled;
  try {
    compiled = await naming(name, () => compileNow(model.graph, chosen, session.io));
    await file.write(compiled.wasm);
    await file.commit();
    await rememberOwn(compiled.wasm);
  } finally {
    await file.discard();
  }

  const { wasm, manifest, plan, compileCpuMs } = compiled;
  warnOfLostWeights(plan.quantisation, session);
  const sha256 = createHash("sha256").update(wasm).digest("hex");
  const { build, flavour, rounding, macs } = manifest;
  const { memUsedBytes, pages } = plan.memory;
  const size = spiking
    ? `${plural(manifest.neurons, "neuron")}, ${plural(manifest.synapses, "synapse")}`
    : `${count(macs)} MACs`;
  const semantics = spiking ? semanticsOf(manifest) : null;
  return {
    json: {
      model: modelName(model),
      output: options.output,
      build,
      flavour,
      rounding,
      macs,
      ...(semantics && { neurons: manifest.neurons, synapses: manifest.synapses, semantics }),
      memory: plan.memory,
      module: { bytes: wasm.length, sha256 },
      selfTest: manifest.selfTest !== null,
      compileCpuMs,
    },
    text: [
      ...labelled("model", [
        `${modelName(model)}, ${size}`,
        ...(semantics ? [semanticsText(semantics), ...semantics.assumptions] : []),
      ]),
      ...labelled("module", [
        `${options.output}, ${count(wasm.length)} bytes, ${spiking ? `${build} build` : buildText(manifest)}`,
        `SHA-256 ${sha256}`,
      ]),
      ...labelled("memory", [`${count(memUsedBytes)} bytes in ${plural(pages, "page")} of 64 KiB`]),
      ...labelled("compiled", [`in ${significant(compileCpuMs)} ms of processor time`]),
    ],
  };
}

/** The network as graph JSON: nothing is compiled, so what says how has no effect. */
async function writeGraph(
  { warn }: Session,
  name: string,
  graph: Graph,
  options: Options,
): Promise<Result> {
  const idle = [
    options.build !== undefined && "--build",
    options.rounding !== undefined && "--rounding",
    options.flavour !== undefined && "--flavour",
    options.weights !== undefined && "--weights",
    options.keepLayers && "--keep-layers",
    options.selfTest === false && "--no-self-test",
  ].filter((flag) => typeof flag === "string");
  if (idle.length > 0) warn(`${idle.join(", ")}: no effect on a graph, which is not compiled yet`);
  const { graphJson } = await import("../importers/index.ts");
  const { GRAPH_VERSION } = await import("../model/graph.ts");
  const file = await createAtomic(options.output);
  try {
    const bytes = new TextEncoder().encode(await naming(name, async () => graphJson(graph)));
    await file.write(bytes);
    await file.commit();
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return {
      json: {
        model: graph.source.name,
        output: options.output,
        graph: {
          ...{ version: GRAPH_VERSION, kind: graph.kind, nodes: graph.nodes.length },
          ...{ bytes: bytes.length, sha256 },
        },
      },
      text: [
        ...labelled("model", [`${graph.source.name}, ${plural(graph.nodes.length, "node")}`]),
        ...labelled("graph", [
          `${options.output}, ${count(bytes.length)} bytes of JSON, version ${GRAPH_VERSION}`,
          `SHA-256 ${sha256}`,
        ]),
      ],
    };
  } finally {
    await file.discard();
  }
}

const withoutFlavour = ({ flavour: _, ...options }: Options): Options => options;
