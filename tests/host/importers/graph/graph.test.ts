/** Graphs as JSON: what is written is read back, and what is damaged is refused or works. */
import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, plan } from "../../../../host/compiler/index.ts";
import { TwentyWattError } from "../../../../host/errors.ts";
import { graphJson } from "../../../../host/importers/graph/index.ts";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { mulberry32, subseed } from "../../../../host/model/random.ts";
import { dice } from "../../../support/random-draft.ts";
import { randomChain, randomOperator } from "../../../support/random-graph.ts";
import { KINDS } from "../../../support/random-operators.ts";
import { flattenGraph } from "../../../support/small-models.ts";

const encoder = new TextEncoder();
const read = (text: string) => importModel(encoder.encode(text), "test.json");

describe("what graphJson() writes is read back", () => {
  test.each(KINDS)("%s", async (kind) => {
    for (let seed = 0; seed < 12; seed++) {
      const graph = randomOperator(kind, seed);
      const { source, ...same } = await read(graphJson(graph));
      expect(same).toEqual({ ...graph, source: undefined });
      expect(source).toMatchObject({ name: "test.json", format: "graph" });
    }
  });

  test("chains, float edges and labels", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const graph = randomChain(seed);
      const { source: _, ...same } = await read(graphJson(graph));
      expect(same).toEqual({ ...graph, source: undefined });
    }
    const graph: LayeredGraph = { ...flattenGraph("f32"), labels: ["a", "b", "c", "d", "e", "f"] };
    expect(await read(` \n${graphJson(graph)}\n`)).toMatchObject({
      inputs: graph.inputs,
      labels: graph.labels,
    });
  });
});

test("no zero points stand for zeros", async () => {
  const graph = randomOperator("CONV_2D", 3);
  const weights = graph.nodes[0]?.inputs[1];
  const text = graphJson({
    ...graph,
    tensors: graph.tensors.map((tensor, k) =>
      k === weights
        ? { ...tensor, quantization: { ...tensor.quantization, zeroPoints: [] } }
        : tensor,
    ),
  });
  expect(await read(text)).toMatchObject({ tensors: graph.tensors });
});

/** "works", or the codes of a refusal. Anything else fails the test. */
async function outcome(text: string): Promise<string> {
  try {
    plan(await read(text), DEFAULT_OPTIONS);
    return "works";
  } catch (error) {
    if (error instanceof TwentyWattError) return error.code;
    throw error;
  }
}

describe("refused", () => {
  test.each([
    ["text that only begins like an object", "{hello"],
    ["an empty object", "{}"],
    ["another version", graphJson(flattenGraph()).replace('"version":1', '"version":2')],
    ["a spiking graph, for now", graphJson(flattenGraph()).replace("layered", "spiking")],
    ["an operator nobody knows", graphJson(flattenGraph()).replace("RESHAPE", "FFT_2D")],
  ])("%s", async (_, text) => {
    expect(await outcome(text)).toBe("MODEL_FORMAT");
  });

  test("all problems at once, by their places", async () => {
    const text = graphJson(flattenGraph())
      .replace('"shape":[1,2,3]', '"shape":[1,2,-3]')
      .replace('"dtype":"i8"', '"dtype":"f64"')
      .replace('"edge":"i8"', '"edge":"u8"');
    const error = await read(text).catch((error) => error);
    expect(error.problems.map(({ where }: { where: string }) => where)).toEqual([
      "graph, tensors[0], shape",
      "graph, tensors[0], dtype",
      "graph, inputs[0], edge",
    ]);
  });

  test("a pool with dilation, which no kernel has", async () => {
    const pool = randomOperator("MAX_POOL_2D", 3);
    const text = graphJson(pool).replace('"dilationH":1', '"dilationH":2');
    const error = await read(text).catch((error) => error);
    expect(error.problems[0]).toMatchObject({ code: "MODEL_OP", got: "dilation 2,1" });
  });

  test("a shape that contradicts the operator", async () => {
    const text = graphJson(flattenGraph()).replace('"shape":[1,6]', '"shape":[1,7]');
    expect(await outcome(text)).toBe("MODEL_SHAPE");
  });
});

test("numbers, words and characters changed at random: works, or one refusal", async () => {
  const seen = new Map<string, number>();
  for (let k = 0; k < 1500; k++) {
    const d = dice(mulberry32(subseed(99, k)));
    const graph = randomOperator(d.pick(KINDS), k % 40);
    const code = await outcome(damaged(graphJson(graph), d));
    seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  for (const code of ["works", "MODEL_FORMAT", "MODEL_SHAPE", "MODEL_QUANT"]) {
    expect(seen.get(code) ?? 0).toBeGreaterThan(10);
  }
});

function damaged(json: string, { int, pick, chance }: ReturnType<typeof dice>): string {
  // contents of constants are long and say little: most changes go to the structure
  const numbers = [...json.matchAll(/(?<=[[,:])-?\d+(\.\d+)?(?=[\],}])/g)];
  if (chance(0.7) && numbers.length > 0) {
    const { index, 0: number } = pick(numbers);
    const value = Number(number);
    const other = pick([value + 1, value - 1, -value, value * 2, 0, 1e9, 0.5, int(-200, 200)]);
    return json.slice(0, index) + String(other) + json.slice(index + number.length);
  }
  const at = int(0, json.length - 1);
  return pick([
    () => json.slice(0, at),
    () => json.slice(0, at) + json.slice(at + int(1, 5)),
    () => json.slice(0, at) + pick(['"', "0", ",", "null", "{", "]"]) + json.slice(at + 1),
    () => json.replace(pick(['"i8"', '"i32"', '"NONE"', "null", "[1,"]), pick(["7", "null", "[]"])),
  ])();
}
