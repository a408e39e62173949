/** ADD, SUB, MUL, LEAKY_RELU, LOGISTIC and TANH of int16: scalar kernels for both builds, which round twice in both roundings. */
import { fail } from "../../errors.ts";
import { elements, type LayeredGraph, type NodeOf, perTensor } from "../../model/graph.ts";
import {
  activationRange,
  leakyReluMultipliers,
  mulMultiplier,
  wideAddMultipliers,
} from "../../model/multiplier.ts";
import { sigmoidTable } from "../../model/sigmoid-table.ts";
import { tensorOf } from "../channels.ts";
import { int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Lowering, Row } from "../lowering.ts";
import { broadcast, operandsOf } from "./binary.ts";
import { NOTHING } from "./place.ts";

export const addI16: Row<"ADD_I16"> = (node, graph) => sum(node, graph, 1);
export const subI16: Row<"SUB_I16"> = (node, graph) => sum(node, graph, -1);

function sum(node: NodeOf<"ADD_I16" | "SUB_I16">, graph: LayeredGraph, sign: number): Lowering {
  const operands = operandsOf(node, graph);
  const { a, b, output } = operands;
  const multipliers = wideAddMultipliers(a, b, output);
  const { low, high } = activationRange(node.activation, output);
  const [ofA, ofB, ofOutput] = [multipliers.a, multipliers.b, multipliers.output].map((one) => {
    const { q, exponent } = int32Multiplier(one);
    return [q, exponent];
  }) as [number[], number[], number[]];
  return broadcast(
    operands,
    "layers/add-i16",
    "addI16",
    [],
    [...ofA, ...ofB, sign, ...ofOutput, low, high, roundingArg("double")],
  );
}

export const mulI16: Row<"MUL_I16"> = (node, graph) => {
  const operands = operandsOf(node, graph);
  const { a, b, output } = operands;
  const { q, exponent } = int32Multiplier(mulMultiplier(a, b, output, "double"));
  const { low, high } = activationRange(node.activation, output);
  return broadcast(
    operands,
    "layers/mul-i16",
    "mulI16",
    [],
    [q, exponent, low, high, roundingArg("double")],
  );
};

export const leakyReluI16: Row<"LEAKY_RELU_I16"> = (node, graph) => {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const multipliers = leakyReluMultipliers(input, output, node.alpha);
  const identity = int32Multiplier(multipliers.identity);
  const alpha = int32Multiplier(multipliers.alpha);
  return {
    ...NOTHING,
    form: "scalar",
    step: [
      {
        ...{ file: "layers/leaky-relu-i16", entry: "leakyReluI16", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, elements(output.shape)],
          ...[identity.q, identity.exponent, alpha.q, alpha.exponent],
          ...[multipliers.negativeAlpha ? -1 : 1, roundingArg("double")],
        ],
      },
    ],
    constants: [],
    inPlace: true,
  };
};

/** TFLite: a power of two that meets the table's steps goes without a multiplier; one of TANH also twice as large. */
export const logisticI16: Row<"LOGISTIC_I16"> = (node, graph) =>
  curve(node, graph, "layers/logistic-i16", "logisticI16", [-12]);
export const tanhI16: Row<"TANH_I16"> = (node, graph) =>
  curve(node, graph, "layers/tanh-i16", "tanhI16", [-12, -11]);

function curve(
  node: NodeOf<"LOGISTIC_I16" | "TANH_I16">,
  graph: LayeredGraph,
  file: string,
  entry: string,
  powers: readonly number[],
): Lowering {
  const { scale } = perTensor(tensorOf(graph, node.inputs[0]));
  const { multiplier, shift } = steps(scale, powers);
  if (multiplier > 32_767 || shift > 30) {
    const expected = "from 2^-30 to 2.66";
    fail("MODEL_QUANT", node.name, `an input of scale ${scale}`, expected);
  }
  const count = elements(tensorOf(graph, node.output).shape);
  return {
    ...NOTHING,
    form: "table of 256 entries of 16 bits",
    step: [
      {
        ...{ file, entry, shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }],
          ...[count, multiplier, shift],
        ],
      },
    ],
    constants: [{ name: "sigmoid", bytes: sigmoidTable(), align: 4 }],
    inPlace: true,
  };
}

/** From steps of the input to those of the table, 2^-12 / 3 each. */
function steps(scale: number, powers: readonly number[]) {
  const power = Math.log2(scale);
  const nearest = Math.round(power);
  // TFLite: CheckedLog2
  if (Math.abs(power - nearest) < 1e-3 && powers.includes(nearest)) {
    return { multiplier: 3 * 2 ** (nearest + 12), shift: 0 };
  }
  let multiplier = scale * 4096 * 3;
  let shift = 0;
  for (; multiplier <= 32_767 / 2 && shift <= 30; shift++) multiplier *= 2;
  return { multiplier: Math.trunc(multiplier), shift };
}
