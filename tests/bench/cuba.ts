/**
 * The CUBA network (host/network/named/cuba.ts), 10 s of its own time, nothing recorded: our SIMD build through the
 * runtime, as users call it, beside Brian2 with the same synapses and the same start.
 */
import type { Compiled } from "../../host/compiler/index.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import { cuba } from "../../host/network/named/cuba.ts";
import type { Latency } from "../../host/run/latency.ts";
import { type LocalSession, localTarget } from "../../host/runtime/index.ts";
import { microsecondsToSeconds } from "../../host/units.ts";
import { type Brian2, type Missing, openBrian2 } from "./brian2.ts";
import { compileFor, FLAVOUR } from "./module.ts";
import type { Say } from "./program.ts";
import { type Run, runInTurns, stepDistribution, timed } from "./runs.ts";

const NAME = "net:cuba?neurons=4000&seed=1";
const NEURONS = 4000;
const BIOLOGICAL_SECONDS = 10;
/** most of the peer's time that ours may take, and what it should come to */
const RATIO_TARGET = 0.35;
const RATIO_AIM = 0.25;

/** Of whole runs; the distribution is that of their mean time per step. */
type Simulated = Latency & {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly spikes: number;
  readonly rateHz: number;
};

export type CubaResult = Simulated & {
  readonly model: string;
  readonly target: "local";
  readonly build: "simd";
  readonly flavour: string;
  readonly macsPerSecond: null;
  readonly overheadP50Us: null;
  readonly moduleBytes: number;
  readonly compileCpuMs: number;
  readonly energy: null;
  readonly energyMissing: Missing;
  readonly neurons: number;
  readonly synapses: number;
  readonly steps: number;
  readonly biologicalSeconds: number;
  readonly synapticEvents: number;
  readonly synapticEventsPerSecond: number;
  readonly neuronUpdatesPerSecond: number;
  readonly saturations: number;
  readonly realTimeFactor: number;
  readonly peer: ({ readonly name: string; readonly buildSeconds: number } & Simulated) | null;
  readonly peerMissing: Missing | null;
  /** our least wall time over the peer's */
  readonly ratio: number | null;
  /** the same of processor time: what is left of the ratio on a machine that is never free */
  readonly cpuRatio: number | null;
  readonly ratioTarget: number;
  readonly ratioAim: number;
};

export async function benchCuba(script: URL, say: Say): Promise<CubaResult> {
  say.progress(`${NAME}: compiling`);
  const graph = cuba.build(NAME, new Map([["seed", "1"]]));
  const compiled = await compileFor(graph, "simd");
  say.progress(`${NAME}: Brian2 writes and compiles its project`);
  const opened = openBrian2(graph, script, BIOLOGICAL_SECONDS);
  const peer = "run" in opened ? opened : null;
  if (!peer)
    say.warn(`no peer for CUBA: ${(opened as Missing).reason}: ${(opened as Missing).remedy}`);
  try {
    return await inTurns(graph, compiled, peer, peer ? null : (opened as Missing), say);
  } finally {
    peer?.close();
  }
}

async function inTurns(
  graph: SpikingGraph,
  { wasm, manifest, compileCpuMs }: Compiled,
  peer: Brian2 | null,
  peerMissing: Missing | null,
  say: Say,
): Promise<CubaResult> {
  say.progress(`${NAME}: ${BIOLOGICAL_SECONDS} s of its time, over and over, in turns`);
  const steps = Math.round(BIOLOGICAL_SECONDS / graph.semantics.dtSeconds);
  const session = await localTarget().load(wasm);
  const ours = () => simulate(session, steps);
  const [own, other] = runInTurns(peer ? [ours, peer.run] : [ours]);
  if (!own) throw new Error("nothing ran");
  const counted = (runs: typeof own): Simulated => {
    const spikes = runs.all[0]?.spikes ?? 0;
    return {
      ...stepDistribution(runs, steps),
      ...{ wallSeconds: runs.wallSeconds, cpuSeconds: runs.cpuSeconds, spikes },
      rateHz: spikes / NEURONS / BIOLOGICAL_SECONDS,
    };
  };
  const counters = session.counters();
  const result = counted(own);
  const perSecond = (count: number) => count / microsecondsToSeconds(result.minUs * steps);
  return {
    model: NAME,
    target: "local",
    build: "simd",
    flavour: FLAVOUR,
    ...result,
    ...{ macsPerSecond: null, overheadP50Us: null, moduleBytes: wasm.length, compileCpuMs },
    energy: null,
    energyMissing: {
      reason: "a minimum over runs has no energy",
      remedy: "twentywatt bench net:cuba --meter URI",
    },
    neurons: manifest.neurons,
    synapses: manifest.synapses,
    steps,
    biologicalSeconds: BIOLOGICAL_SECONDS,
    synapticEvents: Number(counters.synapticEvents),
    synapticEventsPerSecond: perSecond(Number(counters.synapticEvents)),
    neuronUpdatesPerSecond: perSecond(manifest.neurons * steps),
    saturations: Number(counters.saturations),
    realTimeFactor: BIOLOGICAL_SECONDS / result.wallSeconds,
    peer:
      peer && other
        ? { name: peer.name, buildSeconds: peer.buildSeconds, ...counted(other) }
        : null,
    peerMissing,
    ratio: other ? own.wallSeconds / other.wallSeconds : null,
    cpuRatio: other ? own.cpuSeconds / other.cpuSeconds : null,
    ratioTarget: RATIO_TARGET,
    ratioAim: RATIO_AIM,
  };
}

/** From the start: every run computes the same spikes. */
function simulate(session: LocalSession, steps: number): Run & { readonly spikes: number } {
  session.reset();
  const silence = new Uint8Array(session.inputBytes);
  const output = new Uint8Array(session.outputBytes);
  const run = timed(() => {
    for (let k = 0; k < steps; k++) session.step(silence, output);
  });
  return { ...run, spikes: Number(session.counters().spikes) };
}
