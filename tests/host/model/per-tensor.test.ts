/** Scale and zero point of a tensor that has one of each: nothing is guessed where it has more, or none. */
import { expect, test } from "vitest";
import { perTensor, type Tensor } from "../../../host/model/graph.ts";
import { int8Tensor } from "../../support/graphs.ts";

const tensor = (scales: readonly number[], zeroPoints: readonly number[]): Tensor => ({
  ...int8Tensor("dense", [2, 2]),
  quantization: { scales, zeroPoints, axis: 0 },
});

test("one of each", () => {
  expect(perTensor(tensor([0.25], [-3]))).toEqual({ scale: 0.25, zeroPoint: -3 });
});

test.each([
  [
    [0.5, 0.25],
    [0, 0],
  ],
  [[0.5], []],
  [[], [0]],
  [[0.5], [1, 2]],
])("scales %j, zero points %j: thrown, with the tensor's name", (scales, zeroPoints) => {
  expect(() => perTensor(tensor(scales, zeroPoints))).toThrow(
    `dense has ${scales.length} scales and ${zeroPoints.length} zero points`,
  );
});
