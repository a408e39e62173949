/** The tensors of the graph: taken over from the file when an operator first asks for them. The rule book judges them. */
import { type Problem, problem } from "../../errors.ts";
import { at } from "../../model/at.ts";
import type { Quantization, Tensor } from "../../model/graph.ts";
import {
  NARROW,
  type Operand,
  problemAt,
  roleName,
  SIGNED,
  typeFinding,
} from "../../model/operators/index.ts";
import { type RawModel, type RawTensor, VARIABLE } from "./read.ts";

export class Tensors {
  readonly list: Tensor[] = [];
  readonly #raw: readonly RawTensor[];
  readonly #taken = new Map<number, number>();
  /** what a graph cannot hold is said once for each role */
  readonly #refused = new Set<string>();
  readonly #problems: Problem[];

  constructor(model: RawModel, problems: Problem[]) {
    this.#raw = model.tensors;
    this.#problems = problems;
  }

  raw(index: number): RawTensor | undefined {
    return this.#raw[index];
  }

  /** A tensor of the graph by its index there. */
  at(taken: number): Tensor {
    return at(this.list, taken);
  }

  /** Index in the graph, or null after noting why no graph can hold this tensor. */
  take(index: number, operand: Operand): number | null {
    const known = this.#taken.get(index);
    if (known !== undefined) return known;
    const raw = this.#raw[index];
    if (raw === undefined) throw new RangeError(`no tensor ${index} in the file`);
    const dtype = dtypeOf(raw, operand);
    const kept = operand.role === "state" && raw.trouble === VARIABLE;
    if (dtype === null || (raw.trouble !== null && !kept) || raw.dynamic) {
      this.#refuse(index, raw, operand);
      return null;
    }
    const { name, shape, data } = raw;
    // int32 and int64 are only ever biases, which files hold in any shape
    const shift = dtype === "i32" ? 2 : dtype === "i64" ? 3 : 0;
    const flat = shift > 0 && data !== null ? [data.length >> shift] : shape;
    const taken = this.#add({ name, shape: flat, dtype, quantization: quantizationOf(raw), data });
    this.#taken.set(index, taken);
    return taken;
  }

  /** The bias of a layer that has none. */
  zeros(channels: number, name: string, dtype: "i32" | "i64" = "i32"): number {
    const data = new Uint8Array((dtype === "i64" ? 8 : 4) * channels);
    return this.#add({ name, shape: [channels], dtype, quantization: NONE, data });
  }

  /** Values of a constant int32 or int64 tensor (axes, paddings), or null. */
  integers(index: number): readonly number[] | null {
    const raw = this.#raw[index];
    if (raw?.data == null || raw.data.length > 1024) return null;
    const view = new DataView(raw.data.buffer, raw.data.byteOffset, raw.data.byteLength);
    if (raw.type === "int32") {
      return Array.from({ length: raw.data.length >> 2 }, (_, k) => view.getInt32(4 * k, true));
    }
    if (raw.type === "int64") {
      return Array.from({ length: raw.data.length >> 3 }, (_, k) =>
        Number(view.getBigInt64(8 * k, true)),
      );
    }
    return null;
  }

  #add(tensor: Tensor): number {
    this.list.push(tensor);
    return this.list.length - 1;
  }

  #refuse(index: number, raw: RawTensor, operand: Operand): void {
    const role = `${index} ${roleName(operand)}`;
    if (this.#refused.has(role)) return;
    this.#refused.add(role);
    const where = `tensor ${raw.name}`;
    if (raw.trouble !== null) {
      this.#problems.push(problem("MODEL_QUANT", where, raw.trouble, "a plain tensor"));
    } else if (raw.dynamic) {
      this.#problems.push(problem("MODEL_SHAPE", where, "a dynamic shape", "a static shape"));
    } else {
      const found = typeFinding(operand, raw.type, raw.shape, REMEDIES[raw.type]);
      this.#problems.push(problemAt(where, found));
    }
  }
}

/** The graph's word for the type, or null; uint8 is one where a QUANTIZE reads or makes it, and of weights. */
function dtypeOf({ type }: RawTensor, operand: Operand): Tensor["dtype"] | null {
  const { role } = operand;
  if (type === "int16") {
    const wide = "wide" in operand && operand.wide === true;
    return wide || role === "state" || role === "taps" ? "i16" : null;
  }
  if (type === "int64") return role === "bias" && operand.types !== undefined ? "i64" : null;
  if (type === "uint8") return role === "edge" || role === "weights" ? "u8" : null;
  return type === "int8" ? "i8" : type === "int32" ? "i32" : null;
}

/** One zero point may stand for all channels, none for zeros; a file says more than scales only by mistake. */
function quantizationOf({ type, scales, zeroPoints, axis }: RawTensor): Quantization {
  if ((type === "int32" || type === "int64") && scales.length === 0) return NONE;
  const length = Math.max(scales.length, zeroPoints.length);
  const first = zeroPoints.length > 0 ? at(zeroPoints, 0) : 0;
  const each = Array.from({ length }, (_, k) => zeroPoints[k] ?? first);
  return { scales, zeroPoints: each, axis };
}

/** What to change in the converter's settings for the types that other quantisation schemes leave. */
const REMEDIES: Readonly<Record<string, string>> = {
  uint8: SIGNED,
  int16: NARROW,
  int4: "Quantise weights to int8.",
};

/** A bias that says no scale is counted in the product of the input's and the weights'. */
const NONE: Quantization = { scales: [1], zeroPoints: [0], axis: 0 };
