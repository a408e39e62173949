/** What `inspect` lists of a spiking network: event nodes and projections in execution order. */
import { at } from "../../model/at.ts";
import { grouped } from "../../model/grouped.ts";
import type { ConstantProjection, FixedBase, FixedNetwork } from "../../spiking/fixed-network.ts";
import { rowOf } from "../../spiking/kinds/index.ts";
import type { PlannedNode } from "../summary.ts";
import { parameterBytes } from "./projection.ts";

export function plannedNodes({ events, projections }: FixedNetwork): PlannedNode[] {
  const nodes: Omit<PlannedNode, "index">[] = [];
  const from = grouped(projections, ({ source }) => source);
  events.forEach((event, k) => {
    const population = event.kind === "population" ? event.population : null;
    nodes.push({
      name: event.name,
      kind: population ? rowOf(population).equation : event.kind,
      inputShapes: [],
      outputShape: event.shape,
      macs: 0,
      parameterBytes: 0,
      form: population ? formatOf(population) : "events",
      neurons: population?.n ?? 0,
      synapses: 0,
    });
    for (const p of from(k)) {
      const target = at(events, p.target);
      nodes.push({
        name: p.name,
        kind: p.rule ? p.topology : p.matrix.kind,
        inputShapes: [event.shape],
        outputShape: target.shape,
        macs: 0,
        parameterBytes: p.rule ? 0 : parameterBytes(p, target.n),
        form: p.rule ? `weights in the state, ${p.rule.kind} rule` : formOf(p),
        neurons: 0,
        synapses: p.synapses,
      });
    }
  });
  return nodes.map((node, index) => ({ ...node, index }));
}

const formatOf = ({ lanes, fractionBits }: FixedBase): string =>
  `${lanes ? "i16, four per i64" : "i32"}, ${fractionBits} fraction bits`;

const formOf = ({ matrix, exponent, graded, mostCount, closesCycle }: ConstantProjection): string =>
  [
    `i${8 * matrix.weight.BYTES_PER_ELEMENT} · 2^${exponent}`,
    ...(graded ? ["of values"] : []),
    ...(mostCount === null ? [] : [`counts up to ${mostCount}`]),
    ...(closesCycle ? ["one step later"] : []),
  ].join(", ");
