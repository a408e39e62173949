/** What the fields of a graph must be to each other: operands, shapes, quantisation. One row per operator. */
import { type Problem, problem } from "../../errors.ts";
import {
  elements,
  type LayeredGraph,
  type LayerKind,
  type LayerNode,
  type NodeOf,
  perTensor,
} from "../../model/graph.ts";
import { isActivation, Judged, quantText, type Shape } from "./judged.ts";

/** Notes every problem of every node and port. Order and single writers are the compiler's to judge. */
export function checkNodes(graph: LayeredGraph, problems: Problem[]): void {
  const ports = [...graph.inputs, ...graph.outputs];
  for (const { tensor } of ports) {
    const found = graph.tensors[tensor];
    if (found && isActivation(found)) continue;
    const expected = "an int8 tensor with one scale";
    problems.push(problem("MODEL_QUANT", `port of tensor ${tensor}`, quantText(found), expected));
  }
  for (const { tensor } of graph.inputs) {
    if (graph.tensors[tensor]?.data == null) continue;
    problems.push(problem("MODEL_FORMAT", `input tensor ${tensor}`, "a constant", "an activation"));
  }
  if (graph.inputs.length === 0 || graph.outputs.length === 0) {
    problems.push(problem("MODEL_FORMAT", "graph", "no inputs or no outputs", "at least one each"));
  }
  for (const node of graph.nodes) {
    const judged = new Judged(node, graph, problems);
    if (judged.operandsAreThere()) (ROWS[node.kind] as Row<LayerKind>)(node, judged);
  }
}

type Row<K extends LayerKind> = (node: NodeOf<K>, judged: Judged) => void;

const ROWS: { readonly [K in LayerKind]: Row<K> } = {
  CONV_2D(node, j) {
    const [input, weights] = [j.image(), j.weights(4, 0)];
    if (!input || !weights) return;
    const [channels = 0, height = 0, width = 0, depth = 0] = weights;
    if (depth !== input[3]) j.refuse("MODEL_SHAPE", `weights [${weights}]`, `depth ${input[3]}`);
    if (j.bias(channels)) j.windowed(input, height, width, node.window, channels);
  },
  DEPTHWISE_CONV_2D(node, j) {
    const [input, weights] = [j.image(), j.weights(4, 3)];
    if (!input || !weights) return;
    const [one = 0, height = 0, width = 0, channels = 0] = weights;
    if (one !== 1 || channels !== (input[3] ?? 0) * node.multiplier) {
      const expected = `[1, height, width, ${input[3]} · ${node.multiplier}]`;
      j.refuse("MODEL_SHAPE", `weights [${weights}]`, expected);
    }
    if (j.bias(channels)) j.windowed(input, height, width, node.window, channels);
  },
  FULLY_CONNECTED(_, j) {
    const [input, weights] = [j.activation(0), j.weights(2, 0)];
    if (!input || !weights) return;
    const [channels = 0, depth = 1] = weights;
    const rows = elements(input.shape) / depth;
    const { shape } = j.output;
    const fits = elements(shape) === rows * channels && shape.at(-1) === channels;
    if (!Number.isInteger(rows) || !fits) {
      j.refuse("MODEL_SHAPE", `[${input.shape}] to [${shape}]`, `whole rows for [${weights}]`);
    }
    j.bias(channels);
  },
  ADD: binary,
  SUB: binary,
  MUL: binary,
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN({ axes }, j) {
    const input = j.image();
    if (!input) return;
    if (!["1", "2", "1,2"].includes(axes.join())) {
      return j.refuse("MODEL_OP", `axes [${axes}]`, "[1], [2] or [1,2]");
    }
    const kept = input.map((d, k) => (axes.includes(k) ? 1 : d));
    const dropped = input.filter((_, k) => !axes.includes(k));
    j.shapeIs(kept, dropped);
  },
  RESHAPE: sameBytes,
  SQUEEZE: sameBytes,
  EXPAND_DIMS: sameBytes,
  SOFTMAX({ beta }, j) {
    if (!(beta > 0)) j.refuse("MODEL_OP", `beta ${beta}`, "a positive beta");
    fixed(j, 1 / 256, -128);
  },
  LOGISTIC: (_, j) => fixed(j, 1 / 256, -128),
  TANH: (_, j) => fixed(j, 1 / 128, 0),
  RELU: (_, j) => j.sameShape(),
  RELU6: (_, j) => j.sameShape(),
  LEAKY_RELU: (_, j) => j.sameShape(),
  QUANTIZE: (_, j) => j.sameShape(),
  DEQUANTIZE_QUANTIZE: (_, j) => j.sameShape(),
  CONCATENATION({ axis, inputs }, j) {
    const tensors = inputs.map((_, k) => j.activation(k));
    const shapes = tensors.map((tensor) => tensor?.shape ?? []);
    const [first = []] = shapes;
    const match = shapes.every(
      (s) => s.length === first.length && s.every((d, k) => k === axis || d === first[k]),
    );
    if (!match || axis >= first.length) {
      return j.refuse(
        "MODEL_SHAPE",
        shapes.map((s) => `[${s}]`).join(" "),
        `equal but axis ${axis}`,
      );
    }
    const total = shapes.reduce((n, s) => n + (s[axis] ?? 0), 0);
    j.shapeIs(first.map((d, k) => (k === axis ? total : d)));
    inputs.forEach((_, k) => {
      j.sameQuantisation(k);
    });
  },
  PAD({ before, after }, j) {
    const shape = j.activation(0)?.shape ?? [];
    if (before.length !== shape.length || after.length !== shape.length) {
      return j.refuse("MODEL_OP", `paddings of ${before.length} axes`, `${shape.length} axes`);
    }
    j.shapeIs(shape.map((d, k) => d + (before[k] ?? 0) + (after[k] ?? 0)));
    j.sameQuantisation(0);
  },
};

function binary(_: LayerNode, j: Judged): void {
  const [a, b] = [j.activation(0)?.shape, j.activation(1)?.shape];
  if (!a || !b) return;
  // NumPy's rule: trailing dimensions are equal or 1
  const rank = Math.max(a.length, b.length);
  const dim = (s: Shape, k: number) => s[s.length - rank + k] ?? 1;
  const shape = Array.from({ length: rank }, (_, k) => Math.max(dim(a, k), dim(b, k)));
  const fits = (s: Shape) => shape.every((d, k) => dim(s, k) === d || dim(s, k) === 1);
  if (fits(a) && fits(b)) j.shapeIs(shape);
  else j.refuse("MODEL_SHAPE", `[${a}] and [${b}]`, "shapes that broadcast");
}

function pool(node: NodeOf<"AVERAGE_POOL_2D" | "MAX_POOL_2D">, j: Judged): void {
  const input = j.image();
  const { dilationH, dilationW } = node.window;
  if (dilationH !== 1 || dilationW !== 1) {
    j.refuse("MODEL_OP", `dilation ${dilationH},${dilationW}`, "1,1: a pool has none");
  }
  if (input) j.windowed(input, node.filterH, node.filterW, node.window, input[3] ?? 0);
  j.sameQuantisation(0);
}

function sameBytes(_: LayerNode, j: Judged): void {
  const shape = j.activation(0)?.shape ?? [];
  if (elements(shape) !== elements(j.output.shape)) {
    j.refuse("MODEL_SHAPE", `[${shape}] to [${j.output.shape}]`, "as many elements as before");
  }
  j.sameQuantisation(0);
}

/** Operators whose output scale the quantisation specification fixes. */
function fixed(j: Judged, scale: number, zeroPoint: number): void {
  j.sameShape();
  const output = perTensor(j.output);
  if (Math.abs(output.scale - scale) < 1e-3 * scale && output.zeroPoint === zeroPoint) return;
  j.refuse("MODEL_QUANT", quantText(j.output), `scale 1/${1 / scale}, zero point ${zeroPoint}`);
}
