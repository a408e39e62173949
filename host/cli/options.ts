/** Options that several commands share: what they accept, what they mean, and what they may not contradict. */
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Rounding } from "../model/multiplier.ts";
import { MAX_COUNT } from "../model/spiking-graph.ts";
import { limitOf } from "../module/count-limits.ts";
import { type Build, FLAVOURS, type Flavour, type Manifest } from "../module/manifest.ts";
import type { Rule } from "../run/decision.ts";
import { GROUP } from "./help.ts";

/** As given on the command line; absent where the user said nothing. */
export type ModelOptions = {
  readonly rounding?: Rounding;
  readonly build?: Build;
  readonly flavour?: Flavour;
  readonly weights?: "i16" | "i8";
  readonly dt?: number;
  readonly timeUnit?: "s" | "ms";
  readonly discretisation?: "norse" | "snntorch" | "spyx" | "nengo" | "sinabs" | "lava";
  readonly reset?: "zero" | "subtract";
  readonly inputKind?: "spikes" | "values";
  readonly refractory?: "after-spike" | "with-spike";
  readonly maxCount?: number;
  readonly keepLayers?: true;
  /** NAME of a front end, or its FILE.json */
  readonly front?: string;
  /** false after --no-self-test; commander sets true otherwise */
  readonly selfTest: boolean;
};

const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

const BUILT_IN = "a network that is built in, such as net:demo-int8";
/** What arguments mean. */
const FILES =
  "a .tflite, .nir or graph .json file, C text with a .tflite in an array (FILE.cc#ARRAY of several)";
export const MODEL = `${FILES}, a compiled .wasm module, or ${BUILT_IN}`;
export const MODEL_SOURCE = `${FILES}, or ${BUILT_IN}`;
export const BOARD = "board:PATH or board:VID:PID[:SERIAL], with @BAUD where it is not 115200";

const BUILD_CHOICES = ["mvp", "simd"];
const BUILD =
  "compile as mvp, WebAssembly that runs everywhere, or as simd, faster in V8 and unknown to boards; same results";

/** For verbs that compile for no target in particular. */
export const buildOption = (): Option =>
  choice("--build <build>", `${BUILD} (default: mvp)`, BUILD_CHOICES);

/** For boards, whose interpreter knows no other. */
export const boardBuildOption = (): Option =>
  choice("--build <build>", "compile as mvp, the only build that boards run (default: mvp)", [
    "mvp",
  ]);

/** For verbs that run what they compile. */
export const targetBuildOption = (): Option =>
  choice(
    "--build <build>",
    `${BUILD} (default: simd for the local target, else mvp)`,
    BUILD_CHOICES,
  );

/** For `inspect`, where the bare option is the default, too. */
export const optionalBuildOption = (): Option =>
  choice("--build [build]", `${BUILD} (default: mvp)`, BUILD_CHOICES).preset("mvp");

/** The options of `compile`, in its order; the defaults in the texts are applied where they are used. */
export function modelOptions(command: Command, build: Option = buildOption()): Command {
  return command
    .optionsGroup(GROUP.model)
    .addOption(build)
    .addOption(
      choice(
        "--rounding <mode>",
        "round layers as double, like TensorFlow Lite Micro, CMSIS-NN and MLPerf's boards, or single, like tf.lite.Interpreter on a PC (default: double)",
        ["double", "single"],
      ),
    )
    .addOption(
      choice(
        "--flavour <name>",
        "choose instructions for convolutions of the simd build, same results; relaxed ones are refused where this engine does not compute them exactly (default: dot; to run here the fastest that is exact)",
        FLAVOURS,
      ),
    )
    .option(
      "--front <name>",
      "set a front end before the network, so that it takes raw samples: sww, microwakeword, vibration, mfcc?key=value&…, or a .json file of signal nodes",
    )
    .option("--keep-layers", "keep every layer's output in memory, for --dump-layers of the module")
    .option(
      "--no-self-test",
      "leave out the recorded inference that a target repeats before its first run",
    )
    .optionsGroup(GROUP.spiking)
    .option(
      "--dt <seconds>",
      "set the time step of a .nir file (default: 1e-4; a graph .json has its own)",
      positive,
    )
    .addOption(
      choice(
        "--time-unit <unit>",
        "read time constants in the model file as s (the default) or ms",
        ["s", "ms"],
      ),
    )
    .addOption(
      choice(
        "--discretisation <name>",
        "compute a time step of a .nir file as this framework does (default: norse; a graph .json has its own), one of",
        ["norse", "snntorch", "spyx", "nengo", "sinabs", "lava"],
      ),
    )
    .addOption(
      choice(
        "--reset <kind>",
        "after a spike: zero sets the potential to its reset value, subtract takes the threshold off (default: what the framework of --discretisation does; snntorch must be told)",
        ["zero", "subtract"],
      ),
    )
    .addOption(
      choice(
        "--refractory <from>",
        "count a refractory time from the step after the spike's own, or with it, as Brian2 does (default: after-spike); files of NIR have none",
        ["after-spike", "with-spike"],
      ),
    )
    .addOption(
      choice(
        "--weights <type>",
        "store weights as i16, or as i8, which is smaller and coarser (default: i16)",
        [...["i16", "i8"]],
      ),
    )
    .addOption(
      choice(
        "--input-kind <kind>",
        "say what the inputs carry: spikes, or values as numbers (default: spikes)",
        [...["spikes", "values"]],
      ),
    )
    .option(
      "--max-count <n>",
      "say how many spikes an element of an input brings in one step at most: fewer allow larger weights (default: 255)",
      countFromOne,
    );
}

export const targetOption = (command: Command): Command =>
  command.addOption(
    new Option(
      "--target <name>",
      "say where it runs: local (V8), wasm3 (on this computer) or board:PORT",
    ).default("local", "local"),
  );

export const stepLimitOption = (command: Command): Command =>
  command.option(
    "--step-limit <seconds>",
    "end a step that takes longer (default: 10 for modules that were not compiled here, else none)",
    positive,
  );

export const meterOption = (command: Command): Command =>
  command.option(
    "--meter <uri>",
    "measure energy: rapl, ina219 and others, several side by side, auto, with marker=… a window for each step, or ask for an estimate: estimate, estimate:CLASS (default: no meter, no figure)",
  );

export const markerOption = (command: Command): Command =>
  command.option(
    "--marker <lines>",
    "set gpio:LINE high while a local step runs, and with gpio:LINE,gpio:LINE a second one around it, for a meter that sees them",
  );

/** What every verb has. */
export const generalOptions = (command: Command): Command =>
  command
    .optionsGroup(GROUP.general)
    .option("--json", "print one JSON document on stdout; progress and warnings stay on stderr")
    .helpOption("-h, --help", "print this");

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

export function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 100)) {
    throw new InvalidArgumentError("Expected a number from 0 to 100.");
  }
  return value;
}

/** Most inferences, or steps, of a decision. */
const MOST_DECIDED = 100_000;

/** THRESHOLD[,N] */
export function decisionRule(text: string): Rule {
  const [first = "", over = "1", ...more] = text.split(",");
  const [threshold, n] = [first.trim() === "" ? Number.NaN : Number(first), Number(over)];
  if (!Number.isFinite(threshold) || more.length > 0 || !/^\d+$/.test(over) || n < 1) {
    throw new InvalidArgumentError(
      "Expected THRESHOLD or THRESHOLD,N: a number and a whole number from 1.",
    );
  }
  if (n > MOST_DECIDED) throw new InvalidArgumentError(`Expected N of at most ${MOST_DECIDED}.`);
  return { threshold, over: n };
}

export function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

export function countFromOne(text: string): number {
  const value = whole(text);
  if (value >= 1 && value <= MAX_COUNT) return value;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MAX_COUNT}.`);
}

export function wholeFromOne(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError("Expected a whole number above 0.");
  return value;
}

/** Pictures are SVG, whatever the name says: another name would lie. */
export function svgFile(text: string): string {
  if (!/\.svg$/i.test(text)) throw new InvalidArgumentError("Expected a name that ends in .svg.");
  return text;
}

/** --input of lines of csv on standard input. */
export const STANDARD_INPUT = "-";

/** For options that may be given several times. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

const SPIKING_ONLY = {
  weights: "--weights",
  dt: "--dt",
  timeUnit: "--time-unit",
  discretisation: "--discretisation",
  reset: "--reset",
  inputKind: "--input-kind",
  refractory: "--refractory",
  maxCount: "--max-count",
} as const satisfies { readonly [K in keyof ModelOptions]?: string };

/** Raises USAGE for every option that only spiking networks have. `more`: further options by flag. */
export function refuseSpikingOptions(
  options: ModelOptions,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const given = [
    ...Object.entries(SPIKING_ONLY).filter(([key]) => key in options),
    ...Object.entries(more).filter(([, value]) => value !== undefined),
  ].map(([key, flag]) => (key.startsWith("--") ? key : String(flag)));
  const problems = given.map((flag) =>
    problem(
      "USAGE",
      flag,
      "a layered network",
      "a spiking network: a layered one has no time steps, no spikes and no state",
      "Leave the option out.",
    ),
  );
  if (problems.length > 0) throw new TwentyWattError(problems);
}

/** A front end that is read from a file; otherwise it has a name. */
export const isFrontFile = (front: string): boolean => /\.json$/i.test(front);

const FLAGS = {
  rounding: "--rounding",
  build: "--build",
  flavour: "--flavour",
  keepLayers: "--keep-layers",
  front: "--front",
  ...SPIKING_ONLY,
} as const;

/** As the manifest names it. */
const frontName = (front: string | undefined): string | undefined =>
  front !== undefined && isFrontFile(front) ? basename(front) : front;

/** A module is as it was compiled: an option that asks for another one is a contradiction, not a wish. */
export function refuseContradictions(options: ModelOptions, manifest: Manifest): void {
  const was: Readonly<Record<string, unknown>> = {
    ...manifest.options,
    rounding: manifest.rounding,
    build: manifest.build,
    flavour: manifest.flavour,
    maxCount:
      manifest.dtSeconds === null ? undefined : Math.max(1, ...manifest.inputs.map(limitOf)),
  };
  const problems: Problem[] = [];
  const contradiction = (flag: string, asked: unknown, compiled: unknown) =>
    problems.push(
      problem(
        "USAGE",
        flag,
        String(asked),
        `${compiled ?? "none"}, as this module was compiled`,
        "Give the model instead of the module, or leave the option out.",
      ),
    );
  for (const [key, flag] of Object.entries(FLAGS)) {
    const asked = key === "front" ? frontName(options.front) : options[key as keyof ModelOptions];
    if (asked !== undefined && asked !== was[key]) contradiction(flag, asked, was[key]);
  }
  if (!options.selfTest && manifest.selfTest) {
    contradiction("--no-self-test", "no self-test", "one");
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
}
