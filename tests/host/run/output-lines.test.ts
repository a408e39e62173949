/** Outputs without names: the first of each sample, and the largest wherever it is. */
import { expect, test } from "vitest";
import { outputLines } from "../../../host/run/output-lines.ts";

test("the largest of more outputs than a call takes arguments", () => {
  const row = new Array<number>(200_000).fill(0.25);
  row[150_000] = 0.75;
  row[199_999] = 0.75;
  const [, line] = outputLines([row], row.length, 1);
  expect(line).toMatch(/0\.250 {2}\[150000\] 0\.750$/);
});
