/** SVDF: weights as they are in the model. */
import { at } from "../../model/at.ts";
import { int8Data, int32Data, perTensor } from "../../model/graph.ts";
import { svdfMultipliers } from "../../model/lstm.ts";
import { extents, tensorOf } from "../channels.ts";
import { int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { int32Bytes } from "../walk.ts";
import { requireInt32, requireKept } from "./lstm.ts";

export const svdf: Row<"SVDF"> = (node, graph, { rounding }) => {
  const operands = node.inputs.map((t) => tensorOf(graph, t));
  const [input, features, time, bias, state] = [0, 1, 2, 3, 4].map((k) => at(operands, k)) as [
    ...[(typeof operands)[0], (typeof operands)[0], (typeof operands)[0]],
    ...[(typeof operands)[0], (typeof operands)[0]],
  ];
  const output = tensorOf(graph, node.output);
  const [filters, inputs] = extents(features, 2);
  const [, memory] = extents(time, 2);
  const units = filters / node.rank;
  requireKept(node.name, graph, at(node.inputs, 4));
  requireInt32(node.name, features, filters, perTensor(input).zeroPoint);
  const multipliers = svdfMultipliers(operands, output, rounding);
  const [toState, toOutput] = [multipliers.state, multipliers.output].map(int32Multiplier) as [
    ...[typeof multipliers.state, typeof multipliers.state],
  ];
  return {
    form: `${state.dtype} state`,
    init: [],
    step: [
      {
        ...{ file: "layers/svdf", entry: `svdf<${state.dtype}>`, shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { input: 4 }],
          ...[{ constant: 0 }, { constant: 1 }, { constant: 2 }],
          ...[units, node.rank, inputs, memory, perTensor(input).zeroPoint],
          ...[toState.q, toState.exponent, perTensor(state).zeroPoint],
          ...[toOutput.q, toOutput.exponent, perTensor(output).zeroPoint, roundingArg(rounding)],
        ],
      },
    ],
    constants: [
      { name: "features", bytes: new Uint8Array(int8Data(features)), align: 4 },
      { name: "time", bytes: time.data as Uint8Array, align: 4 },
      { name: "bias", bytes: int32Bytes([...int32Data(bias)]), align: 4 },
    ],
    tables: [],
    scratchBytes: 0,
    macs: filters * (inputs + memory),
    inPlace: false,
  };
};
