/**
 * One leaky integrate-and-fire neuron under a constant current: tau · dv/dt = −v + I. It fires with
 * 1 / (refractory + tau · ln(I / (I − threshold))) Hz.
 */
import { network } from "../network.ts";
import { lif as neuron } from "../neurons.ts";
import { dt, named, real } from "./parameters.ts";

export const lif = named(
  {
    tau: real(0.02, 1e-4, 10, "membrane time constant, s"),
    threshold: real(15, 1e-6, 1e4, "mV above rest"),
    refractory: real(0.002, 0, 1, "absolute refractory time, s"),
    current: real(20, -1e5, 1e5, "constant, in mV through a resistance of 1"),
    dt,
  },
  (name, { tau, threshold, refractory, current, dt }) => {
    const net = network({ name, dtSeconds: dt });
    const cell = net.population(
      "neuron",
      1,
      neuron({ tau, vThreshold: threshold, refractorySeconds: refractory, current }),
    );
    net.output("spikes", cell);
    return net.graph();
  },
);
