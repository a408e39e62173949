/**
 * Cost and memory against size: the CUBA network with 10 and with 80 synapses of each neuron, from the start, so that
 * every run does the same work. What does not fit is a row with the error that a user would see.
 */
import { TwentyWattError } from "../../host/errors.ts";
import { cuba } from "../../host/network/named/cuba.ts";
import type { Latency } from "../../host/run/latency.ts";
import { localTarget } from "../../host/runtime/index.ts";
import { stepper } from "./activity.ts";
import { compileFor } from "./module.ts";
import type { Say } from "./program.ts";
import { runInTurns, stepDistribution, timed } from "./runs.ts";

type Size = { readonly synapsesPerNeuron: number; readonly neurons: number };

export type SizeResult = Size & {
  readonly synapses: number | null;
  readonly measured:
    | (Latency & {
        readonly steps: number;
        readonly spikesPerStep: number;
        readonly synapticEventsPerStep: number;
        readonly memoryBytes: number;
        readonly moduleBytes: number;
        /** drawing the network and compiling it */
        readonly buildSeconds: number;
      })
    | null;
  readonly refused: { readonly code: string; readonly reason: string } | null;
};

const NEURONS = [100, 1000, 10_000, 100_000, 1_000_000];
export const DEGREES = [10, 80];
const MOST_STEPS = 100_000;
/** of one run: some tenths of a second at each size */
const NEURON_STEPS = 1e8;

export async function benchSizes(say: Say): Promise<SizeResult[]> {
  const results: SizeResult[] = [];
  for (const synapsesPerNeuron of DEGREES) {
    for (const neurons of NEURONS) {
      say.progress(`${neurons} neurons, ${synapsesPerNeuron} synapses each`);
      results.push(await benchSize({ synapsesPerNeuron, neurons }));
    }
  }
  return results;
}

async function benchSize(size: Size): Promise<SizeResult> {
  try {
    return { ...size, ...(await measure(size)), refused: null };
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    const [problem] = error.problems;
    const reason = `${problem?.where}: ${problem?.got}, expected ${problem?.expected}`;
    return { ...size, synapses: null, measured: null, refused: { code: error.code, reason } };
  }
}

async function measure({ synapsesPerNeuron, neurons }: Size) {
  const start = performance.now();
  const name = `net:cuba?neurons=${neurons}&synapses=${synapsesPerNeuron}&seed=1`;
  const graph = cuba.build(name, new Map(new URLSearchParams(name.slice("net:cuba?".length))));
  const { wasm, plan, manifest } = await compileFor(graph, "simd");
  const buildSeconds = (performance.now() - start) / 1000;
  const session = await localTarget().load(wasm);
  const step = stepper(session);
  const steps = Math.min(MOST_STEPS, NEURON_STEPS / neurons);
  const [runs] = runInTurns([
    () => {
      session.reset();
      return timed(() => {
        for (let k = 0; k < steps; k++) step();
      });
    },
  ]);
  if (!runs) throw new Error("nothing ran");
  const { spikes, synapticEvents } = session.counters();
  return {
    synapses: manifest.synapses,
    measured: {
      ...stepDistribution(runs, steps),
      steps,
      spikesPerStep: Number(spikes) / steps,
      synapticEventsPerStep: Number(synapticEvents) / steps,
      ...{ memoryBytes: plan.memory.memUsedBytes, moduleBytes: wasm.length, buildSeconds },
    },
  };
}
