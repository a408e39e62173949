/** One operator of the file on its way into the graph: operands, options, and a place to note problems. */
import { type ErrorCode, type Problem, problem } from "../../errors.ts";
import { at } from "../../model/at.ts";
import type { Activation, LayerKind, LayerNode, Tensor, Window2d } from "../../model/graph.ts";
import {
  type Attributes,
  type Judge,
  type Operand,
  operatorName,
  outputRole,
  type Role,
  rolesOf,
  WIDE_EDGE,
} from "../../model/operators/index.ts";
import { LEFT_OUT, type RawOperator, tensorAt } from "./read.ts";
import { ACTIVATION_NAMES } from "./schema.ts";
import type { Tensors } from "./tensors.ts";

/** How the attributes of one kind are found in the file. */
export type Row<K extends LayerKind> = {
  /** operands that the file may have behind those of the graph */
  readonly more: number;
  /** null after noting why; `inputs` are the graph's operands, and sound */
  readonly attributes: (op: Operator, inputs: readonly Tensor[]) => Attributes<K> | null;
};

/** Fields of an options table, by their numbers. */
type WindowOptions = {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly dilationW?: number;
  readonly dilationH?: number;
};

const [SAME, VALID] = [0, 1];

export class Operator {
  readonly raw: RawOperator;
  readonly tensors: Tensors;
  readonly #judge: Judge;
  readonly #problems: Problem[];

  constructor(raw: RawOperator, tensors: Tensors, judge: Judge, problems: Problem[]) {
    this.raw = raw;
    this.tensors = tensors;
    this.#judge = judge;
    this.#problems = problems;
  }

  /** The name of the layer: that of its output tensor. */
  get name(): string {
    return this.tensors.raw(tensorAt(this.raw.outputs, 0))?.name ?? `operator ${this.raw.index}`;
  }

  /** What makes output `part` of operand `from` alone. */
  part(from: number, part: number): Operator {
    const raw = {
      ...this.raw,
      inputs: [this.operand(from)],
      outputs: [at(this.raw.outputs, part)],
    };
    return new Operator(raw, this.tensors, this.#judge, this.#problems);
  }

  /** With these operands alone. */
  selected(operands: readonly number[]): Operator {
    const raw = { ...this.raw, inputs: operands.map((k) => this.operand(k)) };
    return new Operator(raw, this.tensors, this.#judge, this.#problems);
  }

  get where(): string {
    return operatorName(this.raw.index, this.raw.kind, this.name);
  }

  refuse(code: ErrorCode, got: string, expected: string, remedy?: string): null {
    this.#problems.push(problem(code, this.where, got, expected, remedy));
    return null;
  }

  /** Index in the file of operand k, or LEFT_OUT. */
  operand(k: number): number {
    return tensorAt(this.raw.inputs, k);
  }

  /** The node of the graph, or null after noting why there is none. */
  node<K extends LayerKind>(kind: K, { more, attributes }: Row<K>): LayerNode | null {
    const roles = rolesOf(kind, this.raw.inputs.length);
    if (!this.#hasOperands(roles, more) || this.#isFloat(roles)) return null;
    const inputs: number[] = [];
    const take = (k: number, operand: Operand): Tensor | null => {
      const index = this.operand(k);
      // only a bias may be left out
      const taken =
        operand.role === "bias" && index === LEFT_OUT
          ? this.tensors.zeros(
              operand.channels ?? this.#width(),
              `${this.name}/bias`,
              operand.types?.[0] ?? "i32",
            )
          : this.tensors.take(index, operand);
      if (taken === null) return null;
      inputs.push(taken);
      return this.tensors.at(taken);
    };
    const output = this.tensors.take(at(this.raw.outputs, 0), outputRole(kind));
    const result = output === null ? null : this.tensors.at(output);
    const operands = this.#judge.operands(kind, roles.length, take, result, this.where);
    const own = operands && attributes(this, operands.inputs);
    if (operands === null || own === null) return null;
    const base = { index: this.raw.index, name: this.name, inputs, output };
    // the one cast that TypeScript cannot follow: the attributes belong to the kind
    const node = { ...base, kind, ...own } as unknown as LayerNode;
    this.#judge.node(node, operands, this.where);
    return node;
  }

  /** Of the output's last axis. */
  #width(): number {
    return this.tensors.raw(tensorAt(this.raw.outputs, 0))?.shape.at(-1) ?? 1;
  }

  /** Operand k as a constant that holds activations, or null. */
  constant(k: number): Tensor | null {
    const index = this.operand(k);
    const taken = index === LEFT_OUT ? null : this.tensors.take(index, WIDE_EDGE);
    if (taken === null) return null;
    const tensor = this.tensors.at(taken);
    return this.#judge.port(tensor) && tensor.data !== null ? tensor : null;
  }

  option(id: number, standard = 0): number {
    return this.raw.options?.i32(id, standard) ?? standard;
  }

  /** An option of one byte: reading four could run past the end of the file. */
  byte(id: number): number {
    return this.raw.options?.u8(id) ?? 0;
  }

  /** 0 or 1 */
  flag(id: number): number {
    return this.byte(id) === 0 ? 0 : 1;
  }

  float(id: number): number {
    return this.raw.options?.f32(id) ?? 0;
  }

  /** The fused activation as the file says it: the rule book refuses what no kernel fuses. */
  activation(id: number): Activation {
    const code = this.raw.options?.i8(id) ?? 0;
    return (ACTIVATION_NAMES[code] ?? `activation ${code}`) as Activation;
  }

  /** Stride, dilation and padding of a filter [height, width] over [1, H, W, C]; null after refusing. */
  window(
    { shape }: Tensor,
    [filterH, filterW]: readonly [number, number],
    ids: WindowOptions,
  ): Window2d | null {
    const [height, width] = [at(shape, 1), at(shape, 2)];
    const code = this.raw.options?.i8(ids.padding) ?? SAME;
    if (code !== SAME && code !== VALID) {
      return this.refuse("MODEL_SHAPE", `padding ${code}`, "0 for SAME or 1 for VALID");
    }
    const [strideH, strideW] = [this.option(ids.strideH), this.option(ids.strideW)];
    const dilationH = ids.dilationH === undefined ? 1 : this.option(ids.dilationH, 1);
    const dilationW = ids.dilationW === undefined ? 1 : this.option(ids.dilationW, 1);
    const same = code === SAME;
    const [top, bottom] = same ? samePadding(height, filterH, strideH, dilationH) : NO_PADDING;
    const [left, right] = same ? samePadding(width, filterW, strideW, dilationW) : NO_PADDING;
    const padding = { top, bottom, left, right };
    return { strideH, strideW, dilationH, dilationW, padding };
  }

  /** Says so where an operand or the output is missing or too many. */
  #hasOperands(roles: readonly Role[], more: number): boolean {
    const { inputs, outputs } = this.raw;
    const [least, most] = [roles.filter(({ role }) => role !== "bias").length, roles.length + more];
    const missing = roles.find(({ role }, k) => role !== "bias" && this.operand(k) === LEFT_OUT);
    if (outputs.length === 1 && inputs.length <= most && missing === undefined) return true;
    if (missing?.role === "weights") {
      this.refuse("MODEL_FORMAT", "no weights", "weights as operand 1");
      return false;
    }
    const got = `${inputs.filter((k) => k !== LEFT_OUT).length} inputs, ${outputs.length} outputs`;
    const expected = `${least === most ? least : `${least} to ${most}`} inputs, 1 output`;
    this.refuse("MODEL_FORMAT", got, expected);
    return false;
  }

  /**
   * Says so where the activations are float32, and what kind of model that makes it: each tensor by itself would give a
   * puzzling complaint.
   */
  #isFloat(roles: readonly Role[]): boolean {
    const type = (index: number) => this.tensors.raw(index)?.type;
    const float = roles.some(
      ({ role }, k) =>
        (role === "activation" || role === "image") && type(this.operand(k)) === "float32",
    );
    if (!float) return false;
    if (this.raw.inputs.some((index) => type(index) === "int8")) {
      this.refuse(
        "MODEL_QUANT",
        "a hybrid layer: float32 activations with int8 weights",
        "int8 activations and int8 weights",
        "Quantise fully: give the converter a representative dataset and int8 inputs and outputs.",
      );
    } else {
      this.refuse("MODEL_QUANT", "float32 activations", "int8 activations");
    }
    return true;
  }
}

const NO_PADDING = [0, 0] as const;

/**
 * TFLite: SAME pads so that out = ceil(in / stride), the odd pixel behind. A stride of 0 gives no number; the rule book
 * refuses it before it looks at the padding.
 */
function samePadding(
  size: number,
  filter: number,
  stride: number,
  dilation: number,
): readonly [number, number] {
  const extent = (filter - 1) * dilation + 1;
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
