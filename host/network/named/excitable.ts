/**
 * What the topologies are shown with: neurons of which one spike of a neighbour fires the next, and neuron 0, which
 * fires by itself. Each of its spikes becomes a wave that reaches everyone in about as many milliseconds as 3 times the
 * network's path length.
 */
import type { SpikingGraph } from "../../model/spiking-graph.ts";
import type { Connect } from "../connect.ts";
import { network } from "../network.ts";
import { cubaLif } from "../neurons.ts";

/** Fires every 10 ms + 10 ms · ln(16 / (16 − 15)) = 37.7 ms. */
const PACEMAKER_MV = 16;

export function excitable(
  name: string,
  { n, seed, dt }: { readonly n: number; readonly seed: number; readonly dt: number },
  connect: Connect,
): SpikingGraph {
  const net = network({ name, seed, dtSeconds: dt });
  const current = new Float64Array(n);
  current[0] = PACEMAKER_MV;
  const all = net.population(
    "neurons",
    n,
    cubaLif({
      tauMem: 10e-3,
      vThreshold: 15,
      refractorySeconds: 10e-3,
      receptors: { exc: { tauSyn: 2e-3 } },
      current,
    }),
  );
  // one spike lifts the potential by 0.134 · 150 mV = 20 mV at its peak
  net.project(all, all, { name: "synapses", connect, weight: 150, delay: 1e-3 });
  net.output("spikes", all);
  return net.graph();
}
