/** The demonstration's spiking network: its architecture, its committed weights, and the graph made of both. */
import { existsSync, readFileSync } from "node:fs";
import { withFront } from "../front/index.ts";
import { vibrationSpikes } from "../front/named/vibration-spikes.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import { allToAll, lif, network } from "../network/index.ts";
import { MACHINE_STATES } from "../sensors/vibration.ts";
import { FEATURES } from "./features.ts";
import type { DemoNetwork } from "./network.ts";
import { samplesOf } from "./samples.ts";
import { decodeSpikes, STEP_SECONDS } from "./spike-code.ts";

/**
 * LIF neurons, threshold 1, reset by subtraction, without biases: silence costs nothing. leak is dt / tau; a power of
 * two, so that training, float stepper and module begin from the same coefficients.
 */
export const POPULATIONS = [
  { name: "hidden", inputs: FEATURES, neurons: 16, leak: 1 / 4 },
  { name: "states", inputs: 16, neurons: MACHINE_STATES.length, leak: 1 / 8 },
] as const;

/** Weights into one population: real = w · 2^−fractionBits, w in ± 127, row-major [input, neuron]. */
export type SpikingWeights = { readonly fractionBits: number; readonly weights: readonly number[] };

/** host/demo/spiking-network.json: written by train.ts, and by nothing else. In the order of POPULATIONS. */
export type SpikingNetwork = readonly SpikingWeights[];

/** The committed network. Compiled JavaScript lies in build/host/demo; the weights stay beside the source. */
export function committedSpikes(): SpikingNetwork {
  const beside = new URL("spiking-network.json", import.meta.url);
  const fromBuild = new URL("../../../host/demo/spiking-network.json", import.meta.url);
  return JSON.parse(readFileSync(existsSync(beside) ? beside : fromBuild, "utf8"));
}

export const spikingNetwork: DemoNetwork = {
  name: "spiking network",
  graph: () => spikesFromSamples(),
  encode: samplesOf,
  decode: decodeSpikes,
};

/** `net:demo-spikes`: windows of raw acceleration [512,1] → spikes of the machine states in each window [5]. */
export const spikesFromSamples = (): SpikingGraph =>
  withFront(spikingGraph(committedSpikes(), "net:demo-spikes"), vibrationSpikes);

/** `net:demo-spikes?input=features`: spikes of the features [128] → of the machine states [5], 16 steps per window. */
export function spikingGraph(
  weights: SpikingNetwork = committedSpikes(),
  name = "net:demo-spikes?input=features",
): SpikingGraph {
  const net = network({
    name,
    dtSeconds: STEP_SECONDS,
    discretisation: "norse",
    reset: "subtract",
  });
  let source = net.input("features", FEATURES);
  POPULATIONS.forEach(({ neurons, leak, ...own }, k) => {
    // r / tau = 1 / dt: a spike raises the potential by its weight
    const neuron = lif({ tau: STEP_SECONDS / leak, r: 1 / leak, vThreshold: 1 });
    const population = net.population(own.name, neurons, neuron);
    net.project(source, population, { connect: allToAll(), weight: realWeights(weights[k]) });
    source = population;
  });
  net.output("spikes", source);
  return { ...net.graph(), labels: MACHINE_STATES };
}

const realWeights = (
  { fractionBits, weights }: SpikingWeights = { fractionBits: 0, weights: [] },
) => Float64Array.from(weights, (w) => w / 2 ** fractionBits);
