/** ARG_MAX and ARG_MIN along one axis. */
import { at } from "../../model/at.ts";
import { elements, type LayeredGraph, type NodeOf } from "../../model/graph.ts";
import { tensorOf } from "../channels.ts";
import type { Lowering, Row } from "../lowering.ts";
import { NOTHING } from "./place.ts";

export const argMax: Row<"ARG_MAX"> = (node, graph) => argExtremum(node, graph, 1);
export const argMin: Row<"ARG_MIN"> = (node, graph) => argExtremum(node, graph, 0);

function argExtremum(
  { axis, inputs }: NodeOf<"ARG_MAX" | "ARG_MIN">,
  graph: LayeredGraph,
  largest: number,
): Lowering {
  const { shape, dtype } = tensorOf(graph, inputs[0]);
  const [outer, inner] = [elements(shape.slice(0, axis)), elements(shape.slice(axis + 1))];
  return {
    ...NOTHING,
    form: "scalar",
    step: [
      {
        ...{ file: "layers/arg-extremum", entry: `argExtremum<${dtype}>`, shape: {} },
        args: [{ input: 0 }, { output: true }, outer, at(shape, axis), inner, largest],
      },
    ],
    constants: [],
  };
}
