/** `bench MODEL…`: latency, throughput, what the host adds to the network itself, and energy per inference. */

import { cpus } from "node:os";
import type { Command } from "commander";
import { mulberry32 } from "../model/random.ts";
import type { Manifest } from "../module/manifest.ts";
import type { Work } from "../power/index.ts";
import { percentile } from "../run/latency.ts";
import { breathe } from "../run/progress.ts";
import { isOnBoard, timeOnBoard } from "../run/time-on-board.ts";
import { type Timed, timeElsewhere, timeInTurns } from "../run/timing.ts";
import type { BoardSession, Counters, Session as Loaded } from "../runtime/index.ts";
import { count, labelled, quantity, significant, table } from "../text.ts";
import { type BatteryOptions, batteryOptions, requireMeter } from "./battery.ts";
import { type JobFigures, type JobOptions, jobLines, requireJobs, timeJobs } from "./bench-jobs.ts";
import {
  noiseRows,
  noisyStep,
  type SpikingFigures,
  spikingFigures,
  spikingLine,
  spikingWork,
} from "./bench-spiking.ts";
import {
  type Again,
  type RuleOptions,
  repeatLines,
  repeats,
  ruleOption,
  windowsOf,
} from "./bench-windows.ts";
import { compileOptions, moduleOf } from "./build.ts";
import {
  closeMetering,
  type Energy,
  energyOf,
  energyText,
  openMetering,
  seesSteps,
  watchSteps,
  withMeter,
} from "./energy.ts";
import { GROUP, withExamples } from "./help.ts";
import { loadModel, type Model, modelName } from "./model.ts";
import { naming } from "./naming.ts";
import {
  MODEL,
  type ModelOptions,
  markerOption,
  meterOption,
  modelOptions,
  positive,
  stepLimitOption,
  targetBuildOption,
  targetOption,
  whole,
  wholeFromOne,
} from "./options.ts";
import type { Result, Session } from "./result.ts";
import { say } from "./say.ts";
import { openTarget, stepLimitOf } from "./targets.ts";

type Options = ModelOptions & {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  readonly marker?: string;
  readonly stepLimit?: number;
} & Pick<JobOptions, "jobs"> &
  RuleOptions &
  BatteryOptions;

/** Seconds of samples of each candidate: the minimum settles well before. */
const SECONDS = 2;

export const define = (command: Command): Command => {
  command.description("time a model or a module").argument("<model...>", MODEL);
  command.optionsGroup(GROUP.where);
  stepLimitOption(targetOption(command))
    .option("--seconds <n>", "time each model for so long", positive, SECONDS)
    .option("--seed <n>", "choose the noise that is the input", whole, 1)
    .option(
      "--jobs <n>",
      "time so many instances side by side as well, each in a thread: inferences a second in all, and how long each takes",
      wholeFromOne,
    );
  batteryOptions(ruleOption(markerOption(meterOption(command))));
  return withExamples(modelOptions(command, targetBuildOption()), [
    {
      what: "both networks of the demonstration, a second each",
      line: "twentywatt bench net:demo-int8 net:demo-spikes --seconds 1",
    },
    {
      what: "on a board, without the line's share of the time",
      line: "twentywatt bench kws.wasm --target board:/dev/ttyACM0",
    },
    {
      what: "joules by MLPerf Tiny's rule, and how long a battery lasts that way",
      line: "twentywatt bench kws.wasm --meter rapl --rule mlperf-tiny --battery 2000@3.7",
    },
  ]);
};

type BenchResult = {
  readonly model: string;
  readonly target: string;
  readonly build: Manifest["build"];
  readonly flavour: Manifest["flavour"];
  readonly n: number;
  readonly minUs: number;
  readonly p10Us: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** of the fastest inference: what the machine can do when nobody disturbs it */
  readonly macsPerSecond: number;
  /** p50 with copies, checks and the line, minus p50 of step() alone; null where that was not timed */
  readonly overheadP50Us: number | null;
  /** on a board with a counter: cycles, or instructions where it counts those, of the median step */
  readonly cyclesP50?: number;
  readonly moduleBytes: number;
  /** when it was compiled, now or for the cache; null: a module came compiled */
  readonly compileCpuMs: number | null;
} & Again &
  Partial<JobFigures> &
  Partial<SpikingFigures> &
  Energy;

export async function run(
  session: Session,
  names: readonly string[],
  options: Options,
): Promise<Result> {
  const models: { readonly name: string; readonly model: Model }[] = [];
  for (const name of names)
    models.push({ name, model: await loadModel(name, options, session.io.signal) });
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    arch: process.arch,
    node: process.version,
  };
  const results: BenchResult[] = [];
  for (const { name, model } of models) {
    if (session.io.signal.aborted) break;
    results.push(await naming(name, () => benchOne(session, model, options)));
  }
  if (session.io.signal.aborted)
    session.warn("interrupted: figures of fewer samples than asked for");
  return { json: { machine, results }, text: textOf(machine, results) };
}

async function benchOne(session: Session, model: Model, options: Options): Promise<BenchResult> {
  const { io } = session;
  requireMeter(options, options.meter);
  requireJobs(options, model);
  const { windows, seconds } = await windowsOf(options, options.seconds);
  const stepLimit = stepLimitOf(model, options.stepLimit);
  const target = await openTarget(options.target, session, stepLimit, options.marker);
  const metering = await openMetering(options.meter, target, session);
  try {
    const chosen = compileOptions(options, options.target, session);
    const { wasm, onceCpuMs } = await moduleOf(model, chosen, session);
    const loaded = await watchSteps(metering, await target.load(wasm));
    const times = windows > 1 ? `${windows} times ` : "";
    say(io.stderr, `timing ${modelName(model)}, ${times}${significant(seconds)} s of samples …`);
    const { manifest } = loaded;
    const spiking = manifest.dtSeconds !== null;
    const input = spiking ? new Uint8Array(0) : noise(loaded.inputBytes, options.seed);
    let timed: Timings = NO_TIMINGS;
    const counts: number[] = [];
    let counted = 0;
    const once = async () => {
      const given = { ...options, seconds };
      const more = isOnBoard(loaded)
        ? await onBoard(
            session,
            loaded,
            spiking ? await noiseRows(loaded, options.seed) : [input],
            { ...given, single: seesSteps(metering) },
          )
        : await onHost(session, wasm, loaded, input, given);
      timed = joined(timed, more);
      if (windows === 1) return;
      const steps = Number((await loaded.counters()).steps);
      counts.push(steps - counted);
      counted = steps;
    };
    const measured = await withMeter(metering, session, once, windows);
    const { sorted, overheadP50Us, cyclesP50 } = timed;
    const us = (share: number) => percentile(sorted, share);
    const counters = await loaded.counters();
    const work = spiking ? spikingWork(counters) : layeredWork(counters);
    const energy = await energyOf(metering, measured, work, session, options);
    const again = await repeats(options, metering, measured, counts);
    const together =
      options.jobs === undefined || io.signal.aborted
        ? null
        : await timeJobs(io, wasm, {
            ...{ input, jobs: options.jobs, seconds, aloneUs: us(0.5), stepLimit },
          });
    const figures = spiking ? spikingFigures(manifest, counters, sorted) : null;
    await loaded.close();
    return {
      model: manifest.source.name,
      target: loaded.target,
      build: manifest.build,
      flavour: manifest.flavour,
      n: sorted.length,
      minUs: us(0),
      p10Us: us(0.1),
      p50Us: us(0.5),
      p99Us: us(0.99),
      macsPerSecond: (manifest.macs / us(0)) * 1e6,
      overheadP50Us,
      ...(cyclesP50 === null ? {} : { cyclesP50 }),
      moduleBytes: wasm.length,
      compileCpuMs: onceCpuMs,
      ...together,
      ...figures,
      ...energy,
      ...again,
    };
  } finally {
    await closeMetering(metering);
  }
}

type Timings = {
  /** µs, ascending */
  readonly sorted: Float64Array;
  readonly overheadP50Us: number | null;
  readonly cyclesP50: number | null;
};

const NO_TIMINGS: Timings = { sorted: new Float64Array(0), overheadP50Us: null, cyclesP50: null };

/** The samples of both; what else there is, of the later one. */
const joined = (before: Timings, { sorted, overheadP50Us, cyclesP50 }: Timings): Timings => ({
  sorted: Float64Array.from([...before.sorted, ...sorted]).sort(),
  ...{ overheadP50Us, cyclesP50 },
});

/** In turns with step() alone, except where a meter watches: nothing else may run in its window. */
async function onHost(
  { io }: Session,
  wasm: Uint8Array,
  loaded: Loaded,
  input: Uint8Array,
  options: Options,
): Promise<Timings> {
  const spiking = loaded.manifest.dtSeconds !== null;
  const { lastStepNs } = loaded;
  if (lastStepNs !== undefined) {
    const step = spiking ? await noisyStep(loaded, options.seed) : sessionStep(loaded, input);
    const sorted = await timeElsewhere(step, lastStepNs, options.seconds, io);
    return { sorted, overheadP50Us: null, cyclesP50: null };
  }
  const alone = options.meter === undefined && !spiking ? bareStep(wasm, loaded, input) : null;
  const own = spiking ? await noisyStep(loaded, options.seed) : sessionStep(loaded, input);
  const pause = async () => {
    await breathe();
    return !io.signal.aborted;
  };
  const calls = [own, ...(alone ? [alone] : [])];
  const [whole, bare] = await timeInTurns(calls, options.seconds, io.clock, pause, !spiking);
  const sorted = whole?.sorted ?? NO_TIMINGS.sorted;
  // below what can be told apart, the difference of two medians may be negative
  const overhead = bare
    ? Math.max(0, percentile(sorted, 0.5) - percentile(bare.sorted, 0.5))
    : null;
  return { sorted, overheadP50Us: overhead, cyclesP50: null };
}

async function onBoard(
  { io }: Session,
  loaded: BoardSession,
  rows: readonly Uint8Array[],
  { seconds, single }: Options & { readonly single: boolean },
): Promise<Timings> {
  const { sorted, wholeUs, cyclesP50 } = await timeOnBoard(loaded, rows, seconds, io, single);
  const overhead = percentile(wholeUs, 0.5) - percentile(sorted, 0.5);
  return { sorted, overheadP50Us: Math.max(0, overhead), cyclesP50 };
}

function noise(length: number, seed: number): Uint8Array {
  const random = mulberry32(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** All inferences since init(), those of warming up included: the meter saw them too. */
const layeredWork = ({ steps }: Counters): Work => ({
  inferences: Number(steps),
  steps: Number(steps),
  spikes: null,
  synapticEvents: null,
});

/** What a user pays: copy in, step, copy out. */
function sessionStep(loaded: Loaded, input: Uint8Array): Timed {
  const output = new Uint8Array(loaded.outputBytes);
  return () => loaded.step(input, output);
}

/** step() alone in an instance of its own, of a module that the target has checked before. null on other targets. */
function bareStep(wasm: Uint8Array, { target }: Loaded, input: Uint8Array): Timed | null {
  if (target !== "local") return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
  const memory = exports.memory as WebAssembly.Memory;
  const { value } = exports.in_ptr as WebAssembly.Global;
  (exports.init as () => number)();
  new Uint8Array(memory.buffer).set(input, value);
  return exports.step as () => number;
}

const cycleLines = ({ model, cyclesP50 }: BenchResult): string[] =>
  cyclesP50 === undefined
    ? []
    : [`${model}: ${count(cyclesP50)} cycles, or instructions where the board counts those`];

function textOf(
  { cpu, arch, node }: { cpu: string; arch: string; node: string },
  results: readonly BenchResult[],
): string[] {
  const rows = results.map((r) => [
    r.model,
    r.target,
    r.flavour ? `${r.build} (${r.flavour})` : r.build,
    ...[r.minUs, r.p10Us, r.p50Us, r.p99Us].map(significant),
    r.synapticEventsPerSecond === undefined
      ? quantity(r.macsPerSecond, "MAC/s")
      : quantity(r.synapticEventsPerSecond, "ev/s"),
    r.overheadP50Us === null ? "" : significant(r.overheadP50Us),
    count(r.moduleBytes),
    r.compileCpuMs === null ? "" : significant(r.compileCpuMs),
  ]);
  const head = [
    ...["model", "target", "build", "min µs", "p10", "p50", "p99", "speed", "host µs"],
    ...["bytes", "compile ms"],
  ];
  const told = head.map((_, k) => rows.some((row) => row[k] !== ""));
  const shown = (row: readonly string[]) => row.filter((_, k) => told[k]);
  const right = Array.from({ length: 8 }, () => "right" as const);
  return [
    ...labelled("machine", [`${cpu}, ${arch}, Node ${node}`]),
    ...table([head, ...rows].map(shown), ["left", "left", "left", ...right]),
    ...results.flatMap((r) => {
      const figures = spikingLine(r);
      const work = figures ? "step" : "inference";
      return [
        ...labelled("counter", cycleLines(r)),
        ...(figures ? labelled("spikes", [r.model, figures]) : []),
        ...energyText(r, work, [r.model]),
        ...labelled("jobs", jobLines(r)),
        ...labelled("repeats", repeatLines(r, work)),
      ];
    }),
  ];
}
