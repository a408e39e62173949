/** One node of a graph while its row judges it: operands, shapes, and a place to note problems. */
import { type ErrorCode, type Problem, problem } from "../../errors.ts";
import {
  elements,
  type LayeredGraph,
  type LayerKind,
  type LayerNode,
  perTensor,
  type Tensor,
  type Window2d,
} from "../../model/graph.ts";

export type Shape = readonly number[];

const OPERANDS: Partial<Record<LayerKind, number>> = {
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 3,
  FULLY_CONNECTED: 3,
  ADD: 2,
  SUB: 2,
  MUL: 2,
};

/** A node while its row judges it. */
export class Judged {
  readonly #node: LayerNode;
  readonly #tensors: readonly Tensor[];
  readonly #problems: Problem[];

  constructor(node: LayerNode, { tensors }: LayeredGraph, problems: Problem[]) {
    this.#node = node;
    this.#tensors = tensors;
    this.#problems = problems;
  }

  refuse(code: ErrorCode, got: string, expected: string): void {
    const { index, kind, name } = this.#node;
    const where = `operator ${index} (${kind}), layer ${name}`;
    this.#problems.push(problem(code, where, got, expected));
  }

  operandsAreThere(): boolean {
    const { kind, inputs, output } = this.#node;
    const variable = kind === "CONCATENATION" && inputs.length > 0;
    const expected = variable ? inputs.length : (OPERANDS[kind] ?? 1);
    const all = [...inputs, output].every((t) => this.#tensors[t] !== undefined);
    if (all && inputs.length === expected && isActivation(this.output)) return true;
    const got = `inputs [${inputs}], output ${output}: ${quantText(this.#tensors[output])}`;
    this.refuse("MODEL_FORMAT", got, `${expected} inputs and an int8 output with one scale`);
    return false;
  }

  get output(): Tensor {
    return this.#tensors[this.#node.output] as Tensor;
  }

  #operand(k: number): Tensor {
    return this.#tensors[this.#node.inputs[k] ?? -1] as Tensor;
  }

  activation(k: number): Tensor | null {
    const tensor = this.#operand(k);
    if (isActivation(tensor)) return tensor;
    this.refuse("MODEL_QUANT", `input ${k}: ${quantText(tensor)}`, "int8 with one scale");
    return null;
  }

  /** Operand 0 with four dimensions and batch 1. */
  image(): Shape | null {
    const shape = this.activation(0)?.shape ?? null;
    if (shape === null || (shape.length === 4 && shape[0] === 1)) return shape;
    this.refuse("MODEL_SHAPE", `input [${shape}]`, "[1, height, width, channels]");
    return null;
  }

  /** Operand 1: constant int8, one scale or one per channel, symmetric where it has several or is a convolution's. */
  weights(rank: number, axis: number): Shape | null {
    const { shape, dtype, data, quantization } = this.#operand(1);
    const { scales, zeroPoints } = quantization;
    const channels = shape[axis] ?? 0;
    const counts =
      scales.length === 1 || (scales.length === channels && quantization.axis === axis);
    const symmetric = zeroPoints.every((z) => z === 0) || (rank === 2 && scales.length === 1);
    const sound = counts && symmetric && scales.every((s) => s > 0);
    if (shape.length === rank && dtype === "i8" && data && sound) return shape;
    const got = `weights [${shape}], ${quantText(this.#operand(1))}`;
    this.refuse(
      "MODEL_QUANT",
      got,
      `constant int8 of ${rank} dimensions, a scale per channel or one`,
    );
    return null;
  }

  /** Operand 2: constant int32. */
  bias(channels: number): boolean {
    const { shape, dtype, data } = this.#operand(2);
    if (dtype === "i32" && data && elements(shape) === channels) return true;
    this.refuse("MODEL_QUANT", `bias ${dtype} [${shape}]`, `constant int32 [${channels}]`);
    return false;
  }

  shapeIs(...allowed: readonly Shape[]): void {
    const shape = this.output.shape.join();
    if (allowed.some((one) => one.join() === shape)) return;
    const expected = allowed.map((one) => `[${one}]`).join(" or ");
    this.refuse("MODEL_SHAPE", `output [${shape}]`, expected);
  }

  sameShape(): void {
    const input = this.activation(0);
    if (input) this.shapeIs(input.shape);
  }

  sameQuantisation(k: number): void {
    const [p, q] = [perTensor(this.#operand(k)), perTensor(this.output)];
    if (p.scale === q.scale && p.zeroPoint === q.zeroPoint) return;
    const got = `${quantText(this.#operand(k))}; output ${quantText(this.output)}`;
    this.refuse("MODEL_QUANT", got, "the same scale and zero point");
  }

  /** The output's shape for a window over an image; no window lies in the padding alone. */
  windowed(input: Shape, height: number, width: number, window: Window2d, channels: number): void {
    const { strideH, strideW, dilationH, dilationW, padding } = window;
    const { top, bottom, left, right } = padding;
    const [tall, wide] = [(height - 1) * dilationH + 1, (width - 1) * dilationW + 1];
    const outH = Math.floor(((input[1] ?? 0) + top + bottom - tall) / strideH) + 1;
    const outW = Math.floor(((input[2] ?? 0) + left + right - wide) / strideW) + 1;
    const inside = Math.max(top, bottom) < tall && Math.max(left, right) < wide;
    if (outH < 1 || outW < 1 || !inside) {
      const got = `window ${tall}×${wide} over [${input}], padding ${top},${bottom},${left},${right}`;
      this.refuse("MODEL_SHAPE", got, "windows that fit, padding smaller than the window");
    } else {
      this.shapeIs([1, outH, outW, channels]);
    }
  }
}

export const isActivation = ({ dtype, quantization: { scales, zeroPoints } }: Tensor): boolean =>
  dtype === "i8" && scales.length === 1 && zeroPoints.length === 1 && (scales[0] ?? 0) > 0;

export const quantText = (tensor: Tensor | undefined): string =>
  tensor
    ? `${tensor.dtype}, scale ${tensor.quantization.scales.slice(0, 3)}, zero point ${tensor.quantization.zeroPoints.slice(0, 3)}`
    : "no tensor";
