/** Layers that keep something from step to step: what of their many operands the graph has. */
import { at } from "../../model/at.ts";
import type { LayerNode, Tensor, Variable } from "../../model/graph.ts";
import { perTensor } from "../../model/graph.ts";
import { rolesOf } from "../../model/operators/index.ts";
import type { Operator } from "./operator.ts";
import { LEFT_OUT } from "./read.ts";
import { LSTM_OPTIONS, SVDF_OPTIONS } from "./schema.ts";

/** The operands that the graph keeps, and those that a file may have and no kernel takes. */
const LSTM_OPERANDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19];
const LSTM_OTHERS: readonly (readonly [string, readonly number[]])[] = [
  ["peepholes", [9, 10, 11]],
  ["a projection", [16, 17]],
  ["layer normalisation", [20, 21, 22, 23]],
];

export function lstm(op: Operator): LayerNode | null {
  const found = LSTM_OTHERS.filter(([, operands]) =>
    operands.some((k) => op.operand(k) !== LEFT_OUT),
  ).map(([name]) => name);
  if (op.operand(1) === LEFT_OUT) found.push("coupled input and forget gates");
  if (found.length > 0) {
    return op.refuse("MODEL_OP", `an LSTM with ${found.join(", ")}`, "an LSTM of four gates");
  }
  const activation = op.activation(LSTM_OPTIONS.activation) as string;
  if (activation !== "TANH") return op.refuse("MODEL_OP", `activation ${activation}`, "TANH");
  return op.selected(LSTM_OPERANDS).node("UNIDIRECTIONAL_SEQUENCE_LSTM", {
    more: 0,
    attributes: () => ({ cellClip: op.float(LSTM_OPTIONS.cellClip) }),
  });
}

/** Of integers, TFLite computes it as if there were no activation: the output's quantisation is that of RELU. */
export function svdf(op: Operator): LayerNode | null {
  const activation = op.activation(SVDF_OPTIONS.activation);
  if (activation !== "NONE" && activation !== "RELU") {
    return op.refuse("MODEL_OP", `activation ${activation}`, "NONE or RELU");
  }
  return op.node("SVDF", {
    more: 0,
    attributes: () => ({ rank: op.option(SVDF_OPTIONS.rank) }),
  });
}

/** The states of the layers as variables: TFLite fills those of int8 with their zero point, others with 0. */
export function statesOf(nodes: readonly LayerNode[], tensors: readonly Tensor[]): Variable[] {
  const found = new Map<number, Variable>();
  for (const node of nodes) {
    const roles = rolesOf(node.kind, node.inputs.length);
    node.inputs.forEach((tensor, k) => {
      if (roles[k]?.role !== "state") return;
      const one = at(tensors, tensor);
      const bytes = one.shape.reduce((n, d) => n * d, one.dtype === "i16" ? 2 : 1);
      const start = one.dtype === "i8" ? perTensor(one).zeroPoint : 0;
      const initial = new Uint8Array(bytes).fill(start & 0xff);
      found.set(tensor, { name: one.name, tensor, next: tensor, initial });
    });
  }
  return [...found.values()];
}
