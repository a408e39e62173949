/**
 * The operator table of NIR: one row per node type, from datasets to a node of the spiking graph.
 * Shapes that a file leaves to inference (convolutions without input_shape, pools, Flatten) come from the source node,
 * so rows are asked in an order in which sources come first wherever the graph allows it.
 */
import { at } from "../../model/at.ts";
import { convOutput, type Padding, samePadding } from "../../model/convolution.ts";
import { elements } from "../../model/graph.ts";
import type { NeuronNode, SpikingNode, SynapseNode, Values } from "../../model/spiking-graph.ts";
import { type Fields, scaled } from "./fields.ts";

export type Context = {
  /** shape of the node's source, or null where it is not known (no source, or a recurrent one) */
  readonly sourceShape: readonly number[] | null;
  /** factor that brings the file's times to seconds */
  readonly toSeconds: number;
  readonly reset: "zero" | "subtract";
  /** says a default or a reading of the file, for inspect to print */
  readonly assume: (sentence: string) => void;
};

type Row = (f: Fields, context: Context) => SpikingNode | null;

export const NODES: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["Input", (f) => port(f, "Input")],
  ["Output", output],
  ["Linear", (f) => matrix(f)],
  ["Affine", (f) => matrix(f)],
  ["Scale", scale],
  ["Conv1d", conv1d],
  ["Conv2d", conv2d],
  ["SumPool2d", pool],
  ["AvgPool2d", pool],
  ["Flatten", flatten],
  ["Delay", delay],
  ["Threshold", threshold],
  ["I", integrator],
  ["IF", integrator],
  ["LI", leaky],
  ["LIF", leaky],
  ["CubaLI", currentBased],
  ["CubaLIF", currentBased],
]);

/** numpy's largest rank: any list of dimensions */
const RANKS = Array.from({ length: 32 }, (_, k) => k + 1);
const ONE_OR_TWO = [1, 2];

function port(f: Fields, kind: "Input" | "Output"): SpikingNode | null {
  const shape = f.integers("shape", RANKS, 1);
  return shape && { name: f.name, kind, shape };
}

/** Exporters of scalar layers write an empty shape, or one element: then it is what comes. */
function output(f: Fields, { sourceShape, assume }: Context): SpikingNode | null {
  if (sourceShape === null) return port(f, "Output");
  const shape = f.isEmpty("shape") ? [] : f.integers("shape", RANKS, 1);
  if (shape === null) return null;
  if (elements(shape) > 1 || (shape.length > 0 && elements(sourceShape) === 1))
    return { name: f.name, kind: "Output", shape };
  assume(`${f.name}: its shape [${shape}] is taken as [${sourceShape}], that of its source.`);
  return { name: f.name, kind: "Output", shape: sourceShape };
}

function matrix(f: Fields): SynapseNode | null {
  const weight = f.numbers("weight");
  if (weight === null) {
    if (f.type === "Affine") f.numbers("bias");
    return null;
  }
  const [out = 0, inputSize = 0] = weight.shape.slice(-2);
  if (weight.shape.length < 2 || out * inputSize !== weight.numbers.length) {
    f.refuse("weight", `shape [${weight.shape}]`, "shape [out, in], leading axes 1");
    return null;
  }
  const base = { name: f.name, shape: [out], weight: weight.numbers, inputSize };
  if (f.type === "Linear") return { ...base, kind: "Linear" };
  const bias = f.parameter("bias", [out]);
  return { ...base, kind: "Affine", bias: dense(bias, out) };
}

const dense = (values: Values, n: number): Float64Array =>
  typeof values === "number" ? new Float64Array(n).fill(values) : values;

/**
 * The shape that all parameters of an element-wise node share. NIR knows no scalars, but files have them: one value holds
 * for the whole layer, whose shape is then that of its source.
 */
function layerShape(
  f: Fields,
  parameters: readonly string[],
  { sourceShape, assume }: Context,
): readonly number[] {
  const given = parameters.filter((field) => f.has(field));
  const shapes = given.map((field) => f.numbers(field)?.shape ?? []);
  const wide = mostFrequent(shapes.filter((shape) => shape.some((d) => d > 1)));
  if (wide) {
    const single = given.filter((_, k) => shapes[k]?.every((d) => d === 1));
    if (single.length > 0)
      assume(`${f.name}: one ${single.join(", ")} holds for all of [${wide}].`);
    return wide;
  }
  const single = shapes.find((shape) => shape.length > 0) ?? [1];
  if (sourceShape === null || (single.length > 0 && elements(sourceShape) === 1)) return single;
  assume(`${f.name}: its parameters of one element hold for all of [${sourceShape}].`);
  return sourceShape;
}

/** Where one parameter differs from all others, that one is wrong. */
function mostFrequent(shapes: readonly (readonly number[])[]): readonly number[] | undefined {
  const count = (shape: readonly number[]) =>
    shapes.filter((other) => other.join() === shape.join()).length;
  return shapes.toSorted((a, b) => count(b) - count(a))[0];
}

function scale(f: Fields, context: Context): SynapseNode {
  const shape = layerShape(f, ["scale"], context);
  return { name: f.name, kind: "Scale", shape, scale: f.parameter("scale", shape) };
}

function delay(f: Fields, context: Context): SynapseNode {
  const shape = layerShape(f, ["delay"], context);
  const delaySeconds = scaled(f.parameter("delay", shape, "nonnegative"), context.toSeconds);
  return { name: f.name, kind: "Delay", shape, delaySeconds };
}

function threshold(f: Fields, context: Context): NeuronNode {
  const shape = layerShape(f, ["threshold"], context);
  return { name: f.name, kind: "Threshold", shape, threshold: f.parameter("threshold", shape) };
}

function padding(f: Fields): Padding | null {
  const text = f.text("padding");
  if (text === "same" || text === "valid") return text;
  if (text !== null) {
    f.refuse("padding", `"${text}"`, '"same", "valid" or integers');
    return null;
  }
  return pair(f.integers("padding", f.type === "Conv1d" ? [1] : ONE_OR_TWO, 0));
}

/** A number for each axis, or one for both. */
const pair = (list: readonly number[] | null): readonly [number, number] | null =>
  list && [at(list, 0), list[1] ?? at(list, 0)];

function conv1d(f: Fields, { sourceShape }: Context): SynapseNode | null {
  const weight = f.numbers("weight");
  if (weight?.shape.length !== 3) {
    if (weight) f.refuse("weight", `shape [${weight.shape}]`, "shape [out, in, kernel]");
    return null;
  }
  const length = f.has("input_shape")
    ? (f.integers("input_shape", [1], 1)?.[0] ?? null)
    : sourceShape?.at(-1);
  const stride = f.integers("stride", [1], 1)?.[0];
  const dilation = f.integers("dilation", [1], 1)?.[0];
  const pad = padding(f);
  return convolution(f, {
    kind: "Conv1d",
    weight: weight.numbers,
    kernelShape: [at(weight.shape, 0), at(weight.shape, 1), 1, at(weight.shape, 2)],
    input: typeof length === "number" ? [1, length] : length,
    stride: stride === undefined ? null : [1, stride],
    dilation: dilation === undefined ? null : [1, dilation],
    // one axis: the other one keeps its single row
    padding: typeof pad === "string" ? pad : pad && [0, pad[0]],
  });
}

function conv2d(f: Fields, { sourceShape }: Context): SynapseNode | null {
  const weight = f.numbers("weight");
  if (weight?.shape.length !== 4) {
    if (weight) f.refuse("weight", `shape [${weight.shape}]`, "shape [out, in, height, width]");
    return null;
  }
  const known = sourceShape && sourceShape.length >= 2 ? sourceShape.slice(-2) : undefined;
  return convolution(f, {
    kind: "Conv2d",
    weight: weight.numbers,
    kernelShape: weight.shape as readonly number[] as ConvolutionFields["kernelShape"],
    input: f.has("input_shape") ? pair(f.integers("input_shape", [2], 1)) : known && pair(known),
    stride: pair(f.integers("stride", ONE_OR_TWO, 1)),
    dilation: pair(f.integers("dilation", ONE_OR_TWO, 1)),
    padding: padding(f),
  });
}

type ConvolutionFields = {
  readonly kind: "Conv1d" | "Conv2d";
  readonly weight: Float64Array;
  /** [Co, Ci / groups, Kh, Kw] */
  readonly kernelShape: readonly [number, number, number, number];
  /** null: given, and refused; undefined: not known */
  readonly input: readonly [number, number] | null | undefined;
  readonly stride: readonly [number, number] | null;
  readonly dilation: readonly [number, number] | null;
  readonly padding: Padding | null;
};

function convolution(f: Fields, c: ConvolutionFields): SynapseNode | null {
  const groups = f.integers("groups", [1], 1)?.[0] ?? 1;
  if (c.input === undefined) {
    f.refuse("input_shape", "nothing, and no source with a known shape", "the input's size");
    return null;
  }
  if (!c.input || !c.stride || !c.dilation || !c.padding) return null;
  const [out, perGroup, kernelH, kernelW] = c.kernelShape;
  const kernel: readonly [number, number] = [kernelH, kernelW];
  const before =
    c.padding === "same"
      ? samePadding(kernel, c.dilation)
      : c.padding === "valid"
        ? ([0, 0] as const)
        : c.padding;
  const size = convOutput(c.input, kernel, c.stride, c.dilation, c.padding);
  if (out * perGroup * kernelH * kernelW === 0 || out % groups !== 0 || Math.min(...size) < 1) {
    f.refuse("", `output [${out},${size}] from input [${c.input}]`, "a positive output size");
    return null;
  }
  if (c.padding === "same" && Math.max(...c.stride) > 1) {
    f.refuse("padding", '"same" with a stride', '"same" with stride 1, as in torch');
    return null;
  }
  const bias = f.has("bias") ? dense(f.parameter("bias", [out]), out) : null;
  return {
    name: f.name,
    kind: c.kind,
    shape: c.kind === "Conv1d" ? [out, size[1]] : [out, ...size],
    inputShape: [perGroup * groups, ...c.input],
    weight: c.weight,
    kernel,
    stride: c.stride,
    padding: before,
    dilation: c.dilation,
    groups,
    bias,
  };
}

function pool(f: Fields, { sourceShape }: Context): SynapseNode | null {
  const kernel = pair(f.integers("kernel_size", ONE_OR_TWO, 1));
  const stride = pair(f.integers("stride", ONE_OR_TWO, 1));
  const pad = pair(f.integers("padding", ONE_OR_TWO, 0));
  if (!kernel || !stride || !pad) return null;
  const [channels = 0, height = 0, width = 0] = sourceShape?.slice(-3) ?? [];
  if (sourceShape === null || sourceShape.length < 3) {
    f.refuse("", `a source of shape [${sourceShape ?? "unknown"}]`, "[channels, height, width]");
    return null;
  }
  if (pad[0] > kernel[0] / 2 || pad[1] > kernel[1] / 2) {
    f.refuse("padding", `[${pad}]`, `at most half of kernel_size [${kernel}], as in torch`);
    return null;
  }
  if (kernel[0] > 2 * height || kernel[1] > 2 * width) {
    f.refuse("kernel_size", `[${kernel}]`, `a window on [${height},${width}]`);
    return null;
  }
  const size = convOutput([height, width], kernel, stride, [1, 1], pad);
  if (Math.min(...size) < 1) {
    f.refuse("kernel_size", `output [${size}] from [${height},${width}]`, "a positive output size");
    return null;
  }
  return {
    name: f.name,
    kind: f.type === "SumPool2d" ? "SumPool2d" : "AvgPool2d",
    shape: [channels, ...size],
    inputShape: [channels, height, width],
    kernel,
    stride,
    padding: pad,
  };
}

function flatten(f: Fields, { sourceShape, assume }: Context): SynapseNode | null {
  const from = flattened(f, sourceShape, assume);
  if (!from) {
    if (!f.has("input_type"))
      f.refuse("input_type", "nothing, and no source with a known shape", "the input's shape");
    return null;
  }
  const axis = (field: string, standard: number) => {
    const value = f.has(field) ? (f.numbers(field)?.numbers[0] ?? standard) : standard;
    return value < 0 ? value + from.length : value;
  };
  const end = axis("end_dim", -1);
  // absent means 1, after a batch axis; these shapes have none, so that one axis is flat already
  const start = f.has("start_dim") ? axis("start_dim", 1) : Math.min(1, from.length - 1);
  if (!f.has("start_dim")) assume(`${f.name}: start_dim is absent and taken as ${start}.`);
  if (
    !(
      Number.isInteger(start) &&
      Number.isInteger(end) &&
      start >= 0 &&
      start <= end &&
      end < from.length
    )
  ) {
    f.refuse("", `start_dim ${start}, end_dim ${end}`, `axes of [${from}], the first one first`);
    return null;
  }
  const merged = elements(from.slice(start, end + 1));
  return {
    name: f.name,
    kind: "Flatten",
    shape: [...from.slice(0, start), merged, ...from.slice(end + 1)],
  };
}

/** What comes in. Exporters that do not know it write no input_type, an empty one, or zeros. */
function flattened(
  f: Fields,
  sourceShape: readonly number[] | null,
  assume: Context["assume"],
): readonly number[] | null {
  if (!f.has("input_type")) return sourceShape;
  const empty = f.isEmpty("input_type");
  if (sourceShape && (empty || f.numbers("input_type")?.numbers.every((d) => d === 0))) {
    const written = empty ? "is empty" : "holds zeros";
    assume(
      `${f.name}: input_type ${written} and is taken as [${sourceShape}], the source's shape.`,
    );
    return sourceShape;
  }
  return f.integers("input_type", RANKS, 1);
}

const undriven = { current: 0, vInitial: 0 } as const;

function spiking(f: Fields, shape: readonly number[], { assume, reset }: Context) {
  const vReset = f.has("v_reset") ? f.parameter("v_reset", shape) : 0;
  if (!f.has("v_reset"))
    assume(`${f.name}: v_reset is absent (a file before 1.0.6) and taken as 0.`);
  else if (reset === "subtract" && vReset !== 0)
    assume(`${f.name}: v_reset is not used, because reset subtracts the threshold.`);
  return { vThreshold: f.parameter("v_threshold", shape), vReset, refractorySeconds: 0 };
}

const SPIKING = ["v_threshold", "v_reset"];

function integrator(f: Fields, context: Context): NeuronNode {
  const shape = layerShape(f, f.type === "I" ? ["r"] : ["r", ...SPIKING], context);
  const base = { name: f.name, shape, r: f.parameter("r", shape), ...undriven };
  return f.type === "I"
    ? { ...base, kind: "I" }
    : { ...base, kind: "IF", ...spiking(f, shape, context) };
}

function leaky(f: Fields, context: Context): NeuronNode {
  const own = ["r", "tau", "v_leak"];
  const shape = layerShape(f, f.type === "LI" ? own : [...own, ...SPIKING], context);
  const base = {
    name: f.name,
    shape,
    tau: scaled(f.parameter("tau", shape, "positive"), context.toSeconds),
    r: f.parameter("r", shape),
    vLeak: f.parameter("v_leak", shape),
    ...undriven,
  };
  return f.type === "LI"
    ? { ...base, kind: "LI" }
    : { ...base, kind: "LIF", ...spiking(f, shape, context) };
}

function currentBased(f: Fields, context: Context): NeuronNode {
  const own = ["v_leak", "tau_syn", "tau_mem", "r", "w_in"];
  const shape = layerShape(f, f.type === "CubaLI" ? own : [...own, ...SPIKING], context);
  if (!f.has("w_in")) context.assume(`${f.name}: w_in is absent and taken as 1.`);
  const base = {
    name: f.name,
    shape,
    tauMem: scaled(f.parameter("tau_mem", shape, "positive"), context.toSeconds),
    r: f.parameter("r", shape),
    vLeak: f.parameter("v_leak", shape),
    receptors: [
      {
        name: "syn",
        tauSyn: scaled(f.parameter("tau_syn", shape, "positive"), context.toSeconds),
        wIn: f.has("w_in") ? f.parameter("w_in", shape) : 1,
      },
    ],
    ...undriven,
  };
  return f.type === "CubaLI"
    ? { ...base, kind: "CubaLI" }
    : { ...base, kind: "CubaLIF", ...spiking(f, shape, context) };
}
