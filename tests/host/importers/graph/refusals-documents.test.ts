/** Documents that are no graph or another version's, and the ports of a graph. */
import { expect, test } from "vitest";
import { graphJson } from "../../../../host/importers/graph/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { encode, problemsOf } from "../../../support/graph-problems.ts";
import { int8Tensor, layeredGraph, reshape } from "../../../support/graphs.ts";

test("what has neither kind nor nodes is no graph, and that is all that is said", () => {
  const got = (json: object) => problemsOf(encode(JSON.stringify(json))).map((one) => one.got);
  const other = "JSON without a kind and without nodes";
  for (const json of [{}, { version: 2 }, { layers: [] }]) expect(got(json)).toEqual([other]);
  for (const json of [{ kind: "layered" }, { nodes: [] }, { kind: "layered", nodes: [] }]) {
    expect(got(json).length).toBeGreaterThan(1);
    expect(got(json)).not.toContain(other);
  }
});

test("version 1 had no spiking graphs", () => {
  const said = (version: number) =>
    problemsOf(encode(JSON.stringify({ version, kind: "spiking", nodes: [] })));
  const wrong = { where: "graph, kind", got: '"spiking"' };
  expect(said(1)).toContainEqual(expect.objectContaining(wrong));
  expect(said(2)).not.toContainEqual(expect.objectContaining(wrong));
});

test("64 levels, however many were closed before, and brackets in texts are none", () => {
  const texts = JSON.stringify({ "\\": "\\", "[": '"[[', "]": "\\[" }).slice(0, -1);
  const got = (levels: number) =>
    problemsOf(encode(`${texts},":":[${"[],{},".repeat(50)}${"[".repeat(levels)}`))[0]?.got;
  expect(got(62)).toBe("text that is not JSON");
  expect(got(63)).toBe("more than 64 levels");
});

const tensors = [
  int8Tensor("a", [1, 4]),
  int8Tensor("b", [4]),
  int8Tensor("constant", [4], new Uint8Array(4)),
  { ...int8Tensor("wrong", [4]), quantization: { scales: [-1], zeroPoints: [0], axis: 0 } },
];
const GRAPH = layeredGraph(tensors, [reshape(0, 0, 1)], [0], [1]);
const said = (graph: LayeredGraph) =>
  problemsOf(encode(graphJson(graph))).map(({ where, got }) => `${where}: ${got}`);

test("what is wrong with ports is said in their order, and once for each", () => {
  expect(said(GRAPH)).toEqual([]);
  const inputs = [
    { tensor: 99, edge: "i8" },
    { tensor: 2, edge: "i8" },
    { tensor: 0, edge: "u8" },
    // of a tensor that makes no sense it is not asked what its edge is
    { tensor: 3, edge: "u8" },
  ] as const;
  expect(said({ ...GRAPH, inputs, outputs: [] })).toEqual([
    "input 0: tensor 99",
    "input constant: a constant",
    "input 2: edge u8 of a tensor i8",
    "tensor wrong: scale -1",
    "graph: no inputs or no outputs",
  ]);
});
