/**
 * Brette et al. 2007, J. Comput. Neurosci. 23:349, benchmark 2 (after Vogels & Abbott 2005): a balanced network that
 * keeps itself active, irregular and asynchronous at about 6 Hz.
 *
 *     20 ms · dv/dt = (−49 mV − v) + g_e + g_i      threshold −50 mV, reset −60 mV, refractory 5 ms
 *      5 ms · dg_e/dt = −g_e                        a spike of the 80 % excitatory: g_e ← g_e + 1.62 mV
 *     10 ms · dg_i/dt = −g_i                        of the others: g_i ← g_i − 9 mV
 *
 * Every pair is connected with probability 2 % at 4000 neurons: 80 synapses each, and as many in other sizes, so that
 * the regime stays the same.
 */
import { probability } from "../connect.ts";
import { uniform } from "../distribution.ts";
import { network } from "../network.ts";
import { cubaLif } from "../neurons.ts";
import { dt, named, seed, whole } from "./parameters.ts";

export const cuba = named(
  {
    neurons: whole(4000, 10, 1_000_000, "four of five are excitatory"),
    synapses: whole(80, 1, 1000, "of each neuron, in the mean"),
    seed,
    dt,
  },
  (name, { neurons, synapses, seed, dt }, refuse) => {
    if (synapses > neurons) refuse(`synapses=${synapses}`, `at most neurons=${neurons}`);
    const net = network({ name, seed, dtSeconds: dt });
    const all = net.population(
      "neurons",
      neurons,
      cubaLif({
        tauMem: 20e-3,
        vLeak: -49,
        vThreshold: -50,
        vReset: -60,
        refractorySeconds: 5e-3,
        receptors: { exc: { tauSyn: 5e-3 }, inh: { tauSyn: 10e-3 } },
      }),
    );
    const excitatory = Math.round(0.8 * neurons);
    const exc = all.part("exc", 0, excitatory);
    const inh = all.part("inh", excitatory, neurons);
    const connect = probability(synapses / neurons);
    net.project(exc, all, { connect, weight: 1.62, receptor: "exc" });
    net.project(inh, all, { connect, weight: -9, receptor: "inh" });
    net.start(all, uniform(-60, -50));
    net.output("spikes", all);
    return net.graph();
  },
);
