/** CubaLI and CubaLIF: a leaky membrane behind synaptic currents that decay, tau_syn dI/dt = −I + w_in S. */
import type { NeuronOf, Semantics } from "../../model/spiking-graph.ts";
import { kappa, kappaSynapse } from "../steps.ts";
import { times } from "../values.ts";
import { type Membrane, membrane, membraneOf } from "./membrane.ts";
import type { Discretised } from "./row.ts";

function discretise(
  node: NeuronOf<"CubaLI" | "CubaLIF">,
  semantics: Semantics,
): Discretised<Membrane> {
  const synapses = node.receptors.map(({ name, tauSyn, wIn }) => {
    const gain = times(node.r, kappaSynapse(tauSyn, node.tauMem, semantics));
    const own = kappa(tauSyn, semantics);
    // exact: a spike makes the current jump by w_in; the others spread it over the step
    const jump = semantics.discretisation === "exact" ? 1 : own;
    return {
      receptor: { name, kappa: own, gain, constant: 0, lateConstant: 0 },
      scale: times(times(wIn, jump), gain),
    };
  });
  const base = membraneOf(
    node,
    {
      ...{ tau: node.tauMem, vLeak: node.vLeak },
      receptors: synapses.map(({ receptor }) => receptor),
      // spyx: its CubaLIF subtracts at once, only its recorded output is late
      lateReset: false,
    },
    semantics,
  );
  return {
    population: { ...base, kind: node.kind },
    inputScales: synapses.map(({ scale }) => scale),
  };
}

export const cubaLi = membrane<"CubaLI">(false, discretise);
export const cubaLif = membrane<"CubaLIF">(true, discretise);
