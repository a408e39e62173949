/** `run` of a layered network: every inference stands alone, one step each. */
import { basename } from "node:path";
import { TwentyWattError } from "../errors.ts";
import { type Inputs, noiseInputs, openInputs } from "../files/input.ts";
import { type Labels, readClasses } from "../files/labels.ts";
import { type OutputWriter, openOutput, outputFormat, realValues } from "../files/output.ts";
import {
  readState,
  requireSameNetwork,
  type SavedState,
  stateDigest,
  writeState,
} from "../files/state-file.ts";
import { elementTensors } from "../files/tensor-values.ts";
import { elements } from "../model/graph.ts";
import type { Manifest, ManifestTensor } from "../module/manifest.ts";
import { forgettingAcrossGaps } from "../run/after-gap.ts";
import { openExpectation } from "../run/expectation.ts";
import { type Consume, inferAll, type Lost } from "../run/inferences.ts";
import { latencyLines } from "../run/latency.ts";
import type { LiveInferences } from "../run/live-source.ts";
import { inferTogether, type Together } from "../run/together.ts";
import { type Session as Loaded, runSelfTest, type Target } from "../runtime/index.ts";
import { count, labelled, plural } from "../text.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { buildText, compileOptions, moduleOf } from "./build.ts";
import { dumpLayers, requireKeptLayers } from "./dump-layers.ts";
import {
  closeMetering,
  energyOf,
  energyText,
  openMetering,
  watchSteps,
  withMeter,
} from "./energy.ts";
import { requireLabels, Tally } from "./layered-tally.ts";
import { type LayeredModel, takesSamples } from "./model.ts";
import { naming } from "./naming.ts";
import { explained } from "./other-rounding.ts";
import { type Ports, portsOf } from "./ports.ts";
import { type Result, type Session, Unfinished } from "./result.ts";
import type { RunOptions } from "./run.ts";
import {
  countersOf,
  expectedLines,
  shortfalls,
  unfinishedBy,
  warnOfRepeats,
} from "./run-ending.ts";
import { labelsFor } from "./run-labels.ts";
import {
  isLive,
  liveFacts,
  liveLines,
  type Opened,
  openDecisions,
  openInferences,
  quietly,
  ruleOf,
  settle,
} from "./run-live.ts";
import { crewFor, throughputText } from "./run-together.ts";
import {
  decisionsOf,
  formOf,
  isStandardOutput,
  signalOf,
  standardOutput,
} from "./standard-output.ts";
import { onTarget } from "./targets.ts";

/** Without --input and --samples: enough for a distribution of latencies. */
const NOISE_SAMPLES = 100;
const keeps = ({ memory }: Manifest): boolean => memory.some(({ kind }) => kind === "state");

export async function runLayered(
  session: Session,
  model: LayeredModel,
  options: RunOptions,
): Promise<Result> {
  // everything that can be refused is refused before the seconds of compiling
  if (options.dumpLayers !== undefined) requireKeptLayers(model);
  const ports = portsOf(model);
  const run = (source: Opened<LiveInferences> | null) =>
    onTarget(options, model, session, (target) =>
      runInputs(session, model, options, { ports, source, target }),
    );
  if (!(await isLive(options.input))) return run(null);
  const source = await openInferences(session, ports.inputs, options);
  try {
    return await run(source);
  } finally {
    await source.close();
  }
}

type Between = {
  readonly ports: Ports;
  /** what is still delivering; null: a file, or noise */
  readonly source: Opened<LiveInferences> | null;
  readonly target: Target;
};

async function runInputs(
  session: Session,
  model: LayeredModel,
  options: RunOptions,
  { ports, source, target }: Between,
): Promise<Result> {
  const classCount = elements(ports.outputs[0]?.shape ?? []);
  const names = options.classes
    ? await readClasses(options.classes, classCount, session.io.signal)
    : labelsOf(model, classCount);
  const labels = await labelsFor(session.io.signal, options, names, classCount);
  const inputs = source?.live.inputs ?? (await inputsOf(session, ports, options));
  const limit = Math.min(options.samples ?? Number.POSITIVE_INFINITY, inputs.count ?? Infinity);
  if (labels && Number.isFinite(limit)) requireLabels(options.labels, labels, limit);
  const rule = ruleOf(options, source, ports.outputs, classCount);
  const metering = await openMetering(options.meter, target, session);
  const aside = isStandardOutput(options);
  const files: { readonly discard: () => Promise<void> }[] = [];
  let loaded: Loaded | null = null;
  let together: Together | null = null;
  try {
    const output = await outputOf(session, options, ports.outputs);
    if (output) files.push(output);
    const expected = options.expect
      ? await expectedOf(options.expect, ports.outputs, session.io.signal)
      : null;
    const keepLayers = options.dumpLayers === undefined ? {} : { keepLayers: true as const };
    const chosen = compileOptions({ ...options, ...keepLayers }, options.target, session);
    const { wasm } = await moduleOf(model, chosen, session);
    loaded = await watchSteps(metering, await target.load(wasm));
    await runSelfTest(loaded);
    const stepped =
      source && takesSamples(model) ? await forgettingAcrossGaps(loaded, source.live.gaps) : loaded;
    const saved = await goOnFrom(options.loadState, loaded, session.io.signal);

    const tally = new Tally(ports.outputs, labels, options.labels, keeps(loaded.manifest));
    const run = loaded;
    const decide =
      source && (!aside || rule !== null)
        ? openDecisions(decisionsOf(options, session), classCount, names, rule, source.live.gaps)
        : null;
    const perOutput = elementTensors(ports.outputs);
    const loopIo = {
      ...(source ? quietly(session.io) : session.io),
      signal: signalOf(options, session.io),
    };
    let lost: Lost = null;
    const alone = source !== null || keeps(run.manifest);
    together = alone
      ? null
      : await crewFor(session, model, wasm, options, limit, run.manifest.macs);
    const startNs = session.io.clock.nowNs();
    const measured = await withMeter(metering, session, async () => {
      const consume: Consume = (input, result) => {
        const first = tally.samples === 0;
        tally.add(result);
        if (source && decide) {
          const index = tally.samples - 1;
          const seconds = source.live.seconds(index);
          decide({ index, seconds, values: realValues(result, perOutput) });
        }
        expected?.add(result);
        const written = output?.write(result) ?? null;
        if (!first || options.dumpLayers === undefined) return written;
        return dumpLayers(options.dumpLayers, model, run, input).then(() => written ?? undefined);
      };
      lost = together
        ? await inferTogether(loopIo, together, inputs, limit, tally.latency, consume)
        : await inferAll(loopIo, stepped, inputs, limit, tally.latency, consume);
    });
    const tookSeconds = nanosecondsToSeconds(session.io.clock.nowNs() - startNs);
    await settle(source, session);
    lost ??= source?.live.failure() ?? null;
    const unfinished = unfinishedBy(lost, tally.samples, session);
    warnOfRepeats(run, session);
    // interrupted before the first result: what the file held before is worth more than nothing
    const written = output !== null && tally.samples > 0;
    if (written) await output.commit();
    warnOfWhatIsMissing(session, options, inputs, labels, tally.samples);
    const { samples } = tally;
    if (options.saveState !== undefined && samples > 0 && !unfinished) {
      await saveState(options.saveState, loaded, (saved?.step ?? 0) + samples);
    }
    const counters = unfinished ? null : countersOf(await (together?.crew ?? loaded).counters());
    const throughput = together && {
      jobs: together.crew.size,
      inferencesPerSecond: samples / tookSeconds,
    };
    const energy = await energyOf(
      metering,
      measured,
      { inferences: samples, steps: samples, spikes: null, synapticEvents: null },
      session,
      options,
    );
    const { manifest } = loaded;
    const latency = tally.latency.summary();
    const found =
      unfinished || session.io.signal.aborted
        ? []
        : shortfalls(expected?.expectation ?? null, "sample", tally.accuracy, options.minAccuracy);
    const short = source ? found : await explained(found, session, model, options, samples);
    const result: Result = {
      json: {
        model: manifest.source.name,
        target: loaded.target,
        build: manifest.build,
        rounding: manifest.rounding,
        samples,
        steps: samples,
        outputs: tally.rows,
        accuracy: tally.accuracy,
        latency,
        counters,
        ...throughput,
        ...(source ? liveFacts(source) : {}),
        ...energy,
      },
      text: [
        ...labelled("model", [`${manifest.source.name}, ${count(manifest.macs)} MACs`]),
        ...labelled("target", [`${loaded.target}, ${buildText(manifest)}`]),
        ...labelled(
          "input",
          source ? liveLines(source) : [`${inputText(options)}, ${plural(samples, "sample")}`],
        ),
        ...labelled("results", source ? [] : tally.decisionLines(names)),
        ...labelled("accuracy", tally.accuracyLines()),
        ...(latency ? labelled("latency", latencyLines(latency)) : []),
        ...(throughput ? labelled("speed", [throughputText(throughput)]) : []),
        ...energyText(energy, "inference"),
        ...expectedLines(options.expect, short),
        ...(written && !aside ? labelled("output", [`${options.output}`]) : []),
        ...(options.dumpLayers === undefined ? [] : labelled("layers", [options.dumpLayers])),
      ],
      aside,
    };
    if (unfinished) throw new Unfinished(result, unfinished.error);
    if (short.length > 0) throw new Unfinished(result, new TwentyWattError(short));
    return result;
  } finally {
    for (const file of files) await file.discard();
    await together?.crew.close();
    await loaded?.close();
    await closeMetering(metering);
  }
}

async function outputOf(
  { io }: Session,
  { output: path }: RunOptions,
  tensors: readonly ManifestTensor[],
): Promise<OutputWriter | null> {
  if (path === undefined) return null;
  const format = outputFormat(formOf(path), tensors);
  if (!isStandardOutput({ output: path })) return openOutput(path, tensors, format);
  const rows = standardOutput(io);
  return { ...rows, write: async (output) => rows.add(format(output)) ?? undefined };
}

/** The state that a run before this one saved: samples go on where it ended. */
async function goOnFrom(
  path: string | undefined,
  session: Loaded,
  signal: AbortSignal,
): Promise<SavedState | null> {
  if (path === undefined) return null;
  const saved = await readState(path, signal);
  requireSameNetwork(path, saved, session.manifest);
  await naming(path, async () => session.writeState(saved.state));
  return saved;
}

async function saveState(path: string, session: Loaded, step: number): Promise<void> {
  const state = await session.readState();
  await writeState(path, { digest: stateDigest(session.manifest), step, state });
}

/** A file that the outputs must equal, in the form its name says. */
async function expectedOf(path: string, outputs: readonly ManifestTensor[], signal: AbortSignal) {
  const format = outputFormat(path, outputs, "--expect");
  const expectation = await openExpectation(path, outputs, signal);
  return { expectation, add: (output: Uint8Array) => expectation.add(format(output)) };
}

/** Class names that came with the model, where they are as many as the outputs. */
function labelsOf(model: LayeredModel, classCount: number): readonly string[] | null {
  const { labels } = model.kind === "module" ? model.manifest : model.graph;
  return labels?.length === classCount ? labels : null;
}

async function inputsOf({ warn }: Session, { inputs }: Ports, options: RunOptions) {
  if (options.input === undefined) {
    return noiseInputs(inputs, options.seed ?? 1, options.samples ?? NOISE_SAMPLES);
  }
  if (options.seed !== undefined) warn("--seed has no effect: the input comes from --input");
  return openInputs(options.input, inputs);
}

function warnOfWhatIsMissing(
  { io, warn }: Session,
  { samples: asked, input }: RunOptions,
  { count: there }: Inputs,
  labels: Labels | null,
  samples: number,
): void {
  if (io.signal.aborted) {
    warn(`interrupted after ${plural(samples, "sample")}: what follows is of these`);
    return;
  }
  if (asked !== undefined && samples < asked) {
    warn(`${input} holds ${plural(samples, "sample")}, fewer than --samples ${asked}`);
  }
  const spare = labels !== null && Number.isFinite(labels.length);
  if (spare && asked === undefined && labels.length > (there ?? samples)) {
    warn(`${labels.length} labels for ${plural(samples, "sample")}: the rest is not used`);
  }
}

const inputText = ({ input, seed }: RunOptions): string =>
  input === undefined ? `noise, seed ${seed ?? 1}` : basename(input);
