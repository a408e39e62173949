/** Watts & Strogatz 1998: a ring with a few shortcuts, clustered like a lattice and short like a random graph. */
import { smallWorld as rewired } from "../small-world.ts";
import { excitable } from "./excitable.ts";
import { dt, named, real, seed, whole } from "./parameters.ts";

export const smallWorld = named(
  {
    n: whole(1000, 3, 1_000_000, "neurons"),
    k: whole(10, 2, 100, "neighbours of each, an even number"),
    p: real(0.01, 0, 1, "probability of rewiring an edge"),
    seed,
    dt,
  },
  (name, { n, k, p, seed, dt }, refuse) => {
    if (k % 2 !== 0 || k >= n) refuse(`k=${k}`, `an even number below n=${n}`);
    return excitable(name, { n, seed, dt }, rewired(k, p));
  },
);
