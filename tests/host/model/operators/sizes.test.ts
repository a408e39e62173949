/** Shapes that no tensor has: whole numbers from 1 on, and not too many of them. */
import { expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import { Judge } from "../../../../host/model/operators/index.ts";
import { int8Tensor } from "../../../support/graphs.ts";

const found = (shape: readonly number[]): readonly string[] => {
  const problems: Problem[] = [];
  new Judge(problems).port(int8Tensor("a", shape));
  return problems.map(({ got }) => got);
};

test("of a port", () => {
  expect(found([1, 4])).toEqual([]);
  for (const shape of [[1, 1.5], [2.5, 2], [0, 4], [4, -1], [Number.NaN], [2 ** 13, 2 ** 13 + 1]]) {
    expect(found(shape)).toEqual([`shape [${shape}]`]);
  }
});
