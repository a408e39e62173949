/** What the operands of a layer must be: five roles, and what is asked of a tensor in each. */
import { byteLength, elements, type Tensor } from "../graph.ts";
import { type Finding, finding } from "./finding.ts";

export type Operand =
  /** int8 with one scale, or int16 */
  | { readonly role: "activation"; readonly wide?: true }
  /** int8 or uint8 with one scale: what stands at an edge of a network; int16 where a layer may have that */
  | { readonly role: "edge"; readonly wide?: true }
  /** an activation of shape [1, height, width, channels] */
  | { readonly role: "image"; readonly wide?: true }
  | WeightsOperand
  /** constant of the state's type, one scale */
  | { readonly role: "taps" }
  /** int32 that is computed, and nothing but an output of the network */
  | { readonly role: "index" }
  /** what the layer keeps, of one of these types */
  | { readonly role: "state"; readonly types: readonly ("i8" | "i16")[] }
  /** constant, one value per channel of the weights; int32, but where types are given */
  | {
      readonly role: "bias";
      readonly channels: number | null;
      readonly types?: readonly BiasType[];
    };

type BiasType = "i32" | "i64";

/** constant int8, one scale or one per channel, which is the index along `axis`; or uint8 with one scale */
export type WeightsOperand = {
  readonly role: "weights";
  readonly rank: number;
  readonly axis: number;
  /** one scale for all may come with a zero point; elsewhere it would need another kernel */
  readonly zeroPoint: boolean;
  /** never uint8 */
  readonly signed?: true;
};

export const ACTIVATION_OPERAND: Operand = { role: "activation" };
export const EDGE = { role: "edge" } as const;
export const IMAGE: Operand = { role: "image" };
export const WIDE_ACTIVATION = { role: "activation", wide: true } as const;
export const WIDE_EDGE = { role: "edge", wide: true } as const;
export const WIDE_IMAGE = { role: "image", wide: true } as const;

/** A bias of as many values as the layer has units, which its shape rule compares. */
export const UNIT_BIAS = { role: "bias", channels: null } as const;
export const INDEX = { role: "index" } as const;
export const TAPS: Operand = { role: "taps" };
export const state = (...types: ("i8" | "i16")[]): Operand => ({ role: "state", types });

/** What a layer says of its operands: how many values a bias has follows from the weights before it. */
export type Role =
  | Exclude<Operand, { readonly role: "bias" }>
  | typeof BIAS
  | typeof EITHER_BIAS
  | typeof WIDE_BIAS
  | { readonly role: "bias"; readonly channels: null };
export const BIAS = { role: "bias" } as const;
/** What stands for a bias that is left out is of the first type. */
export const EITHER_BIAS = { role: "bias", types: ["i32", "i64"] } as const;
export const WIDE_BIAS = { role: "bias", types: ["i64"] } as const;

/** Operands of which the same is asked have the same name, for problems that are said once: an edge, if it is int8. */
export function roleName(operand: Operand): string {
  if (operand.role === "weights") {
    return `weights along ${operand.axis}${operand.signed ? ", int8" : ""}`;
  }
  if (operand.role === "taps" || operand.role === "index") return operand.role;
  if (operand.role === "state") return `state of ${operand.types}`;
  if (operand.role === "bias") {
    return `bias of ${operand.channels}${operand.types === undefined ? "" : ` ${operand.types}`}`;
  }
  return operand.wide && operand.role !== "edge" ? "activation of int16" : "activation";
}

export const MAX_RANK = 6;
/** A tensor of 64 MiB fits no target of this project. */
export const MAX_TENSOR_BYTES = 2 ** 26;

/** What to change in a converter's settings where layers compute with uint8, as they did before int8. */
export const SIGNED =
  "Set inference_input_type and inference_output_type to int8 and quantise to int8.";

/** The same where they compute with int16, and the operator has no kernel for that. */
export const NARROW = "Quantise activations to int8 (TFLITE_BUILTINS_INT8): few layers take int16.";

/** TFLite's names of the types that a graph holds. */
const TYPE_NAMES = { i8: "int8", u8: "uint8", i16: "int16", i32: "int32", i64: "int64" } as const;

/** What is wrong with a tensor in this role, whichever operator reads it; null where nothing is. */
export function tensorFinding(tensor: Tensor, operand: Operand): Finding | null {
  const { shape, dtype, data } = tensor;
  if (!typesOf(operand).includes(dtype)) {
    const remedy = dtype === "u8" ? SIGNED : dtype === "i16" ? NARROW : undefined;
    return typeFinding(operand, TYPE_NAMES[dtype], shape, remedy);
  }
  const size = sizeFinding(tensor);
  if (size !== null) return size;
  if (operand.role === "bias") {
    const count = operand.channels ?? elements(shape);
    if (data !== null && elements(shape) === count) return null;
    const type = TYPE_NAMES[dtype];
    return typeFinding(operand, data === null ? `${type}, computed,` : type, shape);
  }
  if (operand.role === "state" && data !== null) {
    return finding("MODEL_QUANT", "a constant state", "a state that the layer writes");
  }
  const many = operand.role === "weights" && dtype !== "u8";
  const count = many ? shape[operand.axis] : 1;
  const quantised = quantisationFinding(tensor, count);
  if (quantised !== null || !isConstant(operand)) return quantised;
  if (data === null) {
    return finding("MODEL_QUANT", "weights that are computed", "constant weights");
  }
  if (operand.role !== "weights") return null;
  const { scales, axis } = tensor.quantization;
  if (scales.length === 1 || axis === operand.axis) return null;
  return finding("MODEL_QUANT", `scales along axis ${axis}`, `along axis ${operand.axis}`);
}

const isConstant = ({ role }: Operand): boolean => role === "weights" || role === "taps";

function typesOf(operand: Operand): readonly Tensor["dtype"][] {
  switch (operand.role) {
    case "bias":
      return operand.types ?? ["i32"];
    case "index":
      return ["i32"];
    case "edge":
      return operand.wide ? ["i8", "u8", "i16"] : ["i8", "u8"];
    case "weights":
      return operand.signed ? ["i8"] : ["i8", "u8"];
    case "taps":
      return ["i8", "i16"];
    case "state":
      return operand.types;
    default:
      return operand.wide ? ["i16"] : ["i8"];
  }
}

/** Another type than the role wants; also for types that no graph can hold. */
export function typeFinding(
  operand: Operand,
  type: string,
  shape: readonly number[],
  remedy?: string,
): Finding {
  if (operand.role === "bias") {
    const types = (operand.types ?? ["i32"]).map((one) => TYPE_NAMES[one]).join(" or ");
    const expected = `constant ${types} [${operand.channels ?? "units"}]`;
    return finding("MODEL_QUANT", `${type} [${shape}]`, expected, remedy);
  }
  const word = WORDS[operand.role];
  const expected = namedTypes(operand)
    .map((one) => TYPE_NAMES[one])
    .join(" or ");
  return finding("MODEL_QUANT", `${type} ${word}`, `${expected} ${word}`, remedy);
}

/** Those that a message names: uint8 is nothing to ask for. */
function namedTypes(operand: Operand): readonly Tensor["dtype"][] {
  if (operand.role === "state" || operand.role === "index") return typesOf(operand);
  const wide = "wide" in operand && operand.wide === true;
  return wide && operand.role !== "edge" ? ["i16"] : ["i8"];
}

const WORDS = {
  ...{ activation: "activation", edge: "activation", image: "activation" },
  ...{ weights: "weights", taps: "weights", state: "state", index: "indices" },
} as const;

function sizeFinding(tensor: Tensor): Finding | null {
  const { shape, data } = tensor;
  const bytes = byteLength(tensor);
  const whole = shape.every((d) => Number.isInteger(d) && d >= 1);
  if (!whole || bytes > MAX_TENSOR_BYTES || shape.length > MAX_RANK) {
    const expected = `up to ${MAX_RANK} positive dimensions, at most 2^26 bytes`;
    return finding("MODEL_SHAPE", `shape [${shape}]`, expected);
  }
  if (data === null || data.length === bytes) return null;
  return finding("MODEL_FORMAT", `${data.length} bytes`, `${bytes} for shape [${shape}]`);
}

/** @param channels undefined where the shape has no such axis */
function quantisationFinding(
  { dtype, quantization: { scales, zeroPoints } }: Tensor,
  channels: number | undefined,
): Finding | null {
  if (scales.length === 0) {
    return finding("MODEL_QUANT", "no quantisation", "a scale and a zero point");
  }
  const fits = scales.length === 1 || scales.length === channels;
  if (!fits || zeroPoints.length !== scales.length) {
    const same = zeroPoints.length === scales.length;
    const got = `${scales.length} scales${same ? "" : `, ${zeroPoints.length} zero points`}`;
    return finding("MODEL_QUANT", got, (channels ?? 1) === 1 ? "one" : `one or ${channels}`);
  }
  const badScale = scales.find((s) => !(s > 0 && Number.isFinite(s)));
  if (badScale !== undefined) {
    return finding("MODEL_QUANT", `scale ${badScale}`, "a positive scale");
  }
  const least = dtype === "u8" || dtype === "i16" ? 0 : -128;
  const most = dtype === "i16" ? 0 : least + 255;
  const inside = (z: number) => Number.isInteger(z) && z >= least && z <= most;
  const badZero = zeroPoints.find((z) => !inside(z));
  if (badZero === undefined) return null;
  const expected = most === 0 ? "0" : least === 0 ? "0 … 255" : "−128 … 127";
  return finding("MODEL_QUANT", `zero point ${badZero}`, expected);
}

/** What an operator asks beyond the role: dimensions, and weights without a zero point. The tensor itself is sound. */
export function fitFinding(
  { shape, dtype, quantization: { scales, zeroPoints } }: Tensor,
  operand: Operand,
): Finding | null {
  if (operand.role === "image" && (shape.length !== 4 || shape[0] !== 1)) {
    const remedy = "Re-export the model with batch size 1 and images of four dimensions.";
    return finding("MODEL_SHAPE", `input [${shape}]`, "[1, height, width, channels]", remedy);
  }
  if (operand.role !== "weights") return null;
  if (shape.length !== operand.rank) {
    return finding("MODEL_SHAPE", `weights [${shape}]`, `${operand.rank} dimensions`);
  }
  if ((operand.zeroPoint || dtype === "u8") && scales.length === 1) return null;
  const zero = zeroPoints.find((z) => z !== 0);
  return zero === undefined
    ? null
    : finding("MODEL_QUANT", `weights with zero point ${zero}`, "zero point 0");
}
