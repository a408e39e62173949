/** What boards are given covers what there is: every kind of layer, in bytes and in 16 bits where it takes both. */
import { expect, test } from "vitest";
import { at } from "../../host/model/at.ts";
import { outputRole, rolesOf } from "../../host/model/operators/judge.ts";
import { OPERATORS } from "../../host/model/operators/rows.ts";
import { BOARD_CASES } from "./board-cases.ts";

const kinds = Object.keys(OPERATORS) as (keyof typeof OPERATORS)[];

/** By the rule book: elements of these bits among a layer's first operand and its output. */
function widths(kind: keyof typeof OPERATORS): readonly string[] {
  return [at(rolesOf(kind, 1), 0), outputRole(kind)].flatMap((role) => {
    const wide = "wide" in role && role.wide === true;
    const both = role.role === "edge" && wide;
    return both
      ? [`${kind} of 8 bits`, `${kind} of 16 bits`]
      : [`${kind} of ${wide ? 16 : 8} bits`];
  });
}

test("boards run every kind of layer in each of its widths, without test data", async () => {
  const found = new Set<string>();
  for (const one of BOARD_CASES.filter(({ needsData }) => !needsData)) {
    const graph = await one.graph();
    if (graph.kind !== "layered") continue;
    for (const { kind, inputs } of graph.nodes) {
      const wide = at(graph.tensors, at(inputs, 0)).dtype === "i16";
      found.add(`${kind} of ${wide ? 16 : 8} bits`);
    }
  }
  expect([...new Set(kinds.flatMap(widths))].filter((one) => !found.has(one))).toEqual([]);
  expect(found.size).toBeGreaterThan(60);
});
