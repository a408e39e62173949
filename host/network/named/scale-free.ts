/** Barabási & Albert 1999: growth by preference, which leaves a few hubs: P(degree) falls with its third power. */
import { scaleFree as grown } from "../scale-free.ts";
import { excitable } from "./excitable.ts";
import { dt, named, seed, whole } from "./parameters.ts";

export const scaleFree = named(
  {
    n: whole(5000, 2, 1_000_000, "neurons"),
    m: whole(3, 1, 100, "edges of each new neuron"),
    seed,
    dt,
  },
  (name, { n, m, seed, dt }, refuse) => {
    if (m >= n) refuse(`m=${m}`, `below n=${n}`);
    return excitable(name, { n, seed, dt }, grown(m));
  },
);
