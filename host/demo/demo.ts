/**
 * The demonstration without hardware: a simulated sensor, networks compiled on the spot, decisions, latency and energy
 * live in the terminal. It knows no compiler, target or meter: host/cli passes them in.
 */
import { at } from "../model/at.ts";
import type { Graph } from "../model/graph.ts";
import {
  MACHINE_STATES,
  openVibrationSensor,
  SAMPLE_RATE_HZ,
  type VibrationBlock,
} from "../sensors/vibration.ts";
import type { WaitUntil } from "../sensors/wait.ts";
import { type Screen, takesEscapes, widthOf, wrapped } from "../text.ts";
import { type Clock, nanosecondsToMicroseconds, nanosecondsToSeconds } from "../units.ts";
import { type LabelledWindow, labelledWindow, UNSEEN } from "./data-set.ts";
import { WINDOW_LENGTH } from "./features.ts";
import { committedNetwork, int8Network } from "./int8-network.ts";
import { type DemoMeter, measureEach, REPETITIONS, rmsAccuracy, trial } from "./measure.ts";
import {
  type Classifier,
  type DemoNetwork,
  infer,
  type LoadedNetwork,
  largest,
} from "./network.ts";
import {
  type BackToBack,
  frameLines,
  LATENCIES,
  plainLine,
  type Report,
  type Standing,
  summaryLines,
} from "./report.ts";
import { openFrame, painter } from "./screen.ts";
import { spikingNetwork } from "./spiking-network.ts";

export type DemoOptions = {
  /** counted from the start, compilation included; default: without end in a terminal, else 10 */
  readonly seconds?: number | undefined;
  /** default: every network there is */
  readonly networks?: readonly DemoNetwork[] | undefined;
  /** of the live machine */
  readonly seed?: number | undefined;
};

export type DemoIo = {
  readonly stdout: Screen & { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
  /** aborted by SIGINT: the demonstration ends with its summary */
  readonly signal: AbortSignal;
  /** compiles a network and loads it on a target */
  readonly load: (graph: Graph) => Promise<LoadedNetwork>;
  /** an estimate asked for by name, or null: then no energy is shown */
  readonly meter: DemoMeter | null;
};

const TITLE = "twentywatt demo: the vibration of a simulated motor, classified live";
const DEFAULT_SECONDS = 10;
const LEAST_LIVE_SECONDS = 3;
/** the machine changes its state every 3 s, or so often that a short demonstration shows each of them */
const BLOCKS_PER_STATE = 24;
const BLOCKS_PER_SECOND = SAMPLE_RATE_HZ / WINDOW_LENGTH;

const blocksPerState = (seconds: number): number =>
  Math.min(
    BLOCKS_PER_STATE,
    Math.floor((BLOCKS_PER_SECOND * Math.max(seconds, 1)) / MACHINE_STATES.length),
  );

const BLOCKS_PER_PLAIN_LINE = 8;
/** long enough for a meter that reads the clock or a millijoule counter */
const WINDOW_SECONDS = 0.2;

/** Runs until the time is over or the signal aborts, prints the summary and returns what it is made of. */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<Report> {
  const { clock, env, stdout } = io;
  const startNs = clock.nowNs();
  const secondsSince = (ns: bigint) => nanosecondsToSeconds(clock.nowNs() - ns);
  const elapsed = () => secondsSince(startNs);
  const live = stdout.isTTY === true && !env.CI;
  const seconds = options.seconds ?? (live ? Number.POSITIVE_INFINITY : DEFAULT_SECONDS);
  const escapes = takesEscapes(stdout, env);
  const paint = painter(escapes);
  const print = (lines: readonly string[]) => stdout.write(lines.map((l) => `${l}\n`).join(""));
  const say = (line: string, hang: number) => print(wrapped(line, widthOf(stdout), hang));

  for (const line of wrapped(TITLE, widthOf(stdout), 2)) print([paint("bold", line)]);
  const unseen = Array.from({ length: UNSEEN.windows }, (_, k) => labelledWindow(UNSEEN.seed, k));
  const standings: Standing[] = [];
  for (const network of options.networks ?? [int8Network, spikingNetwork]) {
    const loaded = await io.load(network.graph());
    const ms = loaded.compileMs.toFixed(0);
    say(`  ${network.name}: compiled in ${ms} ms; ${unseen.length} unseen windows …`, 4);
    standings.push(await openStanding({ ...network, ...loaded }, unseen, io));
  }
  const report: Report = {
    standings,
    rms: rmsAccuracy(committedNetwork().rmsCentroids, unseen),
    meter: io.meter,
  };

  const sensor = openVibrationSensor({
    seed: options.seed ?? 3,
    blockLength: WINDOW_LENGTH,
    blocksPerState: blocksPerState(seconds),
    clock,
    waitUntil: io.waitUntil,
  });
  io.signal.addEventListener("abort", sensor.close, { once: true });
  if (io.signal.aborted) await sensor.close();
  const liveNs = clock.nowNs();
  const frame = openFrame(stdout);
  let blocks = 0;
  try {
    for await (const block of sensor) {
      for (const standing of standings) await decide(standing, block, clock);
      if (live && escapes) frame.draw(frameLines(report, block, paint, widthOf(stdout)));
      else if (blocks % BLOCKS_PER_PLAIN_LINE === 0) say(plainLine(report, block, elapsed()), 11);
      blocks += 1;
      // where compiling took most of the time, there is still something to see
      if (elapsed() >= seconds && secondsSince(liveNs) >= Math.min(seconds, LEAST_LIVE_SECONDS))
        break;
    }
  } finally {
    frame.end();
    io.signal.removeEventListener("abort", sensor.close);
    await sensor.close();
    for (const { classifier } of standings) await classifier.session.close();
  }
  print(["", ...summaryLines(report, paint, widthOf(stdout))]);
  return report;
}

/** Accuracy on unseen windows, the work it took, and energy, before anything is live. */
async function openStanding(
  classifier: Classifier,
  unseen: readonly LabelledWindow[],
  { clock, meter }: DemoIo,
): Promise<Standing> {
  const { tally, activity } = await trial(classifier, unseen);
  return {
    classifier,
    unseen: tally,
    activity,
    backToBack: await backToBack(classifier, unseen, meter, clock),
    live: { correct: 0, total: 0 },
    networkUs: [],
    decisionUs: [],
    last: { label: 0, confidence: 0 },
  };
}

async function backToBack(
  classifier: Classifier,
  windows: readonly LabelledWindow[],
  meter: DemoMeter | null,
  clock: Clock,
): Promise<BackToBack> {
  const { session } = classifier;
  // measureEach repeats them as a whole, and every machine state is among them equally often
  const measured = windows.slice(0, REPETITIONS);
  const values = measured.map((window) => window.values);
  const inputs = values.map(classifier.encode);
  const pick = <T extends object>(items: readonly T[], k: number) => at(items, k % items.length);
  const each = (work: (k: number) => Promise<unknown>) =>
    measureEach(meter, clock.nowNs, WINDOW_SECONDS, work);
  return {
    network: await each((k) => infer(session, pick(inputs, k))),
    decision: await each(async (k) =>
      classifier.decode(await infer(session, classifier.encode(pick(values, k)))),
    ),
    synapticEvents: (await trial(classifier, measured)).activity?.synapticEvents ?? 0,
  };
}

/** One window: features, network, decision, and how long they took. */
async function decide(standing: Standing, block: VibrationBlock, clock: Clock) {
  const { classifier, live, networkUs, decisionUs } = standing;
  const startNs = clock.nowNs();
  const inputs = classifier.encode(block.values);
  const encodedNs = clock.nowNs();
  const outputs = await infer(classifier.session, inputs);
  const inferredNs = clock.nowNs();
  const scores = classifier.decode(outputs);
  const label = largest(scores);
  const endNs = clock.nowNs();

  const slot = live.total % LATENCIES;
  networkUs[slot] = nanosecondsToMicroseconds(inferredNs - encodedNs);
  decisionUs[slot] = nanosecondsToMicroseconds(endNs - startNs);
  standing.last = { label, confidence: at(scores, label) };
  live.total += 1;
  if (MACHINE_STATES[label] === block.condition.state) live.correct += 1;
}
