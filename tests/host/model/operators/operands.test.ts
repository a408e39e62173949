/** Tensors in their roles: ends of sizes and quantisation, and problems that are said once. */
import { expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import { at } from "../../../../host/model/at.ts";
import type { LayerKind, Tensor } from "../../../../host/model/graph.ts";
import { Judge } from "../../../../host/model/operators/index.ts";
import {
  ACTIVATION_OPERAND,
  BIAS,
  fitFinding,
  IMAGE,
  tensorFinding,
} from "../../../../host/model/operators/operands.ts";

const tensor = (shape: readonly number[], more: Partial<Tensor> = {}): Tensor => ({
  name: "t",
  shape,
  dtype: "i8",
  quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
  data: null,
  ...more,
});

test("up to six dimensions and 64 MiB", () => {
  const finding = (shape: readonly number[]) => tensorFinding(tensor(shape), ACTIVATION_OPERAND);
  for (const shape of [[], [1], [2 ** 26], [2 ** 13, 2 ** 13], [1, 1, 1, 1, 1, 1]]) {
    expect(finding(shape), `[${shape}]`).toBeNull();
  }
  const wrong = [[2 ** 26 + 1], [2 ** 13, 2 ** 13 + 1], [1, 1, 1, 1, 1, 1, 1], [0], [3, -1], [0.5]];
  for (const shape of wrong) {
    expect(finding(shape)).toMatchObject({ code: "MODEL_SHAPE", got: `shape [${shape}]` });
  }
});

test("zero points from −128 to 127, positive finite scales", () => {
  const finding = (scale: number, zeroPoint: number) => {
    const quantization = { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
    return tensorFinding(tensor([4], { quantization }), ACTIVATION_OPERAND);
  };
  for (const zeroPoint of [-128, 0, 127]) expect(finding(1, zeroPoint)).toBeNull();
  for (const zeroPoint of [-129, 128, 0.5]) {
    expect(finding(1, zeroPoint)).toMatchObject({ got: `zero point ${zeroPoint}` });
  }
  for (const scale of [2 ** -149, 3e38]) expect(finding(scale, 0)).toBeNull();
  for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(finding(scale, 0)).toMatchObject({ got: `scale ${scale}` });
  }
});

test("a bias is constant int32, one value per channel", () => {
  const finding = (shape: readonly number[], data: Uint8Array | null) =>
    tensorFinding(tensor(shape, { dtype: "i32", data }), { ...BIAS, channels: 3 });
  expect(finding([3], new Uint8Array(12))).toBeNull();
  expect(finding([2], new Uint8Array(8))).toMatchObject({
    got: "int32 [2]",
    expected: "constant int32 [3]",
  });
  expect(finding([3], null)).toMatchObject({ got: "int32, computed, [3]" });
  expect(finding([3], new Uint8Array(11))).toMatchObject({ code: "MODEL_FORMAT", got: "11 bytes" });
});

test("an image has four dimensions, of which the first is 1", () => {
  expect(fitFinding(tensor([1, 4, 4, 2]), IMAGE)).toBeNull();
  for (const shape of [[1, 4, 4], [1, 4, 4, 2, 1], [2, 4, 4, 2], [1]]) {
    expect(fitFinding(tensor(shape), IMAGE)).toMatchObject({ got: `input [${shape}]` });
    expect(fitFinding(tensor(shape), ACTIVATION_OPERAND)).toBeNull();
  }
});

test("what is wrong with a tensor is said once, whoever reads it", () => {
  const problems: Problem[] = [];
  const judge = new Judge(problems);
  const quantization = { scales: [-1], zeroPoints: [0], axis: 0 };
  const wrong = tensor([1, 2, 2, 3], { name: "wrong", quantization });
  const sound = tensor([1, 2, 2, 3]);
  expect(judge.port(wrong)).toBe(false);
  for (const kind of ["RELU", "MEAN", "MAX_POOL_2D", "RELU"] as const) {
    expect(judge.operands(kind, 1, () => wrong, sound, kind)).toBeNull();
  }
  expect(problems.map(({ where, got }) => `${where}: ${got}`)).toEqual(["tensor wrong: scale -1"]);
});

test("as many operands as the kind has, and at least one to join", () => {
  const problems: Problem[] = [];
  const judge = new Judge(problems);
  const one = tensor([1, 2]);
  const counted = (kind: LayerKind, count: number) =>
    judge.operands(kind, count, () => one, one, "here") !== null;
  expect([0, 1, 2].map((count) => counted("RELU", count))).toEqual([false, true, false]);
  expect([1, 2, 3].map((count) => counted("ADD", count))).toEqual([false, true, false]);
  expect([0, 1, 9].map((count) => counted("CONCATENATION", count))).toEqual([false, true, true]);
  expect(at(problems, 0)).toMatchObject({
    code: "MODEL_FORMAT",
    where: "here",
    got: "0 inputs",
    expected: "1 inputs",
  });
});
