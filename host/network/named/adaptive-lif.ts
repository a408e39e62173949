/**
 * One neuron that tires: tau · dv/dt = −v + I − w, tauAdapt · dw/dt = −w, and every spike adds `increment` to w. Under
 * a constant current its intervals grow towards a steady rhythm.
 */
import { network } from "../network.ts";
import { adaptiveLif as neuron } from "../neurons.ts";
import { dt, named, real } from "./parameters.ts";

export const adaptiveLif = named(
  {
    tau: real(0.02, 1e-4, 10, "membrane time constant, s"),
    threshold: real(15, 1e-6, 1e4, "mV above rest"),
    refractory: real(0, 0, 1, "absolute refractory time, s"),
    current: real(40, -1e5, 1e5, "constant, in mV through a resistance of 1"),
    tauAdapt: real(0.1, 1e-4, 100, "time constant of the fatigue, s"),
    increment: real(2, 0, 1e4, "fatigue of one spike, mV"),
    dt,
  },
  (name, { tau, threshold, refractory, current, tauAdapt, increment, dt }) => {
    const net = network({ name, dtSeconds: dt });
    const cell = net.population(
      "neuron",
      1,
      neuron({
        tau,
        vThreshold: threshold,
        refractorySeconds: refractory,
        current,
        tauAdapt,
        increment,
      }),
    );
    net.output("spikes", cell);
    return net.graph();
  },
);
