/** The figures of the demonstration: accuracy on windows nothing was trained on, latency, energy. */
import { nanosecondsToMicroseconds, nanosecondsToSeconds } from "../units.ts";
import { type LabelledWindow, nearestRms } from "./data-set.ts";
import { type Classifier, infer, largest } from "./network.ts";

export type Tally = { readonly correct: number; readonly total: number };

export const percent = ({ correct, total }: Tally): number => (100 * correct) / Math.max(1, total);

/** What spikes cost: means per decision. */
export type Activity = {
  readonly steps: number;
  readonly spikes: number;
  readonly synapticEvents: number;
};

export type Trial = {
  readonly tally: Tally;
  /** null: a layered network, whose work is its MACs, always the same */
  readonly activity: Activity | null;
};

/** Every window once. */
export async function trial(
  { session, encode, decode }: Classifier,
  windows: readonly LabelledWindow[],
): Promise<Trial> {
  const spiking = session.manifest.dtSeconds !== null;
  let correct = 0;
  const sums = { steps: 0, spikes: 0, synapticEvents: 0 };
  for (const { values, label } of windows) {
    const inputs = encode(values);
    if (largest(decode(await infer(session, inputs))) === label) ++correct;
    if (!spiking) continue;
    const { spikes, synapticEvents } = await session.counters();
    sums.steps += inputs.length / session.inputBytes;
    sums.spikes += Number(spikes);
    sums.synapticEvents += Number(synapticEvents);
  }
  const total = windows.length;
  const mean = (sum: number) => sum / Math.max(1, total);
  const activity = {
    steps: mean(sums.steps),
    spikes: mean(sums.spikes),
    synapticEvents: mean(sums.synapticEvents),
  };
  return { tally: { correct, total }, activity: spiking ? activity : null };
}

export function rmsAccuracy(
  centroids: readonly number[],
  windows: readonly LabelledWindow[],
): Tally {
  const correct = windows.filter(({ values, label }) => nearestRms(centroids, values) === label);
  return { correct: correct.length, total: windows.length };
}

export type Bounds = { readonly value: number; readonly low: number; readonly high: number };

/** The part of a power meter that the demonstration needs. */
export type DemoMeter = {
  readonly name: string;
  readonly scope: string;
  readonly quality: string;
  readonly method: string;
  readonly doesNotInclude: readonly string[];
  start(): Promise<void>;
  stop(): Promise<{ readonly joules: Bounds }>;
};

/** The clock is read once in so many repetitions. */
export const REPETITIONS = 50;

/** Of one repetition among others, back to back. */
export type Each = {
  /** mean of each REPETITIONS in a row */
  readonly us: readonly number[];
  /** null without a meter */
  readonly joules: Bounds | null;
};

/** What one repetition of `work` takes, from a window of back-to-back repetitions lasting at least `seconds`. */
export async function measureEach(
  meter: DemoMeter | null,
  nowNs: () => bigint,
  seconds: number,
  work: (repetition: number) => Promise<unknown>,
): Promise<Each> {
  const us: number[] = [];
  await meter?.start();
  const startNs = nowNs();
  let repetitions = 0;
  for (let now = startNs; nanosecondsToSeconds(now - startNs) < seconds; ) {
    for (let k = 0; k < REPETITIONS; ++k) await work(repetitions++);
    const before = now;
    now = nowNs();
    us.push(nanosecondsToMicroseconds(now - before) / REPETITIONS);
  }
  const read = await meter?.stop();
  return { us, joules: read ? share(read.joules, repetitions) : null };
}

const share = ({ value, low, high }: Bounds, by: number): Bounds => ({
  value: value / by,
  low: low / by,
  high: high / by,
});
