/** LI and LIF: tau dv/dt = (v_leak − v) + R I. */
import type { NeuronOf, Semantics } from "../../model/spiking-graph.ts";
import { kappaIn } from "../steps.ts";
import { times } from "../values.ts";
import { type Membrane, membrane, membraneOf } from "./membrane.ts";
import { type Discretised, memoryless } from "./row.ts";

function discretise(node: NeuronOf<"LI" | "LIF">, semantics: Semantics): Discretised<Membrane> {
  const { tau, vLeak } = node;
  const gain = times(node.r, kappaIn(tau, semantics));
  const base = membraneOf(node, { tau, vLeak, receptors: memoryless(gain) }, semantics);
  return { population: { ...base, kind: node.kind }, inputScales: [gain] };
}

export const li = membrane<"LI">(false, discretise);
export const lif = membrane<"LIF">(true, discretise);
