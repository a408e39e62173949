/** Axes of a mean or a sum in a graph as JSON: some of the input's, each once, in order. */
import { describe, expect, test } from "vitest";
import { graphJson } from "../../../../host/importers/graph/index.ts";
import { encode, problemsOf } from "../../../support/graph-problems.ts";
import { int8Tensor, layeredGraph } from "../../../support/graphs.ts";

function gotOf(kind: "MEAN" | "SUM", axes: readonly number[], output: readonly number[]) {
  const tensors = [int8Tensor("a", [1, 2, 3, 4]), int8Tensor("b", output)];
  const node = { ...{ index: 0, name: "n", inputs: [0], output: 1 }, kind, axes } as const;
  const text = graphJson(layeredGraph(tensors, [node], [0], [1]));
  return problemsOf(encode(text)).map(({ code, got }) => `${code}: ${got}`);
}

describe.each(["MEAN", "SUM"] as const)("%s", (kind) => {
  test.each<[axes: number[], output: number[], problems: string[]]>([
    [[1, 2], [1, 4], []],
    [[1, 2], [1, 1, 1, 4], []],
    [[3], [1, 2, 3], []],
    [[], [1, 2, 3, 4], ["MODEL_OP: axes "]],
    [[2, 1], [1, 4], ["MODEL_OP: axes 2,1"]],
    [[1, 1], [1, 3, 4], ["MODEL_OP: axes 1,1"]],
    [[1, 4], [1, 3, 4], ["MODEL_OP: axes 1,4"]],
  ])("over %j", (axes, output, problems) => {
    expect(gotOf(kind, axes, output)).toEqual(problems);
  });
});
