/** One axon: a spike that goes in comes out round(length / velocity / dt) steps later. */
import { oneToOne } from "../connect.ts";
import { conduction, MAX_STEPS } from "../delay.ts";
import { network } from "../network.ts";
import { threshold } from "../neurons.ts";
import { dt, named, real } from "./parameters.ts";

export const delayLine = named(
  {
    length: real(0.1, 1e-6, 1000, "of the axon, m"),
    velocity: real(0.61, 1e-3, 1000, "m/s: 0.5 … 2 without myelin, up to 120 with it"),
    dt,
  },
  (name, { length, velocity, dt }, refuse) => {
    if (length / velocity / dt > MAX_STEPS) {
      const got = `length=${length}, ${length / velocity} s at velocity=${velocity}`;
      refuse(got, `a delay of at most ${MAX_STEPS} steps of ${dt} s`);
    }
    const net = network({ name, dtSeconds: dt });
    const stimulus = net.input("stimulus", 1);
    const target = net.population("target", 1, threshold({ threshold: 0.5 }));
    net.project(stimulus, target, {
      name: "axon",
      connect: oneToOne(),
      delay: conduction(velocity, length),
    });
    net.output("spikes", target);
    return net.graph();
  },
);
