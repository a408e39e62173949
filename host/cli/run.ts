/** `run MODEL`: compile if needed, feed, print the results, report latency and energy. */
import type { Command } from "commander";
import { Option } from "commander";
import { fail } from "../errors.ts";
import { type Named, requireDistinct } from "../files/distinct.ts";
import type { Rule } from "../run/decision.ts";
import { type BatteryOptions, batteryOptions, requireMeter } from "./battery.ts";
import { GROUP, withExamples, withTerms } from "./help.ts";
import { keepsState, loadModel, modelFile, sorted } from "./model.ts";
import { naming } from "./naming.ts";
import {
  collect,
  decisionRule,
  MODEL,
  type ModelOptions,
  markerOption,
  meterOption,
  modelOptions,
  percent,
  refuseSpikingOptions,
  STANDARD_INPUT,
  stepLimitOption,
  svgFile,
  targetBuildOption,
  targetOption,
  whole,
  wholeFromOne,
} from "./options.ts";
import type { Result, Session } from "./result.ts";
import { recordingsOf } from "./run-labels.ts";
import { type RunOne, runRecordings } from "./run-recordings.ts";
import { isStandardOutput, refuseTwoOutputs } from "./standard-output.ts";

export type RunOptions = ModelOptions &
  BatteryOptions & {
    readonly input?: string;
    readonly output?: string;
    readonly target: string;
    readonly samples?: number;
    readonly classes?: string;
    readonly labels?: string;
    readonly dumpLayers?: string;
    readonly seed?: number;
    readonly meter?: string;
    readonly marker?: string;
    readonly stepLimit?: number;
    readonly expect?: string;
    readonly minAccuracy?: number;
    readonly decide?: Rule;
    readonly steps?: number;
    readonly record?: readonly string[];
    readonly saveState?: string;
    readonly loadState?: string;
    readonly compare?: "float";
    readonly plot?: string;
  };

const FORMS: readonly (readonly [string, string])[] = [
  [
    ".bin",
    "elements of the model's own edge (int8, uint8, int16, int32 or float32 little-endian), row-major, tensors in graph order, " +
      "inferences back to back. Of a spiking network a row for each step: counts as bytes, or int16 little-endian with " +
      "--input-kind values; outputs are bytes, or int32 little-endian for values",
  ],
  [
    ".npy",
    "the same elements as an array of NumPy in C order, [n, …] of the network's own shape or n rows of all its elements: " +
      "int8, int16 or float32 as the edge is, spikes of uint8 or bool. Values of a spiking network and samples of a front end are " +
      "real numbers there, float32: what is written is rounded to that",
  ],
  [
    ".csv",
    "real values, an inference or a step on each line, commas, no header; spikes are 0 or 1",
  ],
  [
    ".events.csv",
    "step,index[,count] of a spiking network, in the order of steps, counted from the network's start",
  ],
  [
    "a sensor",
    "by its URI, as `twentywatt devices` lists them: consecutive samples fill the network's input; a spiking network takes a " +
      "sample, or the count of events, for each step. A line for each decision; of spikes, for each step with one",
  ],
  [
    "labels",
    "a whole number on each line, or rows file,classes,class, a row for each sample; of recordings beside the file a row " +
      "for each, and with classes.txt there classes are found by their names",
  ],
  ["classes", "a name on each line"],
];

export const define = (command: Command): Command => {
  command
    .description("run a model or a module; print results, latency and energy")
    .argument("<model>", MODEL)
    .optionsGroup(GROUP.files)
    .option(
      "--input <file>",
      "read .bin, .npy, .csv or .events.csv, see below, or what is still delivering: a sensor, or lines of csv with - " +
        "(default: noise; a spiking network hears nothing)",
    )
    .option(
      "--output <file>",
      "write the outputs: .bin, .npy, .csv or .events.csv, see below; as csv to standard output with -, everything else " +
        "then goes to stderr",
    )
    .option(
      "--samples <n>",
      "end after so many inferences (default: all of --input, 100 of noise)",
      wholeFromOne,
    )
    .option(
      "--seed <n>",
      "choose the noise in the place of --input (default: 1; a spiking network gets noise only with a seed)",
      whole,
    )
    .option("--classes <file>", "name the outputs")
    .option(
      "--labels <file>",
      "give the right class of each sample, or of whole recordings, as record --label lists them: then the accuracy is " +
        "printed; without --input all recordings of such a list are run, each from the network's start",
    )
    .option(
      "--expect <file>",
      "compare the outputs with a .bin, .npy or .csv file: the exit code is 1 where they differ",
    )
    .option(
      "--min-accuracy <percent>",
      "end with exit code 1 where the accuracy, which needs --labels, is lower",
      percent,
    )
    .option(
      "--decide <threshold[,n]>",
      "say a decision of a sensor only where the mean output of the last n inferences, or the spikes of n steps in a row, " +
        "reach a threshold",
      decisionRule,
    )
    .option("--dump-layers <dir>", "write every layer's output for the first sample");
  command.optionsGroup(GROUP.where);
  batteryOptions(markerOption(meterOption(stepLimitOption(targetOption(command)))));
  command
    .optionsGroup(GROUP.spiking)
    .option(
      "--steps <n>",
      "run so many time steps (default: as many as --input has, else 1000)",
      wholeFromOne,
    )
    .option(
      "--record <node=file>",
      "write NODE.spikes=FILE.events.csv, potentials NODE.v=FILE.csv or currents NODE.i=FILE.csv; once for each",
      collect,
    )
    .option("--plot <file.svg>", "draw spikes and potentials", svgFile)
    .option("--save-state <file>", "write the state after the last step, to go on from there")
    .option("--load-state <file>", "go on from a state that --save-state wrote")
    .addOption(
      new Option(
        "--compare <with>",
        "compute every step in float64 too (float), and say how far apart they are",
      ).choices(["float"]),
    );
  withTerms(modelOptions(command, targetBuildOption()), "Files, by the end of their names:", FORMS);
  return withExamples(command, [
    { what: "a layered network on noise", line: "twentywatt run net:demo-int8 --samples 3" },
    {
      what: "a spiking one, drawn",
      line: 'twentywatt run "net:izhikevich?type=CH" --steps 2000 --plot spikes.svg',
    },
    {
      what: "a model of your own on your data",
      line: "twentywatt run kws.tflite --input words.bin --labels labels.csv",
    },
    {
      what: "a network that hears a board",
      line: "twentywatt run knock.tflite --input serial:/dev/ttyACM0",
    },
  ]);
};

export async function run(session: Session, name: string, options: RunOptions): Promise<Result> {
  if (options.minAccuracy !== undefined && options.labels === undefined) {
    fail("USAGE", "--min-accuracy", "no --labels", "the labels that accuracy is counted by");
  }
  requireMeter(options, options.meter);
  refuseTwoOutputs(options, session);
  await requireDistinct(
    [...modelFile(name, options.front), ...filesRead(options)],
    filesWritten(options),
  );
  const model = sorted(await loadModel(name, options, session.io.signal));
  const all =
    options.input === undefined ? await recordingsOf(options.labels, session.io.signal) : null;
  const inTurn = (one: RunOne): Promise<Result> =>
    naming(name, () => (all ? runRecordings(session, all, options, one) : one(session, options)));
  if ("spiking" in model) {
    const { runSpiking } = await import("./run-spiking.ts");
    return inTurn((own, its) => runSpiking(own, model.spiking, its));
  }
  refuseSpikingOptions(options, {
    "--steps": options.steps,
    "--record": options.record,
    ...(keepsState(model.layered)
      ? {}
      : { "--save-state": options.saveState, "--load-state": options.loadState }),
    "--compare": options.compare,
    "--plot": options.plot,
  });
  const { runLayered } = await import("./run-layered.ts");
  return inTurn((own, its) => runLayered(own, model.layered, its));
}

/** The file behind a source, for those who must not write it: that of csv:, wav: and rec:. */
const fileBehind = (input: string | undefined): string | undefined =>
  input === STANDARD_INPUT ? undefined : input?.replace(/^(csv|wav|rec):(.*?)(\?[^?]*)?$/s, "$2");

const named = (flag: string, path: string | undefined): readonly Named[] =>
  path === undefined ? [] : [{ flag, path }];

/** --load-state is not among them: a run may go on in the file that it came from. */
const filesRead = ({ input, labels, classes, expect }: RunOptions): readonly Named[] => [
  ...named("--input", fileBehind(input)),
  ...named("--labels", labels),
  ...named("--classes", classes),
  ...named("--expect", expect),
];

const filesWritten = ({ output, record, saveState, plot }: RunOptions): readonly Named[] => [
  ...named("--output", isStandardOutput({ output }) ? undefined : output),
  ...(record ?? []).flatMap((text) => named("--record", text.slice(text.indexOf("=") + 1))),
  ...named("--save-state", saveState),
  ...named("--plot", plot),
];
