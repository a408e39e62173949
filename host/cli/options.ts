/** Options that several commands share: what they accept, what they mean, and what they may not contradict. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Rounding } from "../model/multiplier.ts";
import type { Build, Flavour, Manifest } from "../module/manifest.ts";

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
  readonly keepLayers?: true;
  /** false after --no-self-test; commander sets true otherwise */
  readonly selfTest: boolean;
};

const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

/** The options of `compile`, in its order; the defaults in the texts are applied where they are used. */
export function modelOptions(command: Command, build: Option = buildOption): Command {
  return command
    .addOption(
      choice("--rounding <mode>", "rounding of layers (default double)", ["double", "single"]),
    )
    .addOption(build)
    .addOption(choice("--flavour <name>", "of the SIMD convolutions", ["dot", "extmul"]))
    .addOption(choice("--weights <type>", "of spiking networks (default i16)", ["i16", "i8"]))
    .option("--dt <seconds>", "time step of spiking networks (default 1e-4)", positive)
    .addOption(choice("--time-unit <unit>", "of the model file (default s)", ["s", "ms"]))
    .addOption(
      choice("--discretisation <name>", "of neuron equations (default norse)", [
        ...["norse", "snntorch", "spyx", "nengo", "sinabs", "lava"],
      ]),
    )
    .addOption(choice("--reset <kind>", "of membranes after a spike", ["zero", "subtract"]))
    .addOption(choice("--input-kind <kind>", "(default spikes)", ["spikes", "values"]))
    .option("--keep-layers", "keep every layer's output for --dump-layers")
    .option("--no-self-test", "leave the recorded inference out of the module");
}

export const buildOption = choice("--build <build>", "which build", ["mvp", "simd"]);

export const jsonOption = (command: Command): Command =>
  command.option("--json", "one JSON document on stdout, progress and warnings on stderr");

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

export function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

export function wholeFromOne(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError("Expected a whole number above 0.");
  return value;
}

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
      "a spiking network: it has no time steps, no spikes and no state",
      "Leave the option out.",
    ),
  );
  if (problems.length > 0) throw new TwentyWattError(problems);
}

const FLAGS = {
  rounding: "--rounding",
  build: "--build",
  flavour: "--flavour",
  keepLayers: "--keep-layers",
  ...SPIKING_ONLY,
} as const;

/** A module is as it was compiled: an option that asks for another one is a contradiction, not a wish. */
export function refuseContradictions(options: ModelOptions, manifest: Manifest): void {
  const was: Readonly<Record<string, unknown>> = {
    ...manifest.options,
    rounding: manifest.rounding,
    build: manifest.build,
    flavour: manifest.flavour,
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
    const asked = options[key as keyof ModelOptions];
    if (asked !== undefined && asked !== was[key]) contradiction(flag, asked, was[key]);
  }
  if (!options.selfTest && manifest.selfTest) {
    contradiction("--no-self-test", "no self-test", "with one");
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
}
