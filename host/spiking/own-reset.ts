/** What each framework does with the potential after a spike, for networks that do not say it. */
import { fail } from "../errors.ts";
import type { Discretisation, Semantics } from "../model/spiking-graph.ts";

type Reset = Semantics["reset"];

/**
 * As the neurons behave that these frameworks build from a NIR file. null: its import resets to zero (`import_from_nir`
 * of snnTorch), its own neurons subtract unless told otherwise, and both are called by its name.
 */
const OWN: Readonly<Record<Discretisation, Reset | null>> = {
  norse: "zero",
  snntorch: null,
  spyx: "subtract",
  nengo: "zero",
  sinabs: "subtract",
  lava: "zero",
  exact: "zero",
};

/** @throws USAGE where the framework has two, and nothing says which */
export function resetOf(discretisation: Discretisation, given: Reset | undefined): Reset {
  return (
    given ??
    OWN[discretisation] ??
    fail(
      "USAGE",
      "the reset",
      `${discretisation}, which has two`,
      "zero, as its import of NIR files does, or subtract, as its own neurons do",
      "Say which one the network was trained with: --reset zero or --reset subtract.",
    )
  );
}
