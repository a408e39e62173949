/** Graph → .tflite file → graph: every operator, over shapes, windows, activations and quantisations. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph, LayerNode, Port, Tensor } from "../../../../host/model/graph.ts";
import { randomChain, randomOperator } from "../../../support/random-graph.ts";
import { KINDS } from "../../../support/random-operators.ts";
import { tfliteBytes, tfliteModel } from "../../../support/tflite-from-graph.ts";
import { type ModelFile, writeTflite } from "../../../support/tflite-writer.ts";

const SEEDS = 60;

/** What a graph says, whatever the order of its tensors and the numbers of its operators. */
function meaning(graph: LayeredGraph) {
  const tensor = (t: number) => {
    const { name, shape, dtype, quantization, data } = graph.tensors[t] as Tensor;
    const { scales, zeroPoints, axis } = quantization;
    const contents = data && Buffer.from(data).toString("base64");
    return { name, shape, dtype, scales, zeroPoints, axis: scales.length > 1 ? axis : 0, contents };
  };
  const node = ({ index, name, inputs, output, ...attributes }: LayerNode) => ({
    ...attributes,
    inputs: inputs.map(tensor),
    output: tensor(output),
  });
  const port = (p: LayeredGraph["inputs"][number]) => ({ edge: p.edge, tensor: tensor(p.tensor) });
  return {
    nodes: graph.nodes.map(node),
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
  };
}

async function load(bytes: Uint8Array): Promise<LayeredGraph> {
  const graph = await importModel(bytes, "test.tflite");
  if (graph.kind !== "layered") throw new Error("a spiking graph");
  return graph;
}

async function comesBack(graph: LayeredGraph, change: (file: ModelFile) => void = () => {}) {
  const file = tfliteModel(graph);
  change(file);
  expect(meaning(await load(writeTflite(file))), graph.source.name).toEqual(meaning(graph));
}

// what files of uint8 become is compared byte by byte, in tests/conformance/unsigned.test.ts
for (const kind of KINDS.filter((one) => one !== "AVERAGE_POOL_2D_U8")) {
  test(`${SEEDS} × ${kind}`, async () => {
    for (let seed = 0; seed < SEEDS; seed++) await comesBack(randomOperator(kind, seed));
  });
}

test(`${SEEDS} chains of operators`, async () => {
  for (let seed = 0; seed < SEEDS; seed++) await comesBack(randomChain(seed));
});

test("float32 edges: the host converts, the graph starts and ends in int8", async () => {
  const graph = randomOperator("ADD", 4);
  const float = (port: Port): Port => ({ ...port, edge: "f32" });
  await comesBack({
    ...graph,
    inputs: graph.inputs.map(float),
    outputs: graph.outputs.map(float),
  });
});

test("files older than schema 3a, and constants stored behind the flatbuffer", async () => {
  for (let seed = 0; seed < 10; seed++) {
    await comesBack(randomChain(seed), (file) => {
      file.oldCodes = true;
    });
    await comesBack(randomChain(seed), (file) => {
      file.buffersBehind = true;
    });
  }
});

test("nodes carry the operator's number in the file and the name of its output", async () => {
  // one operator of the file for each node
  const chains = Array.from({ length: 20 }, (_, seed) => randomChain(seed));
  const graph = chains.find(({ nodes }) =>
    nodes.every(({ kind }) => kind !== "DEQUANTIZE_QUANTIZE"),
  );
  if (graph === undefined) throw new Error("no such chain");
  const { nodes, tensors } = await load(tfliteBytes(graph));
  expect(nodes.map(({ index }) => index)).toEqual(graph.nodes.map(({ index }) => index));
  expect(nodes.map(({ name }) => name)).toEqual(nodes.map(({ output }) => tensors[output]?.name));
});

test("a bias left out reads as zeros, by −1 and by a short list alike", async () => {
  const graph = randomOperator("CONV_2D", 1);
  for (const left of [[-1], []]) {
    const file = tfliteModel(graph);
    const [operator] = file.operators;
    if (!operator) throw new Error("no operator");
    operator.inputs = [...operator.inputs.slice(0, 2), ...left];
    const { nodes, tensors } = await load(writeTflite(file));
    const bias = tensors[nodes[0]?.inputs[2] ?? -1];
    expect(bias).toMatchObject({
      dtype: "i32",
      shape: [tensors[nodes[0]?.output ?? -1]?.shape[3]],
    });
    expect(bias?.data?.every((byte) => byte === 0)).toBe(true);
  }
});

test("options left out are those of the schema: no dilation, no activation, SAME", async () => {
  let [undilated, bare] = [0, 0];
  for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D"] as const) {
    const first = kind === "CONV_2D" ? 4 : 5; // the number of the first dilation
    for (let seed = 0; seed < 40; seed++) {
      const graph = randomOperator(kind, seed);
      const [node] = graph.nodes;
      if (!node || !("window" in node)) throw new Error("no window");
      const { dilationH, dilationW } = node.window;
      const without = (...numbers: number[]) =>
        comesBack(graph, ({ operators: [operator] }) => {
          const { options = [] } = operator ?? {};
          if (operator) {
            operator.options = options.map((value, k) => (numbers.includes(k) ? null : value));
          }
        });
      if (dilationW === 1) await without(first);
      if (dilationH === 1) await without(first + 1);
      if (dilationW === 1 && dilationH === 1) undilated++;
      if (node.activation !== "NONE") continue;
      await without(first - 1);
      bare++;
    }
  }
  expect(Math.min(undilated, bare)).toBeGreaterThan(5);

  const plain = ["ADD", "SUB", "MUL"] as const;
  for (const kind of plain) {
    const graphs = Array.from({ length: 20 }, (_, seed) => randomOperator(kind, seed));
    const linear = graphs.filter(
      ({ nodes: [node] }) => node?.kind === kind && node.activation === "NONE",
    );
    expect(linear.length).toBeGreaterThan(2);
    for (const graph of linear) {
      await comesBack(graph, ({ operators: [operator] }) => {
        if (operator) delete operator.options;
      });
    }
  }
});

/** The schema's default of a number is 0: a stride or a filter of nothing, which no operator has. */
test.each([
  ["CONV_2D", 1],
  ["CONV_2D", 2],
  ["MAX_POOL_2D", 1],
  ["MAX_POOL_2D", 2],
  ["MAX_POOL_2D", 3],
  ["MAX_POOL_2D", 4],
] as const)(
  "%s without its option %i is refused, not run with a 1 that nobody wrote",
  async (kind, number) => {
    for (let seed = 0; seed < 10; seed++) {
      const file = tfliteModel(randomOperator(kind, seed));
      const [operator] = file.operators;
      if (!operator) throw new Error("no operator");
      operator.options = operator.options?.map((value, k) => (k === number ? null : value)) ?? [];
      await expect(load(writeTflite(file)), `seed ${seed}`).rejects.toThrow(
        /MODEL_SHAPE|MODEL_OP: .* got (filter|stride)[WH] 0/,
      );
    }
  },
);

test("an open batch is batch 1", async () => {
  await comesBack(randomOperator("MAX_POOL_2D", 2), (file) => {
    for (const tensor of file.tensors) tensor.signature = [-1, ...tensor.shape.slice(1)];
  });
});

test("operators that nobody needs are dropped, those that compute a shape included", async () => {
  const graph = randomOperator("RESHAPE", 5);
  await comesBack(graph, (file) => {
    const [operator] = file.operators;
    if (!operator) throw new Error("no operator");
    const input = operator.inputs[0] ?? -1;
    const shape = file.tensors.push({ name: "shape", shape: [4], type: "int32" }) - 1;
    const unused = file.tensors.push({ name: "unused", shape: [4], type: "float32" }) - 1;
    operator.inputs = [input, shape];
    file.operators = [
      { kind: "SHAPE", inputs: [input], outputs: [shape] },
      { kind: "CUSTOM", custom: "Debug", inputs: [input], outputs: [unused] },
      operator,
    ];
  });
});

test("paddings and axes may be int64, axes may count from the end", async () => {
  const wide = (file: ModelFile, change = (v: number) => v) => {
    const tensor = file.tensors.find(({ type }) => type === "int32");
    const values = new Int32Array(tensor?.data?.slice().buffer ?? new ArrayBuffer());
    if (!tensor) throw new Error("no operand");
    tensor.type = "int64";
    const longs = BigInt64Array.from(values, (v) => BigInt(change(v)));
    tensor.data = new Uint8Array(longs.buffer);
  };
  await comesBack(randomOperator("PAD", 3), wide);
  const mean = randomOperator("MEAN", 3);
  const rank = mean.tensors[0]?.shape.length ?? 0;
  await comesBack(mean, (file) => wide(file, (axis) => axis - rank));
});

test("PADV2 with the zero point is PAD", async () => {
  await comesBack(randomOperator("PAD", 7), (file) => {
    const [operator] = file.operators;
    const output = file.tensors[operator?.outputs[0] ?? -1];
    if (!operator || !output) throw new Error("no operator");
    const { scales = [], zeroPoints = [] } = output;
    const data = Uint8Array.of(zeroPoints[0] ?? 0);
    const constant = { name: "fill", shape: [], type: "int8", data, scales, zeroPoints } as const;
    operator.kind = "PADV2";
    operator.inputs = [...operator.inputs, file.tensors.push(constant) - 1];
  });
});
