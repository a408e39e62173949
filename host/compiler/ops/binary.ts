/** ADD, SUB, MUL and DIV: two operands of any shapes that broadcast. */
import { at } from "../../model/at.ts";
import { floatProduct } from "../../model/desktop.ts";
import {
  type LayeredGraph,
  type LayerNode,
  type NodeOf,
  perTensor,
  type Tensor,
} from "../../model/graph.ts";
import {
  activationRange,
  addMultipliers,
  divMultiplier,
  mulMultiplier,
} from "../../model/multiplier.ts";
import { aligned } from "../../model/operators/index.ts";
import { type OutputRange, tensorOf } from "../channels.ts";
import { int8Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Arg, Lowering, Row } from "../lowering.ts";
import type { CompileOptions } from "../options.ts";
import { stridesOf, type Walk, walk } from "../walk.ts";
import { type LinearForm, linearForm } from "./simd/add.ts";

const VECTOR = 16;

const NOTHING: Omit<Lowering, "form" | "step" | "constants"> = {
  init: [],
  tables: [],
  scratchBytes: 0,
  macs: 0,
  inPlace: true,
};

export type Operands = {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly output: Tensor;
  readonly path: Walk;
};

export const add: Row<"ADD"> = (node, graph, options) => sum(node, graph, options, 1);
export const sub: Row<"SUB"> = (node, graph, options) => sum(node, graph, options, -1);

function sum(
  node: NodeOf<"ADD" | "SUB">,
  graph: LayeredGraph,
  { rounding, build }: CompileOptions,
  sign: number,
): Lowering {
  const operands = operandsOf(node, graph);
  const { a, b, output } = operands;
  const multipliers = addMultipliers(a, b, output, rounding);
  if (build === "simd") {
    const range = { ...perTensor(output), ...activationRange(node.activation, output) };
    const form = linearForm(
      [
        { ...perTensor(a), multiplier: multipliers.a, sign: 1 },
        { ...perTensor(b), multiplier: multipliers.b, sign },
      ],
      ...([perTensor(output).scale, multipliers.output, range, rounding] as const),
    );
    if (form && isVectorwise(operands.path)) return vectors(operands, form, range);
  }
  const table = (index: number, tensor: Tensor, own: typeof multipliers.a, s: number) => ({
    file: "layers/add",
    entry: "addTable",
    shape: {},
    args: [
      { table: index },
      ...[perTensor(tensor).zeroPoint, own.q, own.exponent, s, roundingArg(rounding)],
    ],
  });
  const { q, exponent } = int8Multiplier(multipliers.output);
  return {
    ...broadcast(
      operands,
      "layers/add",
      "add",
      [{ table: 0 }, { table: 1 }],
      [...[q, exponent, roundingArg(rounding)], ...clampArgs(node, output)],
    ),
    form: "tables of 256",
    init: [table(0, a, multipliers.a, 1), table(1, b, multipliers.b, sign)],
    tables: [
      { name: "first operand", bytes: 1024, align: 4 },
      { name: "second operand", bytes: 1024, align: 4 },
    ],
  };
}

/** Runs long enough for vectors, in which both operands advance element by element. */
const isVectorwise = ({ run, steps }: Walk): boolean =>
  run >= VECTOR && steps[0] === 1 && steps[1] === 1;

function vectors({ path }: Operands, form: LinearForm, range: OutputRange): Lowering {
  // A = high · 2^8 + low with a signed byte as low part, and B beside it
  const low = (x: number) => ((x & 0xff) << 24) >> 24;
  const high = (x: number) => (x - low(x)) >> 8;
  const beside = (x: number, y: number) => (y << 16) | (x & 0xffff);
  return {
    ...NOTHING,
    form: "vectors of 16",
    step: [
      {
        file: "layers/add-vectors",
        entry: "addVectors",
        shape: {},
        args: [
          ...[{ input: 0 }, { input: 1 }, { output: true } as const],
          path.block === null ? 0 : { constant: 0 },
          { scratch: true },
          ...[path.runs, path.run, beside(high(form.a), high(form.b))],
          ...[beside(low(form.a), low(form.b)), form.constant, form.shift, range.low, range.high],
        ],
      },
    ],
    constants: path.block === null ? [] : [path.block],
    scratchBytes: VECTOR,
  };
}

export const mul: Row<"MUL"> = (node, graph, { rounding }) => {
  const operands = operandsOf(node, graph);
  const { a, b, output } = operands;
  const float = rounding === "single" ? floatProduct(a, b, output) : null;
  if (float !== null) {
    return broadcast(
      operands,
      "layers/mul-float",
      "mulFloat",
      [],
      [
        ...[perTensor(a).zeroPoint, perTensor(b).zeroPoint, float.mantissa, float.exponent],
        ...clampArgs(node, output),
      ],
    );
  }
  const { q, exponent } = int8Multiplier(mulMultiplier(a, b, output, "double"));
  return broadcast(
    operands,
    "layers/mul",
    "mul",
    [],
    [
      ...[perTensor(a).zeroPoint, perTensor(b).zeroPoint, q, exponent, roundingArg("double")],
      ...clampArgs(node, output),
    ],
  );
};

/** From 2^18 on every quotient of bytes but 0 saturates: the kernel shifts to the right alone. */
const MOST_EXPONENT = 22;

export const div: Row<"DIV"> = (node, graph, { rounding }) => {
  const operands = operandsOf(node, graph);
  const { a, b, output } = operands;
  const real = divMultiplier(a, b, output, rounding);
  const { q, exponent } =
    real.exponent > MOST_EXPONENT ? { q: 2 ** 31 - 1, exponent: MOST_EXPONENT } : real;
  return broadcast(
    operands,
    "layers/div",
    "div",
    [],
    [
      ...[perTensor(a).zeroPoint, perTensor(b).zeroPoint, q, exponent, roundingArg(rounding)],
      ...clampArgs(node, output),
    ],
  );
};

export function operandsOf(node: LayerNode, graph: LayeredGraph): Operands {
  const [a, b] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.inputs[1])];
  const output = tensorOf(graph, node.output);
  const rank = output.shape.length;
  const [stridesA, stridesB] = [broadcastStrides(a.shape, rank), broadcastStrides(b.shape, rank)];
  const path = walk(
    output.shape.map((extent, k) => ({ extent, strides: [at(stridesA, k), at(stridesB, k)] })),
  );
  return { a, b, output, path };
}

/** Strides by the output's axes; an extent that is repeated does not advance. */
function broadcastStrides(shape: readonly number[], rank: number): readonly number[] {
  const extents = aligned(shape, rank);
  return stridesOf(extents).map((stride, k) => (extents[k] === 1 ? 0 : stride));
}

const clampArgs = (
  node: NodeOf<"ADD" | "SUB" | "MUL" | "DIV">,
  output: Tensor,
): readonly number[] => {
  const { low, high } = activationRange(node.activation, output);
  return [perTensor(output).zeroPoint, low, high];
};

export function broadcast(
  { path }: Operands,
  file: string,
  entry: string,
  tables: readonly Arg[],
  rest: readonly number[],
): Lowering {
  return {
    ...NOTHING,
    form: "scalar",
    step: [
      {
        file,
        entry,
        shape: {},
        args: [
          { input: 0 },
          { input: 1 },
          { output: true },
          ...tables,
          path.block === null ? 0 : { constant: 0 },
          ...[path.runs, path.run, ...path.steps],
          ...rest,
        ],
      },
    ],
    constants: path.block === null ? [] : [path.block],
  };
}
