/**
 * Our graph of a layered network as an ONNX model, for the native peer: channels before rows, as that engine wants them,
 * and one of three forms: float32, or QLinear operators on bytes with a sign or without. Weights are i8 in both.
 */
import { at } from "../../host/model/at.ts";
import type { LayeredGraph, LayerNode, Tensor, Window2d } from "../../host/model/graph.ts";
import { type Field, message } from "./protobuf.ts";

export const FORMS = ["u8", "s8", "f32"] as const;
export type Form = (typeof FORMS)[number];

/** onnx.proto: TensorProto.DataType, AttributeProto.AttributeType */
const FLOAT = 1;
const TYPE = { u8: 2, s8: 3, f32: FLOAT, i32: 6, i64: 7 } as const;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;
const MICROSOFT = "com.microsoft";

/** [1, h, w, c] to [1, c, h, w]; others as they are. */
export function onnxShape(shape: readonly number[]): readonly number[] {
  if (shape.length !== 4) return shape;
  return [at(shape, 0), at(shape, 3), at(shape, 1), at(shape, 2)];
}

/** Elements of an activation in the order of onnxShape(). */
export function channelsFirst(values: Int8Array, shape: readonly number[]): number[] {
  const flat = Array.from(values);
  if (shape.length !== 4) return flat;
  const [h, w, c] = [at(shape, 1), at(shape, 2), at(shape, 3)];
  return flat.map((_, k) => at(flat, (k % (h * w)) * c + Math.floor(k / (h * w))));
}

/** Raises an Error that names what it has no operator for. */
export function onnxModel(graph: LayeredGraph, form: Form): Uint8Array {
  const writer = new Writer(graph, form);
  for (const node of graph.nodes) writer.layer(node);
  return writer.model();
}

class Writer {
  private readonly nodes: Uint8Array[] = [];
  private readonly constants: Uint8Array[] = [];

  private readonly graph: LayeredGraph;
  private readonly form: Form;

  constructor(graph: LayeredGraph, form: Form) {
    this.graph = graph;
    this.form = form;
  }

  layer(node: LayerNode): void {
    switch (node.kind) {
      case "CONV_2D":
        this.convolution(node, node.window, 1);
        break;
      case "DEPTHWISE_CONV_2D":
        this.convolution(node, node.window, at(this.tensor(at(node.inputs, 0)).shape, 3));
        break;
      case "FULLY_CONNECTED":
        this.connected(node);
        break;
      case "ADD":
        this.sum(node);
        break;
      case "AVERAGE_POOL_2D": {
        const kernel = ints("kernel_shape", [node.filterH, node.filterW]);
        this.simple(node, "AveragePool", [kernel, ...windowOf(node.window, false)]);
        break;
      }
      case "SOFTMAX":
        this.simple(node, "Softmax", [
          int("axis", 1),
          ...(this.form === "f32" ? [] : [int("opset", 13)]),
        ]);
        break;
      case "RESHAPE": {
        const shape = onnxShape(this.tensor(node.output).shape);
        const constant = this.constant("i64", BigInt64Array.from(shape, BigInt), [shape.length]);
        this.node("Reshape", [name(at(node.inputs, 0)), constant], node.output, []);
        break;
      }
      default:
        throw new Error(`${node.name} is ${node.kind}`);
    }
  }

  model(): Uint8Array {
    const port = (tensor: number): Uint8Array => {
      const dims = onnxShape(this.tensor(tensor).shape).map((n): Field => [1, message([[1, n]])]);
      const type: Field[] = [
        [1, TYPE[this.form]],
        [2, message(dims)],
      ];
      return message([
        [1, name(tensor)],
        [2, message([[1, message(type)]])],
      ]);
    };
    const graph = message([
      ...this.nodes.map((node): Field => [1, node]),
      [2, "net"],
      ...this.constants.map((constant): Field => [5, constant]),
      ...this.graph.inputs.map(({ tensor }): Field => [11, port(tensor)]),
      ...this.graph.outputs.map(({ tensor }): Field => [12, port(tensor)]),
    ]);
    const opset = (domain: string, version: number): Field => [
      ...([8, message([[1, domain], [2, version]])] as const), // biome-ignore format: a pair
    ];
    return message([[1, 8], [7, graph], opset("", 13), opset(MICROSOFT, 1)]); // biome-ignore format: a row
  }

  private convolution(node: LayerNode, window: Window2d, group: number): void {
    const weights = this.tensor(at(node.inputs, 1));
    const [first, h, w, last] = weights.shape as [number, number, number, number];
    const [out, depth] = group === 1 ? [first, last] : [last, 1];
    const from = new Int8Array(Uint8Array.from(weights.data ?? []).buffer);
    const values = Int8Array.from({ length: from.length }, (_, k) => {
      const [o, i, y, x] = [
        ...[Math.floor(k / (depth * h * w)), Math.floor(k / (h * w)) % depth],
        ...[Math.floor(k / w) % h, k % w],
      ] as [number, number, number, number];
      return at(from, group === 1 ? ((o * h + y) * w + x) * depth + i : (y * w + x) * out + o);
    });
    const attributes = [...windowOf(window, true), int("group", group)];
    this.weighted(node, values, [out, depth, h, w], attributes, ["Conv", "QLinearConv", ""]);
  }

  private connected(node: LayerNode): void {
    const weights = this.tensor(at(node.inputs, 1));
    const values = new Int8Array(Uint8Array.from(weights.data ?? []).buffer);
    this.weighted(node, values, weights.shape, [int("transB", 1)], ["Gemm", "QGemm", MICROSOFT]);
  }

  private weighted(
    node: LayerNode,
    values: Int8Array,
    shape: readonly number[],
    attributes: readonly Uint8Array[],
    [plain, quantised, domain]: readonly [string, string, string],
  ): void {
    const [x, w, b] = node.inputs as [number, number, number?];
    const bias = b === undefined || b < 0 ? null : this.tensor(b);
    const { scales } = this.tensor(w).quantization;
    const out = at(shape, 0);
    const each = values.length / out;
    const scaleOf = (o: number) => at(scales, scales.length === 1 ? 0 : o);
    const sums = new Int32Array(Uint8Array.from(bias?.data ?? new Uint8Array(4 * out)).buffer);
    if (this.form === "f32") {
      const real = Float32Array.from(values, (q, k) => q * scaleOf(Math.floor(k / each)));
      const sx = at(this.tensor(x).quantization.scales, 0);
      const realBias = Float32Array.from(sums, (q, o) => q * sx * scaleOf(o));
      const inputs = [
        name(x),
        this.constant("f32", real, shape),
        this.constant("f32", realBias, [out]),
      ];
      this.activated(node, plain, inputs, attributes);
      return;
    }
    const weights = [
      this.constant("s8", values, shape),
      this.constant("f32", Float32Array.from(scales), scales.length === 1 ? [] : [out]),
      this.constant("s8", new Int8Array(scales.length), scales.length === 1 ? [] : [out]),
    ];
    const biases = this.constant("i32", sums, [out]);
    const head = [name(x), ...this.quantised(x), ...weights];
    const scaled = this.quantised(node.output);
    const inputs =
      domain === MICROSOFT ? [...head, biases, ...scaled] : [...head, ...scaled, biases];
    this.node(quantised, inputs, node.output, attributes, domain);
  }

  private sum(node: LayerNode): void {
    const [a, b] = node.inputs as [number, number];
    if (this.form === "f32") {
      this.activated(node, "Add", [name(a), name(b)], []);
      return;
    }
    const inputs = [name(a), ...this.quantised(a), name(b), ...this.quantised(b)];
    this.node(
      "QLinearAdd",
      [...inputs, ...this.quantised(node.output)],
      node.output,
      [],
      MICROSOFT,
    );
  }

  private simple(node: LayerNode, kind: string, attributes: readonly Uint8Array[]): void {
    const x = at(node.inputs, 0);
    if (this.form === "f32") {
      this.node(kind, [name(x)], node.output, attributes);
      return;
    }
    const inputs = [name(x), ...this.quantised(x), ...this.quantised(node.output)];
    this.node(`QLinear${kind}`, inputs, node.output, attributes, MICROSOFT);
  }

  /** In float32; bytes have the activation in the range of their quantisation. */
  private activated(
    node: LayerNode,
    kind: string,
    inputs: readonly string[],
    attributes: readonly Uint8Array[],
  ): void {
    const activation = "activation" in node ? node.activation : "NONE";
    if (activation === "NONE") {
      this.node(kind, inputs, node.output, attributes);
      return;
    }
    const sum = `${name(node.output)}.sum`;
    this.nodes.push(nodeOf(kind, inputs, sum, attributes, ""));
    if (activation === "RELU") {
      this.node("Relu", [sum], node.output, []);
      return;
    }
    const [least, most] = activation === "RELU6" ? [0, 6] : [-1, 1];
    const limits = [least, most].map((x) => this.constant("f32", Float32Array.of(x), []));
    this.node("Clip", [sum, ...limits], node.output, []);
  }

  /** Scale and zero point of an activation, as constants. */
  private quantised(tensor: number): readonly [string, string] {
    const { scales, zeroPoints } = this.tensor(tensor).quantization;
    const zero = at(zeroPoints, 0) + (this.form === "u8" ? 128 : 0);
    const bytes = this.form === "u8" ? Uint8Array.of(zero) : Int8Array.of(zero);
    const scale = Float32Array.of(at(scales, 0));
    return [this.constant("f32", scale, []), this.constant(this.form, bytes, [])];
  }

  private constant(
    type: keyof typeof TYPE,
    values: NodeJS.ArrayBufferView,
    shape: readonly number[],
  ): string {
    const own = `c${this.constants.length}`;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const dims = shape.map((n): Field => [1, n]);
    this.constants.push(message([...dims, [2, TYPE[type]], [8, own], [9, bytes]]));
    return own;
  }

  private node(
    kind: string,
    inputs: readonly string[],
    output: number,
    attributes: readonly Uint8Array[],
    domain = "",
  ): void {
    this.nodes.push(nodeOf(kind, inputs, name(output), attributes, domain));
  }

  private readonly tensor = (k: number): Tensor => at(this.graph.tensors, k);
}

const name = (tensor: number): string => `t${tensor}`;

const nodeOf = (
  kind: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[],
  domain: string,
): Uint8Array =>
  message([
    ...inputs.map((input): Field => [1, input]),
    [2, output],
    [4, kind],
    ...attributes.map((attribute): Field => [5, attribute]),
    [7, domain],
  ]);

const int = (key: string, value: number): Uint8Array =>
  message([
    [1, key],
    [3, value],
    [20, ATTRIBUTE_INT],
  ]);

const ints = (key: string, values: readonly number[]): Uint8Array =>
  message([[1, key], ...values.map((value): Field => [8, value]), [20, ATTRIBUTE_INTS]]);

function windowOf({ padding, ...window }: Window2d, dilated: boolean): readonly Uint8Array[] {
  const { strideH, strideW, dilationH, dilationW } = window;
  const { top, left, bottom, right } = padding;
  return [
    ints("strides", [strideH, strideW]),
    ints("pads", [top, left, bottom, right]),
    ...(dilated ? [ints("dilations", [dilationH, dilationW])] : []),
  ];
}
