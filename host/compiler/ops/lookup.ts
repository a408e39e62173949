/** Operators of one operand: a table of 256 bytes, filled in init() or prepared here. */
import type { ShortMultipliers } from "../../model/desktop.ts";
import { elements, type LayeredGraph, type LayerNode, perTensor } from "../../model/graph.ts";
import { leastOf, tensorOf } from "../channels.ts";
import type { Arg, Lowering } from "../lowering.ts";

const TABLE_BYTES = 256;

/** A table that the kernel `file`/`entry` fills; `args` follow the table's address. */
export function filledTable(
  node: LayerNode,
  graph: LayeredGraph,
  file: string,
  entry: string,
  args: readonly number[],
): Lowering {
  return {
    ...applied(node, graph, { table: 0 }),
    init: [{ file, entry, shape: {}, args: [{ table: 0 }, ...args] }],
    tables: [{ name: "table", bytes: TABLE_BYTES, align: 4 }],
  };
}

/** Factors in 1/256, as XNNPACK has them; both tensors of one type. */
export function shortTable(
  node: LayerNode,
  graph: LayeredGraph,
  { above, below }: ShortMultipliers,
): Lowering {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const args = [leastOf(from), perTensor(from).zeroPoint, above, below, perTensor(to).zeroPoint];
  return filledTable(node, graph, "layers/short-table", "shortTable", args);
}

/** A table prepared here: what no integer arithmetic can compute. @param least value of an input byte */
export function preparedTable(
  node: LayerNode,
  graph: LayeredGraph,
  least: number,
  output: (input: number) => number,
): Lowering {
  const bytes = new Uint8Array(TABLE_BYTES);
  for (let x = least; x < least + TABLE_BYTES; x++) bytes[x & 0xff] = output(x);
  return {
    ...applied(node, graph, { constant: 0 }),
    constants: [{ name: "table", bytes, align: 4 }],
  };
}

function applied(node: LayerNode, graph: LayeredGraph, table: Arg): Lowering {
  const count = elements(tensorOf(graph, node.output).shape);
  return {
    form: "table of 256",
    init: [],
    step: [
      {
        file: "layers/lookup",
        entry: "lookup",
        shape: {},
        args: [{ input: 0 }, { output: true }, table, count],
      },
    ],
    constants: [],
    tables: [],
    scratchBytes: 0,
    macs: 0,
    inPlace: true,
  };
}
