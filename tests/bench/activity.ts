/**
 * What activity costs: 4000 CubaLIF neurons with 80 synapses each, of which none, 1 % or 10 % fire in every step.
 *
 * No input: a constant drives all neurons alike. Left alone one fires every `period` steps, and the start potentials
 * stand at evenly spread places of that course, so that each step sees the same number of spikes. The synapses are
 * real, and too weak to disturb it: 0.01 mV from the excitatory, −0.02 mV from the others, which cancels in the mean.
 */
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import { cubaLif, network, probability } from "../../host/network/index.ts";
import type { Latency } from "../../host/run/latency.ts";
import { type LocalSession, localTarget } from "../../host/runtime/index.ts";
import { microsecondsToSeconds } from "../../host/units.ts";
import { compileFor } from "./module.ts";
import type { Say } from "./program.ts";
import { timed } from "./timing.ts";

export type ActivityResult = Latency & {
  readonly neurons: number;
  readonly synapses: number;
  /** of the neurons, meant to fire in every step */
  readonly activeShare: number;
  readonly spikesPerStep: number;
  readonly synapticEventsPerStep: number;
  readonly synapticEventsPerSecond: number;
  /** of a synaptic event, on top of the silent step; null in silence */
  readonly nanosecondsPerEvent: number | null;
};

const NEURONS = 4000;
const SYNAPSES = 80;
const DT_SECONDS = 1e-4;
const REFRACTORY_STEPS = 5;
const TAU_STEPS = 200;
const [RESET, THRESHOLD] = [-60, -50];
/** steps from one spike of a neuron to its next; null: never */
const PERIODS = [null, 100, 10];

export async function benchActivity(seconds: number, say: Say): Promise<ActivityResult[]> {
  const sessions: LocalSession[] = [];
  for (const period of PERIODS) {
    say.progress(`${NEURONS} neurons, ${period === null ? "silent" : `${100 / period} % active`}`);
    const { wasm } = await compileFor(driven(period), "simd");
    sessions.push(await localTarget().load(wasm));
  }
  const times = await timed(sessions.map(stepper), seconds);
  const silentUs = times[0]?.minUs ?? 0;
  return sessions.map((session, k) => {
    const time = times[k] as Latency;
    const { steps, spikes, synapticEvents } = session.counters();
    const events = Number(synapticEvents) / Number(steps);
    const period = PERIODS[k] ?? null;
    return {
      ...{ neurons: session.manifest.neurons, synapses: session.manifest.synapses },
      activeShare: period === null ? 0 : 1 / period,
      ...time,
      spikesPerStep: Number(spikes) / Number(steps),
      synapticEventsPerStep: events,
      synapticEventsPerSecond: events / microsecondsToSeconds(time.minUs),
      nanosecondsPerEvent: events > 0 ? ((time.minUs - silentUs) * 1000) / events : null,
    };
  });
}

export const stepper = (session: LocalSession): (() => void) => {
  const silence = new Uint8Array(session.inputBytes);
  const output = new Uint8Array(session.outputBytes);
  return () => {
    session.step(silence, output);
  };
};

/** @param period steps; longer than the refractory time */
function driven(period: number | null): SpikingGraph {
  const net = network({ name: "activity", seed: 1, dtSeconds: DT_SECONDS });
  const rising = (period ?? 0) - REFRACTORY_STEPS;
  // the course v∞ + (reset − v∞)·e^(−t/τ) meets the threshold half a step before it would fire
  const left = Math.exp(-(rising - 0.5) / TAU_STEPS);
  const final = period === null ? RESET : (THRESHOLD - RESET * left) / (1 - left);
  const all = net.population(
    "neurons",
    NEURONS,
    cubaLif({
      ...{ tauMem: TAU_STEPS * DT_SECONDS, vLeak: final, vThreshold: THRESHOLD, vReset: RESET },
      refractorySeconds: REFRACTORY_STEPS * DT_SECONDS,
      receptors: { exc: { tauSyn: 5e-3 }, inh: { tauSyn: 10e-3 } },
    }),
  );
  const [exc, inh] = [all.part("exc", 0, 0.8 * NEURONS), all.part("inh", 0.8 * NEURONS, NEURONS)];
  const connect = probability(SYNAPSES / NEURONS);
  net.project(exc, all, { connect, weight: 0.01, receptor: "exc" });
  net.project(inh, all, { connect, weight: -0.02, receptor: "inh" });
  if (period !== null) {
    const since = (k: number) => (k % period) - REFRACTORY_STEPS;
    const v = (k: number) => final + (RESET - final) * Math.exp(-since(k) / TAU_STEPS);
    net.start(
      all,
      Float64Array.from({ length: NEURONS }, (_, k) => v(k)),
    );
  }
  net.output("spikes", all);
  return net.graph();
}
