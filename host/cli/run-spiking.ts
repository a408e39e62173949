/** `run` of a spiking network: one run from its start or from a saved state, step after step. */

import { basename } from "node:path";
import type { CompileOptions } from "../compiler/options.ts";
import { fail, TwentyWattError } from "../errors.ts";
import { createElements } from "../files/element-file.ts";
import { readClasses } from "../files/labels.ts";
import { noiseSteps, openStepInputs, silentSteps } from "../files/spiking-input.ts";
import { stepFormat } from "../files/spiking-output.ts";
import {
  readState,
  requireRoomFor,
  requireSameNetwork,
  stateDigest,
  writeState,
} from "../files/state-file.ts";
import { openStepFile } from "../files/step-file.ts";
import type { StepInputs } from "../files/steps.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { forgettingAcrossGaps } from "../run/after-gap.ts";
import { comparisonLines, openComparer } from "../run/compare-float.ts";
import { openExpectation } from "../run/expectation.ts";
import { LatencyRecorder } from "../run/latency.ts";
import type { LiveSteps } from "../run/live-source.ts";
import type { Request } from "../run/observables.ts";
import { openPlot } from "../run/plot.ts";
import { openRecordings } from "../run/recording.ts";
import { saturatedNodes } from "../run/saturated.ts";
import { SpikingTally } from "../run/spiking-tally.ts";
import { stepAll, type Watcher } from "../run/steps.ts";
import { type Session as Loaded, runSelfTest, type Target } from "../runtime/index.ts";
import { labelled, plural } from "../text.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { compileOptions, moduleOf } from "./build.ts";
import {
  closeMetering,
  energyOf,
  energyText,
  openMetering,
  watchSteps,
  withMeter,
} from "./energy.ts";
import { type SpikingModel, takesSamples } from "./model.ts";
import { naming } from "./naming.ts";
import { type Result, type Session, Unfinished } from "./result.ts";
import type { RunOptions } from "./run.ts";
import {
  countersOf,
  expectedLines,
  type NumberCounters,
  shortfalls,
  unfinishedBy,
  warnOfRepeats,
} from "./run-ending.ts";
import { labelsFor } from "./run-labels.ts";
import {
  decider,
  isLive,
  liveFacts,
  liveLines,
  type Opened,
  openDecisions,
  openSteps,
  quietly,
  requireInput,
  ruleOf,
  settle,
} from "./run-live.ts";
import { activityLines, latencyText, orderLines, stepsText } from "./spiking-lines.ts";
import {
  ableToSaturate,
  refuseLayeredRun,
  semanticsOf,
  semanticsText,
  warnOfLayeredOptions,
  warnOfLostWeights,
  warnOfSaturations,
} from "./spiking-options.ts";
import type { SpikingPorts } from "./spiking-ports.ts";
import {
  decisionsOf,
  formOf,
  isStandardOutput,
  signalOf,
  standardOutput,
} from "./standard-output.ts";
import { recorded } from "./step-recordings.ts";
import { onTarget } from "./targets.ts";

/** Without --input and --steps: enough to see what it does. */
const DEFAULT_STEPS = 1000;

export async function runSpiking(
  session: Session,
  model: SpikingModel,
  options: RunOptions,
): Promise<Result> {
  // everything that can be refused is refused before the seconds of compiling
  refuseLayeredRun(options);
  warnOfLayeredOptions(options, session);
  const real = options.compare === undefined ? null : requireRealNumbers(model);
  if (real && options.loadState !== undefined) {
    const remedy = "Leave one of the two out: float64 does not know the state that was saved.";
    fail("USAGE", "--compare", "--load-state beside it", "a run from the start", remedy);
  }
  return onTarget(options, model, session, async (target) => {
    const { flavour: _, ...own } = options;
    const asked = compileOptions(own, options.target, session);
    const seen = await recorded(session, model, options.record, asked);
    const work = { session, model, options, target, real, ...seen };
    const { inputs } = seen.ports;
    if (!(await isLive(options.input))) return runSteps(work, null);
    requireInput(options, inputs);
    const source = await openSteps(session, inputs, options);
    try {
      return await runSteps(work, source);
    } finally {
      await source.close();
    }
  });
}

type Work = {
  readonly session: Session;
  readonly model: SpikingModel;
  readonly options: RunOptions;
  readonly target: Target;
  readonly real: SpikingGraph | null;
  readonly chosen: CompileOptions;
  readonly ports: SpikingPorts;
  readonly requests: readonly Request[];
};

/** @param source what is still delivering; null: a file, noise or silence */
async function runSteps(
  { session, model, options, target, real, chosen, ports, requests }: Work,
  source: Opened<LiveSteps> | null,
): Promise<Result> {
  warnOfLostWeights(ports.quantisation, session);
  const format = options.output ? stepFormat(formOf(options.output), ports.outputs) : null;
  const aside = isStandardOutput(options);
  const tally = new SpikingTally(ports.outputs);
  const names = await namesOf(session, model, options, tally.classCount);
  const { mostSpikes } = ports;
  const rule = ruleOf(options, source, ports.outputs, tally.classCount, mostSpikes);
  const labels = await labelsFor(session.io.signal, options, names, tally.classCount);
  const saved =
    options.loadState === undefined ? null : await readState(options.loadState, session.io.signal);
  const firstStep = saved?.step ?? 0;
  const inputs = source?.live.inputs ?? (await inputsOf(session, ports, options, firstStep));
  if (saved) requireRoomFor(options.loadState ?? "", saved, limitOf(options, inputs));
  const metering = await openMetering(options.meter, target, session);
  const files: { readonly discard: () => Promise<void> }[] = [];
  let loaded: Loaded | null = null;
  try {
    const expectFormat = options.expect
      ? stepFormat(options.expect, ports.outputs, "--expect")
      : null;
    const expectation = options.expect
      ? await openExpectation(options.expect, ports.outputs, session.io.signal)
      : null;
    const output = options.output ? await openOutput(session, options.output, ports.outputs) : null;
    if (output) files.push(output);
    const recordings = await openRecordings(requests);
    files.push(...recordings);
    const { wasm } = await moduleOf(model, chosen, session);
    loaded = await watchSteps(metering, await target.load(wasm));
    await runSelfTest(loaded);
    const run = loaded;
    const { manifest } = run;
    const stepped =
      source && takesSamples(model) ? await forgettingAcrossGaps(run, source.live.gaps) : run;
    if (saved && options.loadState !== undefined) {
      requireSameNetwork(options.loadState, saved, manifest);
      await naming(options.loadState, async () => run.writeState(saved.state));
    }
    const plot =
      options.plot === undefined
        ? null
        : openPlot(model.kind === "graph" ? model.graph : null, ports.inputs, manifest.memory);
    const comparer = real && openComparer(real, ports.inputs, manifest.memory);

    const watchers: Watcher[] = [
      (_, result) => {
        tally.add(result);
        return null;
      },
    ];
    if (expectation && expectFormat) {
      watchers.push((_, result, step) => {
        expectation.add(expectFormat(result, step));
        return null;
      });
    }
    if (output && format) watchers.push((_, result, step) => output.add(format(result, step)));
    for (const one of recordings) watchers.push((_, __, step) => one.record(run, step));
    if (plot) watchers.push((input) => plot.add(run, input));
    if (comparer) watchers.push((input, _, step) => comparer.compare(run, input, step));

    if (source) {
      source.live.begin(manifest.dtSeconds ?? 0);
      if (!aside || rule !== null) {
        const to = decisionsOf(options, session);
        const decide = openDecisions(to, tally.classCount, names, rule, source.live.gaps);
        const when = { firstStep, ruled: rule !== null };
        watchers.push(decider(decide, ports.outputs, source.live, when));
      }
    }
    const latency = new LatencyRecorder();
    // a source ends where it ends, without zeros after it
    const plan = { firstStep, limit: source ? null : limitOf(options, inputs) };
    const loopIo = {
      ...(source ? quietly(session.io) : session.io),
      signal: signalOf(options, session.io),
    };
    const startNs = session.io.clock.nowNs();
    let ended: Awaited<ReturnType<typeof stepAll>> = { steps: 0, lost: null };
    if (metering.meter && (recordings.length > 0 || plot || comparer)) {
      session.warn("recording, drawing and comparing lie inside the meter's window");
    }
    const measured = await withMeter(metering, session, async () => {
      ended = await stepAll(loopIo, stepped, inputs, plan, latency, watchers);
    });
    await settle(source, session);
    const { steps } = ended;
    const lost = ended.lost ?? source?.live.failure() ?? null;
    const unfinished = unfinishedBy(lost, steps, session, "step");
    warnOfRepeats(run, session);
    const wallSeconds = nanosecondsToSeconds(session.io.clock.nowNs() - startNs);
    const facts = semanticsOf(manifest);
    const dtSeconds = manifest.dtSeconds ?? 0;
    // interrupted before the first step: files of an earlier run stay as they are
    const done = steps > 0 || !session.io.signal.aborted;
    if (done) {
      await output?.commit();
      for (const one of recordings) await one.commit();
    }
    if (done && plot && options.plot !== undefined) {
      const title = `${manifest.source.name}, ${semanticsText(facts)}`;
      await plot.write(options.plot, { title, dtSeconds, firstStep, steps });
    }
    if (done && options.saveState !== undefined && !unfinished) {
      const state = await run.readState();
      const digest = stateDigest(manifest);
      await writeState(options.saveState, { digest, step: firstStep + steps, state });
    }
    const counters = unfinished ? null : countersOf(await run.counters());
    if (session.io.signal.aborted && !unfinished) {
      session.warn(`interrupted after ${plural(steps, "step")}: what follows is of these`);
    }
    const able = ableToSaturate(ports.quantisation);
    const saturated = counters && (await saturatedNodes(run, counters.saturations, able));
    warnOfSaturations(saturated ?? [], ports.quantisation, session);
    const energy = await energyOf(
      metering,
      measured,
      { inferences: steps > 0 ? 1 : 0, steps, ...activity(counters) },
      session,
      options,
    );
    const comparison = comparer?.result() ?? null;
    const { winner } = tally;
    const accuracy = labels && { correct: winner === labels.at(0) ? 1 : 0, total: 1 };
    const latencies = latency.summary();
    const short =
      unfinished || session.io.signal.aborted
        ? []
        : shortfalls(expectation, "step", accuracy, options.minAccuracy);
    const result: Result = {
      json: {
        model: manifest.source.name,
        target: run.target,
        build: manifest.build,
        rounding: manifest.rounding,
        samples: 1,
        firstStep,
        steps,
        semantics: facts,
        outputs: ports.outputs.length > 0 ? tally.rows : null,
        winner,
        accuracy,
        latency: latencies,
        counters,
        saturated,
        ...(comparison ? { comparison } : {}),
        ...(source ? liveFacts(source) : {}),
        ...energy,
      },
      text: [
        ...labelled("model", [
          `${manifest.source.name}, ${plural(manifest.neurons, "neuron")}, ${plural(manifest.synapses, "synapse")}`,
          semanticsText(facts),
          ...facts.assumptions,
        ]),
        ...labelled("target", [`${run.target}, ${manifest.build} build`]),
        ...labelled("input", [
          ...(source ? liveLines(source) : [inputText(options, ports)]),
          ...orderLines(ports),
        ]),
        ...labelled("steps", [stepsText(steps, firstStep, dtSeconds)]),
        ...labelled(
          "activity",
          counters ? activityLines(counters, manifest.neurons, dtSeconds) : [],
        ),
        ...labelled("results", tally.lines(names)),
        ...labelled("accuracy", accuracy ? [accuracy.correct === 1 ? "right" : "wrong"] : []),
        ...labelled("float64", comparison ? comparisonLines(comparison) : []),
        ...labelled("latency", latencies ? latencyText(latencies, counters, wallSeconds) : []),
        ...energyText(energy, "step"),
        ...expectedLines(options.expect, short),
        ...labelled("files", filesOf(options, requests)),
      ],
      aside,
    };
    if (unfinished) throw new Unfinished(result, unfinished.error);
    if (short.length > 0) throw new Unfinished(result, new TwentyWattError(short));
    return result;
  } finally {
    for (const file of files) await file.discard();
    await loaded?.close();
    await closeMetering(metering);
  }
}

const openOutput = async ({ io }: Session, path: string, outputs: readonly ManifestTensor[]) =>
  isStandardOutput({ output: path })
    ? standardOutput(io)
    : openStepFile(path, (name) => createElements(name, outputs, "values"));

/** Raises USAGE for a module: it no longer knows the real numbers it was made from. */
export function requireRealNumbers(model: SpikingModel): SpikingGraph {
  if (model.kind === "graph" && model.graph.front) {
    const got = `a network behind the front end ${model.graph.front.name}`;
    fail("USAGE", "--compare", got, "a network that takes spikes or values", "Leave it out.");
  }
  if (model.kind === "graph") return model.graph;
  const remedy = "Give the model it was compiled from.";
  return fail("USAGE", "--compare", "a compiled module", "a model", remedy);
}

async function namesOf(
  { io }: Session,
  model: SpikingModel,
  { classes }: RunOptions,
  classCount: number,
): Promise<readonly string[] | null> {
  if (classes !== undefined) return readClasses(classes, classCount, io.signal);
  const { labels } = model.kind === "module" ? model.manifest : model.graph;
  return labels?.length === classCount ? labels : null;
}

/** A file; noise where --seed asks for it; else nothing, as after the last row of a file. */
async function inputsOf(
  { warn }: Session,
  { inputs }: SpikingPorts,
  { input, seed, steps }: RunOptions,
  firstStep: number,
): Promise<StepInputs> {
  if (input !== undefined) {
    if (seed !== undefined) warn("--seed has no effect: the input comes from --input");
    return openStepInputs(input, inputs, { firstStep, steps: steps ?? null, warn });
  }
  if (seed === undefined || inputs.length === 0) return silentSteps();
  return noiseSteps(inputs, seed, { firstStep, steps: steps ?? DEFAULT_STEPS, warn });
}

/** Steps to run; null: as many as the input has. */
function limitOf({ steps, input }: RunOptions, { count }: StepInputs): number | null {
  if (steps !== undefined) return steps;
  return input === undefined ? Math.max(count ?? 0, DEFAULT_STEPS) : null;
}

const activity = (counters: NumberCounters | null) => ({
  spikes: counters?.spikes ?? null,
  synapticEvents: counters?.synapticEvents ?? null,
});

function inputText({ input, seed }: RunOptions, { inputs }: SpikingPorts): string {
  if (inputs.length === 0) return "none: the network has no Input";
  if (input !== undefined) return basename(input);
  return seed === undefined
    ? "silence: give --input FILE, or noise with --seed N"
    : `noise, seed ${seed}`;
}

const filesOf = (
  { output, plot, saveState }: RunOptions,
  requests: readonly { readonly path: string }[],
): string[] =>
  [
    isStandardOutput({ output }) ? undefined : output,
    ...requests.map(({ path }) => path),
    plot,
    saveState,
  ].filter((path) => path !== undefined);
