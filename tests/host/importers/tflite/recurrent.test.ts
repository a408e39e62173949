/** LSTM and SVDF: a file and back, what states hold first, and what is refused. The bytes: tests/conformance/recurrent.test.ts. */
import { expect, test } from "vitest";
import { graphJson } from "../../../../host/importers/graph/write.ts";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { i8 } from "../../../support/flatbuffer-writer.ts";
import { RECURRENT_KINDS, randomRecurrent } from "../../../support/random-recurrent.ts";
import { problemsOf } from "../../../support/single-operator.ts";
import { tfliteModel } from "../../../support/tflite-from-graph.ts";
import { type ModelFile, writeTflite } from "../../../support/tflite-writer.ts";

async function load(file: ModelFile): Promise<LayeredGraph> {
  const graph = await importModel(writeTflite(file), "test.tflite");
  if (graph.kind !== "layered") throw new Error("a spiking graph");
  return graph;
}

test.each(RECURRENT_KINDS)("30 × %s come back; states hold their zero point", async (kind) => {
  for (let seed = 0; seed < 30; seed++) {
    const graph = randomRecurrent(kind, seed);
    const read = await load(tfliteModel(graph));
    const tensors = ({ tensors, nodes }: LayeredGraph) =>
      nodes[0]?.inputs.map((t) => {
        const { name, shape, dtype, quantization, data } = tensors[t] ?? {};
        return { name, shape, dtype, scales: quantization?.scales, data: data && [...data] };
      });
    expect(tensors(read), graph.source.name).toEqual(tensors(graph));
    const [own, wanted] = [read, graph].map(({ nodes }) => ({
      ...nodes[0],
      inputs: [],
      output: 0,
      name: "",
    }));
    expect(own).toEqual(wanted);
    for (const { tensor, next, initial } of read.variables ?? []) {
      const { dtype, quantization } = read.tensors[tensor] ?? {};
      expect(next).toBe(tensor);
      const start = dtype === "i8" ? (quantization?.zeroPoints[0] ?? 0) & 0xff : 0;
      expect(new Set(initial)).toEqual(new Set([start]));
    }
    expect(read.variables?.length).toBe(graph.variables?.length);
  }
});

test.each(RECURRENT_KINDS)("20 × %s as JSON and back", async (kind) => {
  for (let seed = 0; seed < 20; seed++) {
    const graph = randomRecurrent(kind, seed);
    const text = new TextEncoder().encode(graphJson(graph));
    const { source: _, ...read } = await importModel(text, "graph.json");
    const { source: _own, ...wanted } = graph;
    expect(read).toEqual(wanted);
  }
});

const changed = (kind: (typeof RECURRENT_KINDS)[number], change: (file: ModelFile) => void) => {
  const file = tfliteModel(randomRecurrent(kind, 0));
  change(file);
  return writeTflite(file);
};
const operands = (file: ModelFile, change: (inputs: number[]) => number[]) => {
  file.operators = file.operators.map((one) => ({ ...one, inputs: change([...one.inputs]) }));
};

test.each([
  [
    "peepholes",
    (file: ModelFile) => operands(file, (all) => all.with(10, all[1] ?? 0)),
    "an LSTM with peepholes",
  ],
  [
    "a projection",
    (file: ModelFile) => operands(file, (all) => all.with(16, all[1] ?? 0)),
    "an LSTM with a projection",
  ],
  [
    "no input gate",
    (file: ModelFile) => operands(file, (all) => all.with(1, -1)),
    "an LSTM with coupled input and forget gates",
  ],
  [
    "another activation",
    (file: ModelFile) => {
      file.operators = file.operators.map((one) => ({ ...one, options: [i8(1)] }));
    },
    "activation RELU",
  ],
])("an LSTM with %s: refused", async (_, change, got) => {
  const problems = await problemsOf(changed("UNIDIRECTIONAL_SEQUENCE_LSTM", change));
  expect(problems.map((one) => one.got)).toEqual([got]);
});

test("cells of no power of two, states of another length, rank that does not divide", async () => {
  const cell = changed("UNIDIRECTIONAL_SEQUENCE_LSTM", ({ tensors }) => {
    for (const one of tensors) if (one.type === "int16") one.scales = [0.3];
  });
  expect((await problemsOf(cell)).map(({ got }) => got)).toEqual([
    expect.stringContaining("a cell state of scale 0.3"),
  ]);
  const state = changed("SVDF", ({ tensors }) => {
    for (const one of tensors) if (one.variable) one.shape = [1, 999];
  });
  expect((await problemsOf(state)).map(({ got }) => got)).toEqual(["state [1,999]"]);
});
