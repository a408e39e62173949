/** The rule book is complete. */
import { expect, test } from "vitest";
import { OPERATORS } from "../../../../host/model/operators/index.ts";

test("a kind without a row does not build, nor an attribute without a rule", () => {
  const { TANH, ...withoutTanh } = OPERATORS;
  // @ts-expect-error: TANH is missing
  const rows: typeof OPERATORS = withoutTanh;
  const { beta, ...withoutBeta } = OPERATORS.SOFTMAX.attributes;
  // @ts-expect-error: beta is missing
  const rules: typeof OPERATORS.SOFTMAX.attributes = withoutBeta;
  expect([rows.TANH, rules.beta]).not.toContain(TANH ?? beta);
});
