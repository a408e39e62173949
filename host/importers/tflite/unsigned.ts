/**
 * Networks that compute in uint8, as converters wrote them before int8: every activation becomes the int8 that is 128
 * less, with a zero point 128 less, which stands for the same number; weights stay as they are. Kernels of TFLite for both
 * types then give bytes 128 apart, except where a mean is rounded. The edges stay uint8, behind a QUANTIZE of the graph.
 */
import { type RawModel, type RawOperator, type RawTensor, tensorAt } from "./read.ts";

/** Operators that take uint8 in a network of int8 as well: on the way from or to an edge. */
const AT_EDGES: ReadonlySet<string> = new Set([
  ...["QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "STRIDED_SLICE", "SLICE"],
  ...["SPLIT", "SPLIT_V", "UNPACK", "TRANSPOSE", "GATHER", "SHAPE", "ARG_MAX", "ARG_MIN"],
]);

/** Those whose second operand are weights. */
const WEIGHTED: ReadonlySet<string> = new Set([
  ...["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"],
]);

/** TRANSPOSE_CONV has the shape of its output before them, and its activation behind. */
const activationOf = ({ kind, inputs }: RawOperator): number =>
  tensorAt(inputs, kind === "TRANSPOSE_CONV" ? 2 : 0);

/** Of uint8, TFLite computes these in float32, or has no kernel that is one of TensorFlow Lite Micro's: reasons.ts. */
const IN_FLOAT: ReadonlySet<string> = new Set(["SUM", "ABS", "DIV"]);

/** Models without such layers come back as they are. @param live the operators that count */
export function withSignedActivations(model: RawModel, live: readonly RawOperator[]): RawModel {
  const type = (k: number) => model.tensors[k]?.type;
  const mixed = live.some((one) => mixture(one, type) !== null);
  const unsigned = live.some((one) => !AT_EDGES.has(one.kind) && touches(one, type));
  if (!unsigned && !mixed) return model;
  const operators = model.operators.map(
    (one): RawOperator => ({
      ...{ ...one, kind: kindOf(one, type) },
      ...(touches(one, type) && { unsigned: true }),
    }),
  );
  return unsigned ? moved({ ...model, operators }) : { ...model, operators };
}

type TypeOf = (k: number) => string | undefined;

const touches = (one: RawOperator, type: TypeOf): boolean =>
  type(activationOf(one)) === "uint8" || type(tensorAt(one.outputs, 0)) === "uint8";

/** Activations and weights of which one is int8 and the other uint8: no kernel of TFLite takes them. */
function mixture(operator: RawOperator, type: TypeOf): string | null {
  const { kind, inputs } = operator;
  const [activation, weights] = [type(activationOf(operator)), type(tensorAt(inputs, 1))];
  if (!WEIGHTED.has(kind) || activation === weights) return null;
  return activation === "uint8" || weights === "uint8"
    ? `${kind} of ${activation} with ${weights} weights`
    : null;
}

/** The name under which the operator table knows it, or a name that says why it does not. */
function kindOf(operator: RawOperator, type: TypeOf): string {
  const { kind } = operator;
  if (!touches(operator, type)) return mixture(operator, type) ?? kind;
  if (IN_FLOAT.has(kind)) return `${kind} of uint8`;
  return mixture(operator, type) ?? kind;
}

/** With int8 activations inside, and uint8 at the edges where it was. */
function moved(model: RawModel): RawModel {
  const weights = new Set(
    model.operators.filter(({ kind }) => WEIGHTED.has(kind)).map((one) => tensorAt(one.inputs, 1)),
  );
  const edges = new Set([...model.inputs, ...model.outputs]);
  const isMoved = (k: number) => model.tensors[k]?.type === "uint8" && !weights.has(k);
  const tensors = model.tensors.map((tensor, k) =>
    isMoved(k) ? signed(tensor, edges.has(k)) : tensor,
  );
  const conversion = (k: number, from: number, to: number): RawOperator => ({
    ...{ index: model.operators.length + k, kind: "QUANTIZE" },
    ...{ inputs: [from], outputs: [to], options: null },
  });
  const stand = new Map<number, number>();
  const outside = (k: number): number => {
    const known = stand.get(k) ?? tensors.push(model.tensors[k] as RawTensor) - 1;
    stand.set(k, known);
    return known;
  };
  const inputs = [...new Set(model.inputs)].filter(isMoved);
  const first = inputs.map((k, n) => conversion(n, outside(k), k));
  const inside = new Map(stand);
  // an input that is an output as well goes through both conversions
  for (const k of model.outputs) if (isMoved(k)) stand.delete(k);
  const outputs = [...new Set(model.outputs)].filter(isMoved);
  const last = outputs.map((k, n) => conversion(inputs.length + n, k, outside(k)));
  const variables = model.variables.map((one) =>
    isMoved(one.tensor) ? { ...one, initial: one.initial.map((byte) => byte ^ 0x80) } : one,
  );
  return {
    ...{ ...model, tensors, variables },
    operators: [...first, ...model.operators, ...last],
    inputs: model.inputs.map((k) => inside.get(k) ?? k),
    outputs: model.outputs.map((k) => (isMoved(k) ? outside(k) : k)),
  };
}

/** The same numbers in int8; at an edge the other tensor has the name that users know. */
function signed(tensor: RawTensor, atEdge: boolean): RawTensor {
  const { name, data, zeroPoints, scales } = tensor;
  const zeros = zeroPoints.length > 0 ? zeroPoints : scales.map(() => 0);
  return {
    ...tensor,
    name: atEdge ? `${name}/int8` : name,
    type: "int8",
    data: data === null ? null : data.map((byte) => byte ^ 0x80),
    zeroPoints: zeros.map((zero) => zero - 128),
  };
}
