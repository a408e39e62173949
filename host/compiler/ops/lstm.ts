/** UNIDIRECTIONAL_SEQUENCE_LSTM: the constants that assembly/layers/lstm.ts reads. */
import { fail } from "../../errors.ts";
import { at } from "../../model/at.ts";
import {
  elements,
  int8Data,
  int32Data,
  type LayeredGraph,
  type NodeOf,
  perTensor,
  type Tensor,
  variablesOf,
} from "../../model/graph.ts";
import { lstmMultipliers } from "../../model/lstm.ts";
import type { Multiplier } from "../../model/multiplier.ts";
import { sigmoidTable } from "../../model/sigmoid-table.ts";
import { extents, tensorOf } from "../channels.ts";
import { int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { int32Bytes } from "../walk.ts";

const GATES = 4;

export const lstm: Row<"UNIDIRECTIONAL_SEQUENCE_LSTM"> = (node, graph, { rounding }) => {
  const operands = node.inputs.map((t) => tensorOf(graph, t));
  const input = at(operands, 0);
  const [units, inputs] = extents(at(operands, 1), 2);
  const steps = elements(input.shape) / inputs;
  const hidden = at(operands, 13);
  const gates = Array.from({ length: GATES }, (_, g) => ({
    fromInput: at(operands, 1 + g),
    fromHidden: at(operands, 5 + g),
    bias: int32Data(at(operands, 9 + g)),
  }));
  requireKept(node.name, graph, at(node.inputs, 13), at(node.inputs, 14));
  const multipliers = lstmMultipliers(operands, rounding);
  const { zeroPoint } = perTensor(hidden);
  const biases = gates.map(({ fromInput, fromHidden, bias }) => [
    folded(fromInput, units, perTensor(input).zeroPoint, (u) => at(bias, u)),
    folded(fromHidden, units, zeroPoint, () => 0),
  ]);
  if (biases.flat(2).some(({ fits }) => !fits)) beyondInt32(node.name);
  const power = Math.log2(perTensor(at(operands, 14)).scale);
  // 3 · 2^shift where tanh takes cells of 2^−12 or more, else 3 and a shift to the right
  const shift = power + 12;
  const pair = (multiplier: Multiplier) => {
    const { q, exponent } = int32Multiplier(multiplier);
    return [q, exponent];
  };
  const stage = [
    clipOf(node, graph),
    ...(shift < 0 ? [3, -shift] : [3 * 2 ** shift, 0]),
    zeroPoint,
    ...[multipliers.forget, multipliers.input, multipliers.output].flatMap(pair),
    ...multipliers.gates.flatMap(({ fromInput, fromHidden }) => [
      ...pair(fromInput),
      ...pair(fromHidden),
    ]),
    ...Array.from({ length: units }, (_, u) =>
      [0, 1].flatMap((part) => biases.map((gate) => at(at(gate, part), u).bias | 0)),
    ).flat(),
  ];
  return {
    form: "a unit's gates side by side",
    init: [],
    step: [
      {
        ...{ file: "layers/lstm", entry: "lstm", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { input: 13 }, { input: 14 }],
          ...[{ constant: 0 }, { constant: 1 }, { constant: 2 }, { scratch: true } as const],
          ...[steps, inputs, units, roundingArg(rounding)],
        ],
      },
    ],
    constants: [
      { name: "weights", bytes: packed(gates, units, inputs), align: 4 },
      { name: "gates", bytes: int32Bytes(stage), align: 4 },
      { name: "sigmoid", bytes: sigmoidTable(), align: 4 },
    ],
    tables: [],
    scratchBytes: 2 * GATES * units,
    macs: steps * GATES * units * (inputs + units),
    inPlace: false,
  };
};

/** Of cells, in their steps; 0 where there is none. TFLite truncates. */
function clipOf({ cellClip, inputs }: NodeOf<"UNIDIRECTIONAL_SEQUENCE_LSTM">, graph: LayeredGraph) {
  const { scale } = perTensor(tensorOf(graph, inputs[14]));
  return cellClip > 0 ? Math.min(Math.trunc(Math.fround(cellClip) / scale), 32_767) : 0;
}

/** b − z · Σ w of every row, and whether all its sums over int8 fit int32. */
function folded(weights: Tensor, rows: number, zeroPoint: number, bias: (row: number) => number) {
  const data = int8Data(weights);
  const depth = data.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let [positive, negative] = [0, 0];
    for (const w of data.subarray(row * depth, (row + 1) * depth)) {
      if (w > 0) positive += w;
      else negative += w;
    }
    const [least, most] = [-128 - zeroPoint, 127 - zeroPoint];
    const b = bias(row);
    const low = b + positive * least + negative * most;
    const high = b + positive * most + negative * least;
    const fits = low >= -(2 ** 31) && high < 2 ** 31;
    return { bias: b - zeroPoint * (positive + negative), fits };
  });
}

/** A state outlives the step only where the graph keeps it, and the layer writes it where it is. */
export function requireKept(name: string, graph: LayeredGraph, ...states: readonly number[]): void {
  const lost = states.find(
    (t) => !variablesOf(graph).some(({ tensor, next }) => tensor === t && next === t),
  );
  if (lost === undefined) return;
  const got = `state ${tensorOf(graph, lost).name}`;
  fail("MODEL_FORMAT", name, got, "a variable that is assigned itself");
}

const beyondInt32 = (name: string): never =>
  fail("MODEL_RANGE", name, "sums of products beyond int32", "sums that fit int32");

/** Raises what does not fit: sums of rows of weights without a bias. */
export function requireInt32(name: string, weights: Tensor, rows: number, zeroPoint: number): void {
  if (folded(weights, rows, zeroPoint, () => 0).some(({ fits }) => !fits)) beyondInt32(name);
}

type Gate = { readonly fromInput: Tensor; readonly fromHidden: Tensor };

/** i8[units][inputs + units][4 gates] */
function packed(gates: readonly Gate[], units: number, inputs: number): Uint8Array {
  const row = (inputs + units) * GATES;
  const bytes = new Int8Array(units * row);
  gates.forEach(({ fromInput, fromHidden }, g) => {
    const [w, v] = [int8Data(fromInput), int8Data(fromHidden)];
    for (let u = 0; u < units; u++) {
      for (let k = 0; k < inputs; k++) bytes[u * row + k * GATES + g] = at(w, u * inputs + k);
      for (let k = 0; k < units; k++) {
        bytes[u * row + (inputs + k) * GATES + g] = at(v, u * units + k);
      }
    }
  });
  return new Uint8Array(bytes.buffer);
}
