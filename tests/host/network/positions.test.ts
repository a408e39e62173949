/** Where the neurons of a population stand. */
import { expect, test } from "vitest";
import { box, grid, line, ring } from "../../../host/network/index.ts";

const random = () => 0.5;
test("line, ring, grid and box", () => {
  expect([...line(4)(3, random)]).toEqual([0, 0, 0, 2, 0, 0, 4, 0, 0]);
  expect([...line(4)(1, random)]).toEqual([0, 0, 0]);
  expect([...grid(2, 3)(3, random)]).toEqual([0, 0, 0, 3, 0, 0, 0, 3, 0]);
  expect([...box(1, 2, 4)(1, random)]).toEqual([0.5, 1, 2]);
  const quarter = ring(2 * Math.PI)(4, random);
  [1, 0, 0, 0, 1, 0, -1, 0, 0, 0, -1, 0].forEach((x, k) => {
    expect(quarter[k]).toBeCloseTo(x, 12);
  });
});
