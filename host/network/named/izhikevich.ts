/** One neuron of Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, figure 2, under a constant current. */
import { network } from "../network.ts";
import { izhikevich as neuron } from "../neurons.ts";
import { choice, named, real } from "./parameters.ts";

/** Regular spiking, intrinsically bursting, chattering, fast spiking, low-threshold, thalamo-cortical, resonator. */
export const IZHIKEVICH_TYPES = {
  RS: { a: 0.02, b: 0.2, c: -65, d: 8 },
  IB: { a: 0.02, b: 0.2, c: -55, d: 4 },
  CH: { a: 0.02, b: 0.2, c: -50, d: 2 },
  FS: { a: 0.1, b: 0.2, c: -65, d: 2 },
  LTS: { a: 0.02, b: 0.25, c: -65, d: 2 },
  TC: { a: 0.02, b: 0.25, c: -65, d: 0.05 },
  RZ: { a: 0.1, b: 0.26, c: -65, d: 2 },
} as const;

type Type = keyof typeof IZHIKEVICH_TYPES;

export const izhikevich = named(
  {
    type: choice("RS", Object.keys(IZHIKEVICH_TYPES), "the published parameters of a class"),
    current: real(10, -100, 100, "constant, as in the paper"),
    // the equations are stiff at a spike: longer steps overshoot
    dt: real(1e-4, 1e-6, 1e-3, "time step, s"),
  },
  (name, { type, current, dt }) => {
    const net = network({ name, dtSeconds: dt });
    const parameters = IZHIKEVICH_TYPES[type as Type];
    const cell = net.population("neuron", 1, neuron({ ...parameters, current, vInitial: -65 }));
    net.output("spikes", cell);
    return net.graph();
  },
);
