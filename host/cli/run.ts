/** `run MODEL`: compile if needed, feed, print the results, report latency and energy. */
import type { Command } from "commander";
import { Option } from "commander";
import { fail } from "../errors.ts";
import { type Named, requireDistinct } from "../files/distinct.ts";
import { loadModel, modelFile, sorted } from "./model.ts";
import {
  collect,
  type ModelOptions,
  modelOptions,
  percent,
  positive,
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
  readonly stepLimit?: number;
  readonly expect?: string;
  readonly minAccuracy?: number;
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
               inferences back to back; of a spiking network a row per step: u8 counts, or i16 little-endian with
               --input-kind values; outputs u8, or i32 little-endian for values
  .csv         real values, one inference or step per line, commas, no header; spikes as 0 or 1
  .events.csv  step,index[,count] of a spiking network, steps in order, counted from the network's start
  labels       an integer per line, or rows file,classes,class
  classes      a name per line`;

export const define = (command: Command): Command =>
  modelOptions(
    command
      .description("run a model or a module, and report results, latency and energy")
      .argument(
        "<model>",
        "a .tflite, .nir or graph .json file, a compiled .wasm module, or net:NAME",
      )
      .option(
        "--input <file>",
        ".bin, .csv or .events.csv (default: noise; silence for spiking networks)",
      )
      .option("--output <file>", ".bin, .csv or .events.csv")
      .option("--target <name>", "local, wasm3 or board:PORT", "local")
      .option(
        "--step-limit <seconds>",
        "end a step that takes longer (default 10 for modules compiled elsewhere)",
        positive,
      )
      .option("--samples <n>", "at most so many inferences", wholeFromOne)
      .option("--steps <n>", "time steps of a spiking network", wholeFromOne)
      .option("--classes <file>", "a name per line")
      .option("--labels <file>", "an integer per line, or rows file,classes,class: for accuracy")
      .option(
        "--expect <file>",
        "a .bin or .csv file that the outputs must equal, else exit code 1",
      )
      .option("--min-accuracy <percent>", "a lower accuracy is a failure: exit code 1", percent)
      .option("--dump-layers <dir>", "every operator's output for the first sample")
      .option(
        "--record <node=file>",
        "NODE.spikes (events), NODE.v or NODE.i (csv) of a spiking network",
        collect,
      )
      .option("--save-state <file>", "of a spiking network, at the end")
      .option("--load-state <file>", "of a spiking network, at the start")
      .option("--seed <n>", "of the noise without --input (default 1; spiking: none)", whole)
      .option("--meter <uri>", "rapl, rapl:psys, estimate, estimate:CLASS")
      .addOption(
        new Option("--compare <with>", "a spiking network, step by step, with float64").choices([
          "float",
        ]),
      )
      .option("--plot <file.svg>", "spikes and potentials of a spiking network")
      .addHelpText("after", FORMS),
  );

export async function run(session: Session, name: string, options: RunOptions): Promise<Result> {
  if (options.minAccuracy !== undefined && options.labels === undefined) {
    fail("USAGE", "--min-accuracy", "no --labels", "the labels that accuracy is counted by");
  }
  await requireDistinct([...modelFile(name), ...filesRead(options)], filesWritten(options));
  const model = sorted(await loadModel(name, options));
  if ("spiking" in model) {
    const { runSpiking } = await import("./run-spiking.ts");
    return runSpiking(session, model.spiking, options);
  }
  refuseSpikingOptions(options, {
    "--steps": options.steps,
    "--record": options.record,
    "--save-state": options.saveState,
    "--load-state": options.loadState,
    "--compare": options.compare,
    "--plot": options.plot,
  });
  const { runLayered } = await import("./run-layered.ts");
  return runLayered(session, model.layered, options);
}

const named = (flag: string, path: string | undefined): readonly Named[] =>
  path === undefined ? [] : [{ flag, path }];

/** --load-state is not among them: a run may go on in the file that it came from. */
const filesRead = ({ input, labels, classes, expect }: RunOptions): readonly Named[] => [
  ...named("--input", input),
  ...named("--labels", labels),
  ...named("--classes", classes),
  ...named("--expect", expect),
];

const filesWritten = ({ output, record, saveState, plot }: RunOptions): readonly Named[] => [
  ...named("--output", output),
  ...(record ?? []).flatMap((text) => named("--record", text.slice(text.indexOf("=") + 1))),
  ...named("--save-state", saveState),
  ...named("--plot", plot),
];
