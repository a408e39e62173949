/** Operators of the oracle that no shared data covers: small cases worked by hand, and real functions. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  activation,
  addNode,
  constantI8,
  constantI32,
  type Draft,
  emptyDraft,
  graphInput,
  type Quantised,
} from "../random-draft.ts";
import { interpret } from "./index.ts";

const q = (scale: number, zeroPoint: number): Quantised => ({ scale, zeroPoint });

/** Builds one operator and runs it with double rounding. */
function run(input: readonly number[], build: (draft: Draft) => number): number[] {
  const draft = emptyDraft(mulberry32(0));
  const output = build(draft);
  const { tensors, nodes, inputs } = draft;
  const port = (tensor: number) => ({ tensor, edge: "i8" as const });
  const graph = {
    kind: "layered" as const,
    source: { name: "case", format: "graph" as const, sha256: "" },
    tensors,
    nodes,
    inputs: inputs.map(port),
    outputs: [port(output)],
    labels: null,
  };
  return [...interpret(graph, Int8Array.from(input), "double").output];
}

const EVERY_INT8 = Array.from({ length: 256 }, (_, k) => k - 128);

/** An operator of one operand over every int8 value. */
const unary = (
  node: Pick<Extract<Parameters<typeof addNode>[1], { alpha: number }>, "kind" | "alpha"> | Plain,
  from: Quantised,
  to: Quantised,
): number[] =>
  run(EVERY_INT8, (draft) => {
    const input = graphInput(draft, [1, 256], from);
    return addNode(draft, { ...node, inputs: [input], output: activation(draft, [1, 256], to) });
  });

type Plain = {
  kind: "LOGISTIC" | "TANH" | "RELU" | "RELU6" | "QUANTIZE" | "DEQUANTIZE_QUANTIZE";
};

const saturate = (x: number): number => Math.min(127, Math.max(-128, Math.round(x)));

test("logistic and tanh are the correctly rounded functions", () => {
  for (const scale of [0.02, 0.05, 0.0625, 0.1, 0.3]) {
    const sigmoid = (x: number) => saturate(256 / (1 + Math.exp(-scale * (x - 3))) - 128);
    expect(unary({ kind: "LOGISTIC" }, q(scale, 3), q(1 / 256, -128))).toEqual(
      EVERY_INT8.map(sigmoid),
    );
    const tanh = (x: number) => saturate(128 * Math.tanh(scale * (x + 5)));
    expect(unary({ kind: "TANH" }, q(scale, -5), q(1 / 128, 0))).toEqual(EVERY_INT8.map(tanh));
  }
});

test("rescaling: RELU clamps at the output's zero point, RELU6 keeps its quantisation", () => {
  // (x − 10) / 2: through float32 halves go away from zero; a multiplier of 2^30 at exponent 0 rounds them up
  const up = (x: number) => Math.round((x - 10) / 2) + 4;
  const away = (x: number) => Math.sign(x - 10) * Math.round(Math.abs(x - 10) / 2) + 4;
  const [from, to] = [q(0.5, 10), q(1, 4)];
  expect(unary({ kind: "QUANTIZE" }, from, to)).toEqual(EVERY_INT8.map(up));
  expect(unary({ kind: "DEQUANTIZE_QUANTIZE" }, from, to)).toEqual(EVERY_INT8.map(away));
  expect(unary({ kind: "RELU" }, from, to)).toEqual(EVERY_INT8.map((x) => Math.max(4, up(x))));
  // six is 6 / 0.125 = 48 steps above −20
  expect(unary({ kind: "RELU6" }, q(0.125, -20), q(0.125, -20))).toEqual(
    EVERY_INT8.map((x) => Math.min(28, Math.max(-20, x))),
  );
});

test("LEAKY_RELU multiplies below the zero point only, with the sign of alpha", () => {
  for (const alpha of [0.25, -0.25]) {
    // the multiplier is half of alpha's power of two: first halves go up, then away from zero
    const expected = (x: number) => {
      const first = Math.round(2 * x * alpha);
      return x >= 0 ? x : Math.sign(first) * Math.round(Math.abs(first) / 2);
    };
    expect(unary({ kind: "LEAKY_RELU", alpha }, q(1, 0), q(1, 0))).toEqual(
      EVERY_INT8.map((x) => expected(x) + 0),
    );
  }
});

test("ADD, SUB and MUL with broadcasting, saturation and fused activations", () => {
  const pair = (kind: "ADD" | "SUB" | "MUL", fused: "NONE" | "RELU6", to: Quantised) =>
    run([10, -10, 100, -128, 4, 2], (draft) => {
      const a = graphInput(draft, [1, 2, 1, 2], q(0.5, 2));
      const b = graphInput(draft, [2], q(0.25, 0));
      const output = activation(draft, [1, 2, 1, 2], to);
      return addNode(draft, { kind, inputs: [a, b], output, activation: fused });
    });
  // a = 4, −6, 49, −65; b = 1, 0.5 in turn
  expect(pair("ADD", "NONE", q(0.5, 1))).toEqual([11, -10, 101, -128]);
  expect(pair("SUB", "NONE", q(0.5, 1))).toEqual([7, -12, 97, -128]);
  expect(pair("MUL", "NONE", q(0.5, 0))).toEqual([8, -6, 98, -65]);
  expect(pair("ADD", "RELU6", q(0.5, 1))).toEqual([11, 1, 13, 1]);
});

test("MEAN divides by its count inside the multiplier", () => {
  const mean = (axes: number[], shape: number[]) =>
    run([1, 10, 2, 20, 3, 30, 5, 50], (draft) => {
      const input = graphInput(draft, [1, 2, 2, 2], q(1, 0));
      return addNode(draft, {
        kind: "MEAN",
        inputs: [input],
        output: activation(draft, shape, q(0.5, -1)),
        axes,
      });
    });
  expect(mean([1, 2], [1, 2])).toEqual([2 * 2.75 - 1 + 0.5, 2 * 27.5 - 1]);
  expect(mean([1], [1, 2, 2])).toEqual([3, 39, 6, 69]);
  expect(mean([2], [1, 2, 1, 2])).toEqual([2, 29, 7, 79]);
});

test("pools count only the taps inside the image", () => {
  const pool = (kind: "AVERAGE_POOL_2D" | "MAX_POOL_2D") =>
    run([1, -2, 3, -4, 5, -6, 7, -8, 9], (draft) => {
      const quantised = q(1, 0);
      return addNode(draft, {
        kind,
        inputs: [graphInput(draft, [1, 3, 3, 1], quantised)],
        output: activation(draft, [1, 2, 2, 1], quantised),
        window: {
          strideH: 2,
          strideW: 2,
          dilationH: 1,
          dilationW: 1,
          padding: { top: 0, bottom: 1, left: 0, right: 1 },
        },
        filterH: 2,
        filterW: 2,
        activation: "NONE",
      });
    });
  expect(pool("MAX_POOL_2D")).toEqual([5, 3, 7, 9]);
  // 0/4, (3 − 6)/2 = −1.5, (7 − 8)/2 = −0.5: halves away from zero
  expect(pool("AVERAGE_POOL_2D")).toEqual([0, -2, -1, 9]);
});

test("depth multiplier: output channel c · k + m reads input channel c", () => {
  const output = run([3, 100], (draft) => {
    const input = graphInput(draft, [1, 1, 1, 2], q(1, 0));
    const weights = constantI8(draft, [1, 1, 1, 4], Int8Array.of(1, 2, -1, 1), [1], 0, 3);
    const bias = constantI32(draft, Int32Array.of(0, 10, 0, 0));
    return addNode(draft, {
      kind: "DEPTHWISE_CONV_2D",
      inputs: [input, weights, bias],
      output: activation(draft, [1, 1, 1, 4], q(1, 0)),
      window: {
        strideH: 1,
        strideW: 1,
        dilationH: 1,
        dilationW: 1,
        padding: { top: 0, bottom: 0, left: 0, right: 0 },
      },
      multiplier: 2,
      activation: "NONE",
    });
  });
  expect(output).toEqual([3, 16, -100, 100]);
});

test("fully connected with a weight zero point, two rows", () => {
  const output = run([1, 2, 3, 4], (draft) => {
    const input = graphInput(draft, [2, 2], q(1, 1));
    const weights = constantI8(draft, [1, 2], Int8Array.of(5, 7), [1], 3, 0);
    const bias = constantI32(draft, Int32Array.of(-1));
    return addNode(draft, {
      kind: "FULLY_CONNECTED",
      inputs: [input, weights, bias],
      output: activation(draft, [2, 1], q(1, 0)),
      activation: "NONE",
    });
  });
  expect(output).toEqual([2 * 0 + 4 * 1 - 1, 2 * 2 + 4 * 3 - 1]);
});

test("concatenation along any axis, padding with the zero point", () => {
  const joined = run([1, 2, 3, 4, 5, 6], (draft) => {
    const a = graphInput(draft, [2, 2], q(1, 0));
    const b = graphInput(draft, [2, 1], q(1, 0));
    const output = activation(draft, [2, 3], q(1, 0));
    return addNode(draft, { kind: "CONCATENATION", inputs: [a, b], output, axis: 1 });
  });
  expect(joined).toEqual([1, 2, 5, 3, 4, 6]);
  const padded = run([1, 2], (draft) => {
    const input = graphInput(draft, [1, 1, 2, 1], q(1, -7));
    return addNode(draft, {
      kind: "PAD",
      inputs: [input],
      output: activation(draft, [1, 2, 4, 1], q(1, -7)),
      before: [0, 1, 0, 0],
      after: [0, 0, 2, 0],
    });
  });
  expect(padded).toEqual([-7, -7, -7, -7, 1, 2, -7, -7]);
});

test("softmax is within one step of the real function", () => {
  const scale = 0.1;
  const values = Array.from({ length: 40 }, (_, k) => ((k * 37) % 120) - 60);
  const output = run(values, (draft) => {
    const input = graphInput(draft, [1, 40], q(scale, 0));
    const to = activation(draft, [1, 40], q(1 / 256, -128));
    return addNode(draft, { kind: "SOFTMAX", inputs: [input], output: to, beta: 1 });
  });
  const powers = values.map((v) => Math.exp(v * scale));
  const total = powers.reduce((n, p) => n + p, 0);
  output.forEach((v, k) => {
    expect(Math.abs(v + 128 - (256 * (powers[k] ?? 0)) / total)).toBeLessThanOrEqual(1);
  });
});
