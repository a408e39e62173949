/** Graphs as JSON: what is written is read back, and what is damaged is refused or works. */
import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, plan } from "../../../../host/compiler/index.ts";
import { type Problem, TwentyWattError } from "../../../../host/errors.ts";
import { graphJson } from "../../../../host/importers/graph/index.ts";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { mulberry32, subseed } from "../../../../host/model/random.ts";
import { dice } from "../../../support/random-draft.ts";
import { randomChain, randomOperator } from "../../../support/random-graph.ts";
import { KINDS } from "../../../support/random-operators.ts";
import { randomVariables } from "../../../support/random-variables.ts";
import { flattenGraph } from "../../../support/small-models.ts";

const encoder = new TextEncoder();
const read = (text: string) => importModel(encoder.encode(text), "test.json");

describe("what graphJson() writes is read back", () => {
  test.each(KINDS)("%s", async (kind) => {
    for (let seed = 0; seed < 12; seed++) {
      const graph = randomOperator(kind, seed);
      expect(await read(graphJson(graph))).toEqual(graph);
    }
  });

  test("chains, variables, float edges and labels", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const graph = randomChain(seed);
      expect(await read(graphJson(graph))).toEqual(graph);
    }
    for (let seed = 0; seed < 10; seed++) {
      const graph = randomVariables(seed);
      expect(await read(graphJson(graph))).toEqual(graph);
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

/** As the first version was written: no source, and layered networks only. */
function firstVersion(graph: LayeredGraph = flattenGraph()): string {
  const { source: _, ...document } = JSON.parse(graphJson(graph));
  return JSON.stringify({ ...document, version: 1 });
}

test("version 1 is read as before, and is its own source", async () => {
  for (const kind of KINDS) {
    const graph = randomOperator(kind, 5);
    const { source, ...same } = await read(firstVersion(graph));
    expect(same).toEqual({ ...graph, source: undefined });
    expect(source).toMatchObject({ name: "test.json", format: "graph" });
  }
});

describe("the source that a document names", () => {
  const graph: LayeredGraph = {
    ...flattenGraph(),
    source: { name: "a.tflite", format: "tflite", sha256: "ab".repeat(32) },
  };

  test("holds while nobody changes what it says, in whatever order and spacing", async () => {
    const document = JSON.parse(graphJson(graph));
    const turned = Object.fromEntries(Object.entries(document).reverse());
    for (const text of [graphJson(graph), JSON.stringify(turned, null, 2)]) {
      expect((await read(text)).source).toEqual(graph.source);
    }
  });

  test("is the document itself once it says something else", async () => {
    const text = graphJson(graph).replaceAll('"scales":[0.5]', '"scales":[0.25]');
    expect(text).not.toBe(graphJson(graph));
    expect((await read(text)).source).toMatchObject({ name: "test.json", format: "graph" });
  });

  test("may be left out", async () => {
    const { source: _, ...document } = JSON.parse(graphJson(graph));
    expect((await read(JSON.stringify(document))).source).toMatchObject({ format: "graph" });
  });
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
    ["another version", graphJson(flattenGraph()).replace('"version":2', '"version":3')],
    ["version 0", graphJson(flattenGraph()).replace('"version":2', '"version":0')],
    ["a spiking graph of version 1", firstVersion().replace("layered", "spiking")],
    ["a source in version 1", graphJson(flattenGraph()).replace('"version":2', '"version":1')],
    ["the fields of the other kind", graphJson(flattenGraph()).replace("layered", "spiking")],
    ["an operator nobody knows", graphJson(flattenGraph()).replace("RESHAPE", "FFT_2D")],
  ])("%s", async (_, text) => {
    expect(await outcome(text)).toBe("MODEL_FORMAT");
  });

  test("all problems at once, by their places", async () => {
    const text = graphJson(flattenGraph())
      .replace('"shape":[1,2,3]', '"shape":[1,2,-3]')
      .replace('"dtype":"i8"', '"dtype":"f64"')
      .replace('"edge":"i8"', '"edge":"u7"');
    const error = await read(text).catch((error) => error);
    expect(error.problems.map(({ where }: { where: string }) => where)).toEqual([
      "graph, tensors[0], shape",
      "graph, tensors[0], dtype",
      "graph, inputs[0], edge",
    ]);
  });

  test("an edge of uint8 where the tensor is int8", async () => {
    const text = graphJson(flattenGraph()).replace('"edge":"i8"', '"edge":"u8"');
    const error = await read(text).catch((error) => error);
    expect(error.problems).toMatchObject([
      { code: "MODEL_QUANT", where: "input 0", got: "edge u8 of a tensor i8" },
    ]);
  });

  test("a pool with dilation, which no kernel has", async () => {
    const pool = randomOperator("MAX_POOL_2D", 3);
    const text = graphJson(pool).replace('"dilationH":1', '"dilationH":2');
    const error = await read(text).catch((error) => error);
    expect(error.problems[0]).toMatchObject({ code: "MODEL_OP", got: "dilation 2,1" });
  });

  test.each([
    ['"scales"', '"scale"', "scale", "scales"],
    ['"zeroPoints"', '"zeropoints"', "zeropoints", "zeroPoints"],
    ['"labels"', '"lables"', "lables", "labels"],
    ['"edge"', '"egde"', "egde", "edge"],
  ])(
    "%s misspelt as %s: the field and the one that was meant",
    async (right, wrong, got, meant) => {
      const text = firstVersion({ ...flattenGraph(), labels: [] }).replace(right, wrong);
      const error = await read(text).catch((error) => error);
      const [found] = error.problems.filter((p: Problem) => p.got === `field ${got}`);
      expect(found).toMatchObject({ code: "MODEL_FORMAT" });
      expect(found.remedy).toContain(`Write ${meant},`);
    },
  );

  test("fields named like those that every JavaScript object has", async () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const text = firstVersion().replace("{", `{"${name}":{},`);
      expect(await outcome(text)).toBe("MODEL_FORMAT");
    }
  });

  test.each([
    ["lists", "[".repeat(200_000) + "]".repeat(200_000)],
    ["objects", `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`],
    ["lists without an end", "[".repeat(200_000)],
  ])("%s, 200,000 deep, wherever they stand", async (_, nested) => {
    const document = firstVersion();
    const texts = [
      `{"version":${nested}}`,
      `{"version":2,"kind":"spiking","nodes":[{"kind":"LIF","tau":${nested}}]}`,
      document.replace('"labels":null', `"labels":${nested}`),
      document.replace('"name":', `"name":${nested},"name2":`),
      document.replace('"zeroPoints":[0]', `"zeroPoints":${nested}`),
    ];
    for (const text of texts) expect(await outcome(text)).toBe("MODEL_FORMAT");
  });

  test("brackets within a name are no levels", async () => {
    const text = graphJson(flattenGraph()).replace('"name":"', `"name":"\\"${"[{".repeat(100)}`);
    expect(await outcome(text)).toBe("works");
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
