/** `compile MODEL -o FILE`: model → module. */
import { createHash } from "node:crypto";
import type { Command } from "commander";
import type { Compiled } from "../compiler/index.ts";
import { rememberOwn } from "../compiler/own-modules.ts";
import { fail } from "../errors.ts";
import { requireDistinct } from "../files/distinct.ts";
import { createAtomic } from "../files/file.ts";
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
        .requiredOption("-o, --output <file>", "write the module here"),
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
    ],
  );

export async function run(session: Session, name: string, options: Options): Promise<Result> {
  const model = await loadModel(name, options);
  if (model.kind === "module") {
    const remedy = "It is compiled already: copy the file, or give the model it was made from.";
    return fail("USAGE", name, "a compiled module", "a model", remedy);
  }
  await requireDistinct(modelFile(name), [{ flag: "-o", path: options.output }]);
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

const withoutFlavour = ({ flavour: _, ...options }: Options): Options => options;
