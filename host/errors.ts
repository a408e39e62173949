/**
 * Every failure a user can meet, and what to do about it. Codes are API: renaming one is a breaking change.
 * The remedy here is the general one; whoever raises a problem gives a better one where it knows more.
 */
export const REMEDY = {
  USAGE: "See `twentywatt --help`.",
  MODEL_FORMAT:
    "Give a .tflite, .nir or graph .json file, C text with a .tflite in an array, a compiled .wasm module, or net:NAME.",
  MODEL_OP:
    "README.md lists the operators that are supported; export the model again without this one.",
  MODEL_SHAPE: "Re-export the model with static shapes.",
  MODEL_QUANT:
    "Re-export the model with full int8 quantisation (weights, activations, inputs and outputs).",
  MODEL_RANGE:
    "Reduce the weights, the number of synapses on a neuron, or the counts of the input.",
  MODULE_FORMAT: "Give a module that `twentywatt compile` wrote.",
  MODULE_DAMAGED: "Compile the model again; the file changed after it was written.",
  MODULE_ABI: "Compile the model again with this version of twentywatt.",
  MODULE_TOO_BIG:
    "Take a target with more memory, or a smaller model; `twentywatt inspect` shows what needs how much.",
  INPUT_SIZE: "Give whole inputs; `twentywatt inspect` shows the input's shape and type.",
  INPUT_FORMAT:
    "Give a .bin, .npy, .csv or .events.csv file as `twentywatt run --help` describes it.",
  STATE_MISMATCH: "Load the state with the same model and options that saved it.",
  TARGET_MISSING:
    "Run `twentywatt devices`: it lists what runs here, and what is missing for the rest.",
  STEP_LIMIT:
    "Give a higher --step-limit where a step may take that long; a step without an end cannot be run.",
  INTERRUPTED: "Run the command again for whole results.",
  DEVICE_TIMEOUT: "Check the cable and the baud rate, then press reset on the board.",
  DEVICE_TRAP:
    "The module stopped; compile the model again, and report the model if it happens twice.",
  FIRMWARE: "Correct what the compiler reports; firmware/README.md says what a port needs.",
  DEVICE_RESTARTED:
    "Run the command again; if the board restarts by itself, look at its supply and at `twentywatt monitor`.",
  DEVICE_BUSY: "End the other program that speaks to the board.",
  DEVICE_FLASH:
    "Try again; flash that fails twice is worn out or smaller than its firmware believes.",
  DEVICE_PROTOCOL:
    "Put the firmware of this version of twentywatt on the board, as firmware/README.md says.",
  EXPECTATION:
    "Look for what changed since the expected values were written: model, input, options or version.",
  SENSOR_MISSING:
    "Check the name, the cable and who may read it; `twentywatt help sensors` lists the sensors and their names.",
  SENSOR_LOST: "Check the cable, and whether another program has the device.",
  HOST_PROBLEM: "Run the command that `twentywatt doctor` gives for it.",
  PACKAGE_MISSING: "Install the package that it names; what does not need it runs without.",
  COMMAND_FAILED: "Look at what the command itself printed.",
  METER_MISSING: "Name a meter with --meter, or ask for an estimate with --meter estimate.",
  SETTINGS: "Correct the file: host/power/README.md shows one.",
  METER_LOST: "Check the cable, and whether another program has the meter.",
  IO: "Check the path, its permissions and the free space.",
  INTERNAL:
    "Run the command again with NODE_DEBUG=twentywatt set, and report what it prints, with the model.",
} as const;

export type ErrorCode = keyof typeof REMEDY;

/** One thing that is wrong: where it is, what was found, what was expected, what to do. */
export type Problem = {
  readonly code: ErrorCode;
  readonly where: string;
  readonly got: string;
  readonly expected: string;
  readonly remedy: string;
};

/** Completes a problem with the general remedy of its code. */
export function problem(
  code: ErrorCode,
  where: string,
  got: string,
  expected: string,
  remedy: string = REMEDY[code],
): Problem {
  return { code, where, got, expected, remedy };
}

/** `MODEL_SHAPE: dense_2: got input [1,32], expected [1,64]. Re-export the model with static shapes.` */
export function describe(p: Problem): string {
  return `${p.code}: ${p.where}: got ${p.got}, expected ${p.expected}. ${p.remedy}`;
}

/** Carries every problem found, never only the first: a user mends them all in one go. */
export class TwentyWattError extends Error {
  override readonly name = "TwentyWattError";
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const all: readonly Problem[] = Array.isArray(problems) ? problems : [problems as Problem];
    super(all.map(describe).join("\n"), options);
    this.problems = all;
  }

  /** The code of the first problem. */
  get code(): ErrorCode {
    return this.problems[0]?.code ?? "USAGE";
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "a folder",
  ENOTDIR: "a file where a folder should be",
  EEXIST: "a file of this name that is there already",
  ELOOP: "a loop of symbolic links",
  EPIPE: "a pipe whose reader went away",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota used up",
  EFBIG: "a file that is too large for the file system",
  EROFS: "a read-only file system",
  ENAMETOOLONG: "a name that is too long",
  EMFILE: "too many open files",
  EBUSY: "a device that something else uses",
  ENXIO: "a device that is not there",
  ENODEV: "a device that is not there",
  EAGAIN: "a device that is silent",
  EIO: "an error of the device",
};

/** What the system refused, in words. */
export function systemReason(cause: unknown): string {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  const known =
    typeof code === "string" && Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  return known ?? (cause instanceof Error ? cause.message : String(cause));
}

/** Raises one problem. */
export function fail(
  code: ErrorCode,
  where: string,
  got: string,
  expected: string,
  remedy?: string,
  options?: ErrorOptions,
): never {
  throw new TwentyWattError(problem(code, where, got, expected, remedy), options);
}
