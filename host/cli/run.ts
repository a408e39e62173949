/** `run MODEL`: compile if needed, feed, print the results, report latency and energy. */
import type { Command } from "commander";
import { Option } from "commander";
import { layeredModel, loadModel } from "./model.ts";
import {
  collect,
  type ModelOptions,
  modelOptions,
  refuseSpikingOptions,
  whole,
  wholeFromOne,
} from "./options.ts";
import type { Result, Session } from "./result.ts";

export type RunOptions = ModelOptions & {
  readonly input?: string;
  readonly output?: string;
  readonly target: string;
  readonly samples?: number;
  readonly classes?: string;
  readonly labels?: string;
  readonly dumpLayers?: string;
  readonly seed?: number;
  readonly meter?: string;
  readonly steps?: number;
  readonly record?: readonly string[];
  readonly saveState?: string;
  readonly loadState?: string;
  readonly compare?: "float";
  readonly plot?: string;
};

const FORMS = `
Files by extension:
  .bin         elements of the model's own edge (int8, or float32 little-endian), row-major, tensors in graph order,
               inferences back to back
  .csv         real values, one inference per line, commas, no header
  labels       an integer per line, or rows file,classes,class
  classes      a name per line`;

export const define = (command: Command): Command =>
  modelOptions(
    command
      .description("run a model or a module, and report results, latency and energy")
      .argument("<model>", "a .tflite or .nir file, a compiled .wasm module, or net:NAME")
      .option("--input <file>", ".bin or .csv, inferences back to back (default: seeded noise)")
      .option("--output <file>", ".bin or .csv")
      .option("--target <name>", "local, wasm3 or board:PORT", "local")
      .option("--samples <n>", "at most so many inferences", wholeFromOne)
      .option("--steps <n>", "time steps of a spiking network", wholeFromOne)
      .option("--classes <file>", "a name per line")
      .option("--labels <file>", "an integer per line, or rows file,classes,class: for accuracy")
      .option("--dump-layers <dir>", "every operator's output for the first sample")
      .option("--record <node=file>", "NODE.spikes, NODE.v or NODE.i of a spiking network", collect)
      .option("--save-state <file>", "of a spiking network, at the end")
      .option("--load-state <file>", "of a spiking network, at the start")
      .option("--seed <n>", "of the noise without --input (default 1)", whole)
      .option("--meter <uri>", "rapl, rapl:psys, estimate, estimate:CLASS")
      .addOption(new Option("--compare <with>", "of a spiking network").choices(["float"]))
      .option("--plot <file.svg>", "of a spiking network")
      .addHelpText("after", FORMS),
  );

export async function run(session: Session, name: string, options: RunOptions): Promise<Result> {
  const model = layeredModel(await loadModel(name, options));
  refuseSpikingOptions(options, {
    "--steps": options.steps,
    "--record": options.record,
    "--save-state": options.saveState,
    "--load-state": options.loadState,
    "--compare": options.compare,
    "--plot": options.plot,
  });
  const { runLayered } = await import("./run-layered.ts");
  return runLayered(session, model, options);
}
