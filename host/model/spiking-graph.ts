/** A spiking graph: NIR's node names, SI units. Filled in by importers/nir and host/network. */
import type { Source } from "./graph.ts";

export type SpikingGraph = {
  readonly kind: "spiking";
  readonly source: Source;
};
