/** I and IF: dv/dt = R I. Nothing leaks. */
import type { NeuronOf, Semantics } from "../../model/spiking-graph.ts";
import { type Membrane, membrane, membraneOf } from "./membrane.ts";
import { type Discretised, memoryless } from "./row.ts";

const discretise = (node: NeuronOf<"I" | "IF">, semantics: Semantics): Discretised<Membrane> => ({
  population: {
    ...membraneOf(node, { tau: null, vLeak: 0, receptors: memoryless(node.r) }, semantics),
    kind: node.kind,
  },
  inputScales: [node.r],
});

const integrates = membrane<"IF">(true, discretise);

export const integrator = membrane<"I">(false, discretise);
export const integrateAndFire: typeof integrates = {
  ...integrates,
  // from above a spike brings it back at once, unless it only takes the threshold off
  drifts: (p, down) => down || p.resetRule !== "zero",
};
