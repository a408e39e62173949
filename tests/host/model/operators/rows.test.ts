/** The rule book: complete, and as strict as TFLite about the scales of biases. */
import { expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import { at } from "../../../../host/model/at.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { Judge, OPERATORS, operatorName } from "../../../../host/model/operators/index.ts";
import { randomOperator } from "../../../support/random-graph.ts";

function problemsOf({ nodes, tensors }: LayeredGraph): readonly Problem[] {
  const problems: Problem[] = [];
  const judge = new Judge(problems);
  for (const node of nodes) {
    const { kind, inputs, output } = node;
    const where = operatorName(node.index, kind, node.name);
    const tensorOf = (k: number) => at(tensors, at(inputs, k));
    const found = judge.operands(kind, inputs.length, tensorOf, at(tensors, output), where);
    if (found !== null) judge.node(node, found, where);
  }
  return problems;
}

/** One node with s_in = 0.5, s_w = 0.25, s_out = 2, and a bias that says its own scale. */
function withBias(kind: "CONV_2D" | "FULLY_CONNECTED", biasScale: number): LayeredGraph {
  const graph = randomOperator(kind, 4);
  const [node] = graph.nodes;
  const scales = new Map([
    [node?.inputs[0], 0.5],
    [node?.inputs[1], 0.25],
    [node?.inputs[2], biasScale],
    [node?.output, 2],
  ]);
  const tensors = graph.tensors.map((tensor, k) => {
    const { axis, zeroPoints } = tensor.quantization;
    const quantization = { scales: [scales.get(k) ?? 1], zeroPoints: zeroPoints.slice(0, 1), axis };
    return { ...tensor, quantization };
  });
  return { ...graph, tensors };
}

test("TFLite: |s_in · s_w − s_bias| / s_out ≤ 0.02 for FULLY_CONNECTED, and nothing for convolutions", () => {
  // 0.125 ± 0.04
  for (const sound of [0.125, 0.0851, 0.1649]) {
    expect(problemsOf(withBias("FULLY_CONNECTED", sound)), String(sound)).toEqual([]);
  }
  for (const wrong of [0.0849, 0.1651, 0.5]) {
    expect(problemsOf(withBias("FULLY_CONNECTED", wrong))).toEqual([
      expect.objectContaining({
        code: "MODEL_QUANT",
        got: `a bias of scale ${wrong}`,
        expected: "0.125, the input's scale times the weights'",
      }),
    ]);
  }
  expect(problemsOf(withBias("CONV_2D", 0.5))).toEqual([]);
});

test("per channel TFLite does not look", () => {
  const graph = withBias("FULLY_CONNECTED", 0.5);
  const weights = graph.nodes[0]?.inputs[1] ?? -1;
  const channels = graph.tensors[weights]?.shape[0] ?? 0;
  expect(channels).toBeGreaterThan(1);
  const quantization = {
    scales: Array<number>(channels).fill(0.25),
    zeroPoints: Array<number>(channels).fill(0),
    axis: 0,
  };
  const tensors = graph.tensors.map((t, k) => (k === weights ? { ...t, quantization } : t));
  expect(problemsOf({ ...graph, tensors })).toEqual([]);
});

test("a bias that says no scale is sound", () => {
  expect(problemsOf(withBias("FULLY_CONNECTED", 1))).toEqual([]);
});

test("TFLite's kernels allow 0.1 % of a scale that is fixed, and nothing of its zero point", () => {
  const judged = (factor: number, zeroPoint: number) => {
    const graph = randomOperator("SOFTMAX", 1);
    const output = graph.nodes[0]?.output;
    const quantization = { scales: [factor / 256], zeroPoints: [zeroPoint], axis: 0 };
    const tensors = graph.tensors.map((t, k) => (k === output ? { ...t, quantization } : t));
    return problemsOf({ ...graph, tensors }).length;
  };
  for (const factor of [1, 0.99901, 1.00099]) expect(judged(factor, -128)).toBe(0);
  for (const factor of [0.9989, 1.0011]) expect(judged(factor, -128)).toBe(1);
  expect(judged(1, -127)).toBe(1);
});

test("a kind without a row does not build, nor an attribute without a rule", () => {
  const { TANH, ...withoutTanh } = OPERATORS;
  // @ts-expect-error: TANH is missing
  const rows: typeof OPERATORS = withoutTanh;
  const { beta, ...withoutBeta } = OPERATORS.SOFTMAX.attributes;
  // @ts-expect-error: beta is missing
  const rules: typeof OPERATORS.SOFTMAX.attributes = withoutBeta;
  expect([rows.TANH, rules.beta]).not.toContain(TANH ?? beta);
});
