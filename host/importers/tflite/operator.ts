/** One operator of the file while its row judges it: operands, options, and a place to note problems. */
import { type ErrorCode, type Problem, problem } from "../../errors.ts";
import {
  type Activation,
  type Padding2d,
  perTensor,
  type Tensor,
  type Window2d,
} from "../../model/graph.ts";
import type { RawOperator } from "./read.ts";
import { ACTIVATION_NAMES } from "./schema.ts";
import type { Tensors } from "./tensors.ts";

/** What every node has; rows add their kind and attributes. */
export type Base = {
  readonly index: number;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly output: number;
};

const ACTIVATIONS = new Set<string>(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]);

export class Operator {
  readonly raw: RawOperator;
  readonly tensors: Tensors;
  readonly #problems: Problem[];

  constructor(raw: RawOperator, tensors: Tensors, problems: Problem[]) {
    this.raw = raw;
    this.tensors = tensors;
    this.#problems = problems;
  }

  /** The name of the layer: that of its output tensor. */
  get name(): string {
    return this.tensors.raw(this.raw.outputs[0] ?? -1)?.name ?? `operator ${this.raw.index}`;
  }

  refuse(code: ErrorCode, got: string, expected: string, remedy?: string): null {
    const where = `operator ${this.raw.index} (${this.raw.kind}), layer ${this.name}`;
    this.#problems.push(problem(code, where, got, expected, remedy));
    return null;
  }

  /** Index in the file of operand k, −1 where it is left out. */
  operand(k: number): number {
    return this.raw.inputs[k] ?? -1;
  }

  tensor(index: number): Tensor {
    return this.tensors.list[index] as Tensor;
  }

  /**
   * The int8 activations, which are the first `count` of at most `most` operands, and the output. Says first what kind of model this is: a hybrid or a float
   * model would otherwise give a puzzling complaint for each tensor.
   */
  activations(count: number, most = count): Base | null {
    const { inputs: given, outputs } = this.raw;
    const operands = Array.from({ length: count }, (_, k) => this.operand(k));
    if (outputs.length !== 1 || given.length > most || operands.includes(-1)) {
      const got = `${given.filter((k) => k >= 0).length} inputs, ${outputs.length} outputs`;
      const expected = `${count === most ? count : `${count} to ${most}`} inputs, 1 output`;
      return this.refuse("MODEL_FORMAT", got, expected);
    }
    const types = operands.map((index) => this.tensors.raw(index)?.type);
    if (types.includes("float32")) {
      const hybrid = this.raw.inputs.some((index) => this.tensors.raw(index)?.type === "int8");
      return hybrid
        ? this.refuse(
            "MODEL_QUANT",
            "a hybrid layer: float32 activations with int8 weights",
            "int8 activations and int8 weights",
            "Quantise fully: give the converter a representative dataset and int8 inputs and outputs.",
          )
        : this.refuse("MODEL_QUANT", "float32 activations", "int8 activations");
    }
    const inputs = operands.map((index) => this.tensors.activation(index));
    const output = this.tensors.activation(this.raw.outputs[0] ?? -1);
    if (output === null || inputs.includes(null)) return null;
    if (this.tensor(output).data !== null) {
      return this.refuse("MODEL_FORMAT", "a constant output", "an output that is computed");
    }
    return { index: this.raw.index, name: this.name, inputs: inputs as number[], output };
  }

  option(id: number, standard = 0): number {
    return this.raw.options?.i32(id, standard) ?? standard;
  }

  /** An option of one byte: reading four could run past the end of the file. */
  byte(id: number): number {
    return this.raw.options?.u8(id) ?? 0;
  }

  float(id: number): number {
    return this.raw.options?.f32(id) ?? 0;
  }

  /** The fused activation, or null after refusing one that has no int8 kernel. */
  activation(id: number): Activation | null {
    const code = this.raw.options?.i8(id) ?? 0;
    const name = ACTIVATION_NAMES[code] ?? `activation ${code}`;
    if (ACTIVATIONS.has(name)) return name as Activation;
    return this.refuse("MODEL_OP", `fused ${name}`, "NONE, RELU, RELU6 or RELU_N1_TO_1");
  }

  /** The int8 weights, operand 1, of at least `rank` dimensions; null after refusing. */
  weights(rank: number, axis: number): number | null {
    const index = this.operand(1);
    if (index === -1) return this.refuse("MODEL_FORMAT", "no weights", "weights as operand 1");
    const weights = this.tensors.weights(index, axis);
    if (weights === null || this.tensor(weights).shape.length === rank) return weights;
    const got = `weights [${this.tensor(weights).shape}]`;
    return this.refuse("MODEL_SHAPE", got, `${rank} dimensions`);
  }

  /** Whether two tensors hold the same numbers for the same bytes; operators that only move bytes need it. */
  sameQuantisation(a: number, b: number): boolean {
    const p = perTensor(this.tensor(a));
    const q = perTensor(this.tensor(b));
    if (p.scale === q.scale && p.zeroPoint === q.zeroPoint) return true;
    this.refuse(
      "MODEL_QUANT",
      `input scale ${p.scale}, zero point ${p.zeroPoint}; output ${q.scale}, ${q.zeroPoint}`,
      "the same scale and zero point",
    );
    return false;
  }

  /** Notes a difference between the shape computed from operands and options and the one in the file. */
  shapeIs(output: number, computed: readonly number[]): boolean {
    const { shape } = this.tensor(output);
    if (shape.join() === computed.join()) return true;
    this.refuse("MODEL_SHAPE", `output [${shape}]`, `[${computed}] for these inputs and options`);
    return false;
  }

  /** Stride, dilation and padding of a window over [1, H, W, C]; null after refusing. */
  window(
    input: readonly number[],
    filter: readonly [number, number],
    ids: {
      padding: number;
      strideW: number;
      strideH: number;
      dilationW?: number;
      dilationH?: number;
    },
  ): { window: Window2d; outH: number; outW: number } | null {
    const [strideH, strideW] = [this.option(ids.strideH), this.option(ids.strideW)];
    const dilationH = ids.dilationH === undefined ? 1 : this.option(ids.dilationH, 1);
    const dilationW = ids.dilationW === undefined ? 1 : this.option(ids.dilationW, 1);
    const code = this.raw.options?.i8(ids.padding) ?? 0;
    const small = [strideH, strideW, dilationH, dilationW, ...filter].every(
      (x) => x >= 1 && x <= 4096,
    );
    if (!small || (code !== 0 && code !== 1)) {
      const got = `filter ${filter}, stride ${strideH},${strideW}, dilation ${dilationH},${dilationW}, padding ${code}`;
      return this.refuse("MODEL_SHAPE", got, "values from 1 to 4096, padding SAME or VALID");
    }
    const along = (size: number, k: number, stride: number, dilation: number) =>
      place(size, (k - 1) * dilation + 1, stride, code === 0);
    const vertical = along(input[1] ?? 0, filter[0], strideH, dilationH);
    const horizontal = along(input[2] ?? 0, filter[1], strideW, dilationW);
    if (vertical.out < 1 || horizontal.out < 1) {
      return this.refuse(
        "MODEL_SHAPE",
        `output [${vertical.out},${horizontal.out}]`,
        "a positive size",
      );
    }
    const padding: Padding2d = {
      top: vertical.before,
      bottom: vertical.after,
      left: horizontal.before,
      right: horizontal.after,
    };
    return {
      window: { strideH, strideW, dilationH, dilationW, padding },
      outH: vertical.out,
      outW: horizontal.out,
    };
  }
}

/** TFLite: SAME pads so that out = ceil(in / stride), the odd pixel behind; VALID pads nothing. */
function place(size: number, extent: number, stride: number, same: boolean) {
  if (!same) return { out: Math.floor((size + stride - extent) / stride), before: 0, after: 0 };
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + extent - size, 0);
  const before = Math.floor(total / 2);
  return { out, before, after: total - before };
}
