/** `run --input` of a source that is still delivering: opened by URI, a line for each decision, and what was lost. */

import { fail, TwentyWattError } from "../errors.ts";
import { elementCount, readElements } from "../files/elements.ts";
import { argmax } from "../files/labels.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { averaging, counting, type Decider } from "../run/decision.ts";
import type { Live, LiveCounts, LiveInferences, LiveSteps } from "../run/live-source.ts";
import { SHOWN_OUTPUTS } from "../run/output-lines.ts";
import type { Surroundings } from "../run/progress.ts";
import type { Watcher } from "../run/steps.ts";
import type { Description } from "../sensors/sensor.ts";
import { count, plural, significant } from "../text.ts";
import { either } from "./io.ts";
import { STANDARD_INPUT } from "./options.ts";
import { DOCUMENT_SCHEMA, type Session } from "./result.ts";
import type { RunOptions } from "./run.ts";
import { say, sayDocument } from "./say.ts";

/** A sensor of this version, or something that is named like one; not a file, whatever its name. */
export async function isLive(input: string | undefined): Promise<boolean> {
  if (input === undefined) return false;
  if (input === STANDARD_INPUT) return true;
  const { isSensorUri, meantSensor } = await import("../sensors/open.ts");
  if (isSensorUri(input)) return true;
  if (/\.(bin|csv|npy)$/i.test(input)) return false;
  const { parseUri } = await import("../uri.ts");
  // no form of a file: openSensor says what was meant
  return parseUri(input) !== null || meantSensor(input) !== null;
}

/** What was opened: a source as inputs of the loop, and what a report says of it. */
export type Opened<L> = {
  readonly live: L;
  readonly uri: string;
  readonly name: string;
  readonly channels: Description["channels"];
  readonly sampleRateHz: number | null;
  readonly close: () => Promise<void>;
};

/** @throws what opening a sensor throws, INPUT_SIZE where its channels do not fill the network's input */
export async function openInferences(
  session: Session,
  inputs: readonly ManifestTensor[],
  { input = "", samples }: RunOptions,
): Promise<Opened<LiveInferences>> {
  const { liveInferences } = await import("../run/live-source.ts");
  const options = optionsOf(session, samples);
  if (input === STANDARD_INPUT) {
    const { csvInputs } = await import("../files/input.ts");
    const { lineInferences } = await import("../run/live-lines.ts");
    const lines = csvInputs("standard input", inputs, () => session.io.stdin);
    return { ...standardInput, live: lineInferences(lines, options) };
  }
  if (input.startsWith("gpio:")) await refuseLine(input);
  const opened = await open(session, input, (sensor) => liveInferences(sensor, inputs, options));
  if (inputs[0]?.sampleRateHz === undefined) {
    const names = opened.channels.map(({ name }) => name);
    const aside = names.length > 1 ? `, ${names.join(" and ")} side by side,` : ",";
    session.warn(
      `the model says neither rate nor unit of its input: the samples of ${input} are fed to it as they come${aside} which is ` +
        "right only for a network of raw samples; --front sets a front end before it",
    );
  }
  return opened;
}

/** A line of events, for a network that has no steps to count them in: a line that is none is said first. */
async function refuseLine(input: string): Promise<never> {
  const { parseUri } = await import("../uri.ts");
  const { gpioPlace } = await import("../sensors/gpio-uri.ts");
  const { refuseEvents } = await import("../run/live-source.ts");
  const uri = parseUri(input);
  if (uri !== null) gpioPlace(uri);
  return refuseEvents(input);
}

/** The same for a network that runs in steps. */
export async function openSteps(
  session: Session,
  inputs: readonly ManifestTensor[],
  { input = "", steps }: RunOptions,
): Promise<Opened<LiveSteps>> {
  const { liveSteps } = await import("../run/live-source.ts");
  const options = optionsOf(session, steps);
  if (input === STANDARD_INPUT) {
    const { csvSteps } = await import("../files/spiking-input.ts");
    const { lineSteps } = await import("../run/live-lines.ts");
    const lines = csvSteps("standard input", inputs, () => session.io.stdin);
    return { ...standardInput, live: lineSteps(lines, options) };
  }
  const paced = input.startsWith("gpio:");
  return open(session, input, (sensor) => liveSteps(sensor, inputs, { ...options, paced }));
}

/** After a signal: what the source delivered and lost until now counts too. */
export async function settle(
  source: Opened<Live<unknown>> | null,
  { io, warn }: Session,
): Promise<void> {
  if (source === null || !either(io).aborted) return;
  await source.live.rest().catch((error: unknown) => {
    if (!(error instanceof TwentyWattError)) throw error;
    warn(error.message);
  });
}

const standardInput = {
  ...{ uri: STANDARD_INPUT, name: "standard input", channels: [], sampleRateHz: null },
  close: async () => {},
};

const optionsOf = ({ io }: Session, limit = Number.POSITIVE_INFINITY) => ({
  ...{ clock: io.clock, signal: either(io), limit },
});

async function open<L>(
  session: Session,
  uri: string,
  use: (sensor: import("../sensors/sensor.ts").Sensor) => L,
): Promise<Opened<L>> {
  const { openFor } = await import("./sensor.ts");
  const sensor = await openFor(session, uri);
  try {
    const live = use(sensor);
    const { name } = sensor;
    return { live, uri, name, ...sensor.describe(), close: () => sensor.close() };
  } catch (error) {
    await sensor.close();
    throw error;
  }
}

/** What a loop gets: the decisions are its progress. */
export const quietly = (io: Surroundings): Surroundings => ({
  ...io,
  stderr: { write: () => true },
});

/** Says a decision: a line, with --json a document. */
export type Decide = (at: {
  readonly index: number;
  readonly seconds: number;
  /** real values of all outputs; the first `classes` of them are what is decided between */
  readonly values: ArrayLike<number>;
}) => void;

/**
 * @param classes elements of the first output
 * @param rule    of --decide; null: every answer is a decision
 * @param gaps    how many times so far something was missing: what --decide counts over begins anew after each
 */
export function openDecisions(
  { io, json }: Session,
  classes: number,
  names: readonly string[] | null,
  rule: Decider | null,
  gaps: () => number,
): Decide {
  let known = 0;
  return ({ index, seconds, values }) => {
    if (gaps() !== known) rule?.restart();
    known = gaps();
    const made = rule?.add(values);
    if (made === null) return;
    const largest = classes < 2 ? null : argmax(Array.from(values).slice(0, classes));
    const decided = made?.decided ?? largest;
    const value = made?.value ?? (decided === null ? null : (values[decided] as number));
    const name = decided === null ? null : (names?.[decided] ?? null);
    if (json) {
      const sample = {
        ...{ index, seconds, decided, class: name },
        value,
        outputs: Array.from(values).slice(0, MOST_OUTPUTS),
      };
      const head = { schema: DOCUMENT_SCHEMA, verb: "run", ok: true, warnings: [] };
      return sayDocument(io.stdout, { ...head, sample });
    }
    const shown =
      value === null
        ? Array.from(values).slice(0, SHOWN_OUTPUTS).map(significant)
        : [name ?? `class ${decided}`, significant(value)];
    say(io.stdout, `${seconds.toFixed(3)} s  ${shown.join("  ")}`);
  };
}

/** @throws USAGE */
export function requireInput({ input = "" }: RunOptions, inputs: readonly unknown[]): void {
  if (inputs.length > 0) return;
  fail("USAGE", "--input", input, "no input: this network has none", "Leave the option out.");
}

export const areSpikes = (outputs: readonly ManifestTensor[]): boolean =>
  outputs.every(({ edge }) => edge === "spike");

/**
 * @param mostSpikes of an output's element in one step
 * @throws USAGE without a source that is still delivering, without an output, and for what no output can reach
 */
export function ruleOf(
  { decide, input }: RunOptions,
  source: unknown,
  outputs: readonly ManifestTensor[],
  classes: number,
  mostSpikes = 1,
): Decider | null {
  if (decide === undefined) return null;
  if (source === null) {
    const remedy = "Name a sensor with --input, or leave the option out.";
    fail("USAGE", "--decide", input ?? "noise", "an input that is still delivering", remedy);
  }
  if (classes < 1) fail("USAGE", "--decide", "no output", "a network with an output");
  const spikes = areSpikes(outputs);
  const most = spikes ? mostSpikes * decide.over : largestOf(outputs[0]);
  if (decide.threshold > most) {
    const what = spikes ? `spikes in ${plural(decide.over, "step")}` : "the largest mean there is";
    const remedy = "Take a threshold that the outputs can reach.";
    fail("USAGE", "--decide", `${decide.threshold}`, `at most ${most}, ${what}`, remedy);
  }
  return spikes ? counting(decide, classes) : averaging(decide, classes);
}

/** The largest value that an element can have. */
function largestOf(tensor: ManifestTensor | undefined): number {
  if (tensor === undefined) return Number.NEGATIVE_INFINITY;
  const { dtype, scale, zeroPoint } = tensor;
  return scale * (LARGEST[dtype] - zeroPoint);
}

const LARGEST = { i8: 127, u8: 255, i16: 32_767, i32: 2 ** 31 - 1 } as const;

/** A decision of a step in which an output spikes; of values, of every step that heard something. */
export function decider(
  decide: Decide,
  outputs: readonly ManifestTensor[],
  { seconds, heard }: LiveSteps,
  { firstStep, ruled }: { readonly firstStep: number; readonly ruled: boolean },
): Watcher {
  const values = new Float64Array(elementCount(outputs));
  const spikes = areSpikes(outputs);
  return (_, output, step) => {
    if (!spikes && !heard()) return null;
    const index = step - firstStep;
    readElements(output, outputs, values, true);
    const silent = spikes ? values.every((value) => value === 0) : values.length === 0;
    // a window of steps passes in silence too
    if (ruled || !silent) decide({ index, seconds: seconds(index), values });
    return null;
  };
}

/** Of a decision in a document. */
const MOST_OUTPUTS = 100;

export const liveFacts = ({ live, uri, name, channels, sampleRateHz }: Opened<Live<unknown>>) => ({
  live: { uri, name, channels, sampleRateHz, ...live.counts() },
});

export function liveLines({ live, name, sampleRateHz }: Opened<Live<unknown>>): string[] {
  const { samples, lost, droppedWindows, unusedSamples, movedEvents, saturatedValues } =
    live.counts();
  const rate = sampleRateHz === null ? "" : ` at ${count(sampleRateHz)} Hz`;
  return [
    `${name}: ${plural(samples, "sample")}${rate}, ${lost} lost`,
    ...droppedLine(droppedWindows, unusedSamples),
    ...(movedEvents > 0 ? [`${plural(movedEvents, "event")} counted in a later step`] : []),
    ...(saturatedValues > 0 ? [`${plural(saturatedValues, "value")} held at the range`] : []),
  ];
}

function droppedLine(
  windows: LiveCounts["droppedWindows"],
  samples: LiveCounts["unusedSamples"],
): string[] {
  if (samples === 0) return [];
  const gaps = windows === 0 ? "" : `: ${plural(windows, "window")} with a gap dropped`;
  return [`${plural(samples, "sample")} not used${gaps}`];
}
