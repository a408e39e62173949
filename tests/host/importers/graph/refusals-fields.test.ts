/** A field that nobody knows is a misspelt one: refused in every object of a graph, and only there. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../../host/errors.ts";
import { graphJson } from "../../../../host/importers/graph/index.ts";
import { importModel } from "../../../../host/importers/index.ts";
import { cubaLif, layer } from "../../../support/one-layer.ts";
import { randomOperator } from "../../../support/random-graph.ts";

type Json = null | string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

/** The document once for each object in it, with a field more there. */
function withOneMore(json: Json): readonly Json[] {
  if (typeof json !== "object" || json === null) return [];
  if (Array.isArray(json)) {
    return json.flatMap((one, k) =>
      withOneMore(one).map((changed) => json.map((other, l) => (l === k ? changed : other))),
    );
  }
  const inner = Object.entries(json).flatMap(([name, value]) =>
    withOneMore(value).map((changed) => ({ ...json, [name]: changed })),
  );
  return [{ ...json, more: 1 }, ...inner];
}

const saidOf = (document: Json): Promise<readonly string[]> =>
  importModel(new TextEncoder().encode(JSON.stringify(document)), "g.json").then(
    () => [],
    (error) => {
      if (!(error instanceof TwentyWattError)) throw error;
      return error.problems.map(({ got }) => got);
    },
  );

test.each([
  ["a convolution", graphJson(randomOperator("CONV_2D", 3)), 10],
  ["a pool", graphJson(randomOperator("MAX_POOL_2D", 3)), 8],
  ["a spiking layer", graphJson(layer({ cells: cubaLif(), weights: [1] })), 10],
])("%s", async (_, text, objects) => {
  const document = JSON.parse(text) as Json;
  expect(await saidOf(document)).toEqual([]);
  const documents = withOneMore(document);
  expect(documents.length).toBeGreaterThanOrEqual(objects);
  for (const one of documents) expect(await saidOf(one)).toEqual(["field more"]);
});
