/** MAXIMUM and MINIMUM of two operands that broadcast. */
import type { LayeredGraph, NodeOf } from "../../model/graph.ts";
import type { Lowering, Row } from "../lowering.ts";
import { broadcast, operandsOf } from "./binary.ts";

export const maximum: Row<"MAXIMUM"> = (node, graph) => extremum(node, graph, 1);
export const minimum: Row<"MINIMUM"> = (node, graph) => extremum(node, graph, 0);

const extremum = (
  node: NodeOf<"MAXIMUM" | "MINIMUM">,
  graph: LayeredGraph,
  largest: number,
): Lowering => broadcast(operandsOf(node, graph), "layers/extremum", "extremum", [], [largest]);
