/** Spiking graphs as JSON: whatever can be read from a file, or built by code, comes back as it was. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { networkByName, networkNames } from "../../../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS, plan } from "../../../../host/compiler/index.ts";
import type { Problem } from "../../../../host/errors.ts";
import { graphJson, type ImportOptions, importModel } from "../../../../host/importers/index.ts";
import type { Graph } from "../../../../host/model/graph.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import { dataPath, dataTest, readData } from "../../../support/data.ts";
import { largePopulation, randomSpiking } from "../../../support/random-spiking.ts";

const read = (text: string, options: ImportOptions = {}): Promise<Graph> =>
  importModel(new TextEncoder().encode(text), "test.json", options);

const digest = async (graph: Graph): Promise<string> =>
  createHash("sha256")
    .update((await compile(graph, DEFAULT_OPTIONS)).wasm)
    .digest("hex");

describe("what graphJson() writes is read back", () => {
  test("every kind of neuron and synapse, shared parameters and one for each", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const inputKind = seed % 2 === 0 ? "spikes" : "values";
      const graph = randomSpiking(seed, { inputKind });
      expect(await read(graphJson(graph))).toEqual(graph);
    }
    const graph = largePopulation(6);
    expect(await read(graphJson(graph))).toEqual(graph);
  });

  test.each(networkNames())("%s", async (named) => {
    const name = named.startsWith("net:demo-") ? `${named}?input=features` : named;
    const graph = await networkByName(name);
    expect(await read(graphJson(graph))).toEqual(graph);
  });

  test.each(["net:demo-int8?input=features", "net:demo-spikes?input=features", "net:perceptron"])(
    "%s, as a module",
    async (name) => {
      const graph = await networkByName(name);
      expect(await digest(await read(graphJson(graph)))).toBe(await digest(graph));
    },
  );

  dataTest("every NIR file, in every discretisation", async () => {
    const files = [...nirFiles("nir/01_lif"), ...nirFiles("nir/03_rnn"), ...nirFiles("nir-cases")];
    expect(files.length).toBeGreaterThan(10);
    let compared = 0;
    for (const file of files) {
      for (const discretisation of ["norse", "snntorch", "nengo", "lava"] as const) {
        const options = { discretisation, reset: "subtract" } as const;
        const graph = await importModel(readData(file), file, options).catch(() => null);
        if (graph === null) continue;
        expect(await read(graphJson(graph)), file).toEqual(graph);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(30);
  });

  dataTest("a NIR file, as a module", async () => {
    const file = "nir/03_rnn/braille_noDelay_noBias_subtract.nir";
    const graph = await importModel(readData(file), "braille.nir", { reset: "subtract" });
    expect(await digest(await read(graphJson(graph)))).toBe(await digest(graph));
  });
});

const nirFiles = (folder: string): string[] =>
  readdirSync(dataPath(folder))
    .filter((name) => name.endsWith(".nir"))
    .map((name) => `${folder}/${name}`);

/** One input, a matrix of two weights, a neuron, an output: written by hand, as another program would. */
const BY_HAND = {
  version: 2,
  kind: "spiking",
  semantics: {
    ...{ dtSeconds: 1e-3, timeUnit: "s", discretisation: "exact", reset: "zero" },
    inputKind: "spikes",
  },
  nodes: [
    { kind: "Input", name: "in", shape: [2] },
    // 1.5 and −0.25 in float32, little-endian
    { kind: "Linear", name: "w", shape: [1], inputSize: 2, weight: f32([1, 2], "AADAPwAAgL4=") },
    {
      ...{ kind: "LIF", name: "cell", shape: [1], tau: 0.02, r: 1, vLeak: 0, vThreshold: 1 },
      ...{ vReset: 0, refractorySeconds: 0, current: 0, vInitial: 0 },
    },
    { kind: "Output", name: "out", shape: [1] },
  ],
  edges: [
    { source: 0, target: 1 },
    { source: 1, target: 2 },
    { source: 2, target: 3 },
  ],
};

function f32(shape: readonly number[], data: string) {
  return { dtype: "f32", shape, data };
}

type Document = Record<string, unknown> & {
  nodes: Record<string, unknown>[];
  edges: Record<string, unknown>[];
  semantics: Record<string, unknown>;
};

/** A copy, changed. */
function changed(change: (document: Document) => void): string {
  const document = structuredClone(BY_HAND) as unknown as Document;
  change(document);
  return JSON.stringify(document);
}

test("what another program writes by hand is read", async () => {
  const graph = (await read(JSON.stringify(BY_HAND))) as SpikingGraph;
  expect(graph.nodes[1]).toMatchObject({ weight: Float64Array.of(1.5, -0.25) });
  expect(graph).toMatchObject({
    source: { name: "test.json", format: "graph" },
    semantics: { assumptions: [] },
    edges: [{ receptor: 0 }, { receptor: 0 }, { receptor: 0 }],
    labels: null,
  });
});

async function refusal(text: string, options: ImportOptions = {}): Promise<readonly Problem[]> {
  const error = await read(text, options).then(
    () => null,
    (error) => error,
  );
  expect(error, "it was read").not.toBeNull();
  return error.problems;
}

describe("refused, by its place", () => {
  const cell = (fields: Record<string, unknown>) =>
    changed(({ nodes }) => Object.assign(nodes[2] as object, fields));
  const matrix = (fields: Record<string, unknown>) =>
    changed(({ nodes }) => Object.assign(nodes[1] as object, fields));
  const time = (fields: Record<string, unknown>) =>
    changed(({ semantics }) => Object.assign(semantics, fields));

  test.each([
    ["a step of −5 s", time({ dtSeconds: -5 }), "semantics, dtSeconds"],
    ["a step of 0 s", time({ dtSeconds: 0 }), "semantics, dtSeconds"],
    ["no step at all", time({ dtSeconds: null }), "semantics, dtSeconds"],
    ["an unknown discretisation", time({ discretisation: "euler" }), "discretisation"],
    ["a time constant of 0", cell({ tau: 0 }), "nodes[2], tau"],
    ["a negative refractory time", cell({ refractorySeconds: -1 }), "refractorySeconds"],
    ["no threshold", cell({ vThreshold: undefined }), "nodes[2], vThreshold"],
    ["a list in place of an array", cell({ tau: [0.02] }), "nodes[2], tau"],
    ["bytes that are not base64", matrix({ weight: f32([1, 2], "AA*A") }), "weight, data"],
    ["too few bytes", matrix({ weight: f32([1, 2], "AADAPw==") }), "nodes[1], weight"],
    ["NaN among the weights", matrix({ weight: f32([1, 2], "AADAPwAAwH8=") }), "weight"],
    ["weights of another shape", matrix({ weight: f32([2, 1], "AADAPwAAgL4=") }), "weight"],
    [
      "numbers of another type",
      matrix({ weight: { dtype: "f16", shape: [1, 2], data: "" } }),
      "dtype",
    ],
    ["an edge to nowhere", changed((d) => d.edges.push({ source: 0, target: 9 })), "edge 3"],
    [
      "an edge of the wrong width",
      changed((d) => d.edges.push({ source: 0, target: 2 })),
      "in → cell",
    ],
    [
      "a receptor that is not there",
      changed((d) => d.edges.push({ source: 1, target: 2, receptor: 1 })),
      "w → cell",
    ],
    [
      "an edge out of an output",
      changed((d) => d.edges.push({ source: 3, target: 2 })),
      "out → cell",
    ],
    ["a matrix without a source", changed((d) => d.edges.shift()), "node w"],
    ["a second node of a name", cell({ name: "w" }), "node w"],
    ["no output", changed((d) => d.nodes.splice(3) && d.edges.splice(2)), "graph"],
  ])("%s", async (_, text, where) => {
    const problems = await refusal(text);
    expect(problems.map((p) => p.where).join("; ")).toContain(where);
  });

  test("1e999, which is Infinity, and other numbers without a value", async () => {
    const text = JSON.stringify(BY_HAND).replace('"tau":0.02', '"tau":1e999');
    const [found] = await refusal(text);
    expect(found).toMatchObject({ where: "graph, nodes[2], tau", got: "null" });
  });

  test.each([
    [cell({ tauu: 0.02 }), "field tauu", "Write tau,"],
    [matrix({ wieght: 1 }), "field wieght", "Write weight,"],
    [time({ dtSecond: 1 }), "field dtSecond", "Write dtSeconds,"],
    [changed((d) => Object.assign(d, { edge: [] })), "field edge", "Write edges,"],
    [
      changed((d) => Object.assign(d.edges[0] as object, { receptors: 0 })),
      "field receptors",
      "Write receptor,",
    ],
    [cell({ completelyElse: 1 }), "field completelyElse", "Leave the field out."],
  ])("misspelt fields name the one that was meant %#", async (text, got, remedy) => {
    const problems = await refusal(text);
    const found = problems.find((p) => p.got === got);
    expect(found?.remedy).toContain(remedy);
  });

  test.each([
    ["rows that run backwards", { rowStart: Uint32Array.of(0, 3, 2) }, "rowStart[2] = 2"],
    ["rows that do not begin at 0", { rowStart: Uint32Array.of(1, 1, 3) }, "rowStart[0] = 1"],
    ["a synapse onto nobody", { post: Uint32Array.of(0, 5, 0) }, "post[1] = 5"],
  ])("%s", async (_, fields, got) => {
    const sparse = {
      ...{ kind: "Sparse", name: "w", shape: [1], inputSize: 2, weight: 1, delaySteps: 0 },
      ...{ rowStart: Uint32Array.of(0, 1, 3), post: Uint32Array.of(0, 0, 0) },
    };
    const graph = (await read(JSON.stringify(BY_HAND))) as SpikingGraph;
    const withNode = (node: object) =>
      graphJson({ ...graph, nodes: graph.nodes.with(1, node as SpikingGraph["nodes"][number]) });
    expect(await read(withNode(sparse))).toBeDefined();
    const wrong = { ...sparse, ...fields };
    // the lengths of the three arrays must agree, or the shape is what is refused
    const last = wrong.rowStart.at(-1) as number;
    const problems = await refusal(withNode({ ...wrong, post: wrong.post.slice(0, last) }));
    expect(problems.map((p) => p.got)).toContain(got);
  });
});

test("a refractory time that no counter holds is refused, and one that it holds is not", async () => {
  const planned = async (seconds: number) => {
    const text = changed(({ nodes }) =>
      Object.assign(nodes[2] as object, { refractorySeconds: seconds }),
    );
    return plan(await read(text), DEFAULT_OPTIONS);
  };
  await expect(planned(2 ** 30 * 1e-3)).resolves.toBeDefined();
  await expect(planned(2 ** 32)).rejects.toThrow(/^MODEL_RANGE: node cell: got a refractory time/);
});

describe("what importModel() is told of time", () => {
  const graph = () => read(JSON.stringify(BY_HAND));

  test("one option changes one thing, for a graph and for a NIR file", async () => {
    const before = (await graph()) as SpikingGraph;
    const after = (await read(JSON.stringify(BY_HAND), { reset: "subtract" })) as SpikingGraph;
    expect(after.semantics).toEqual({ ...before.semantics, reset: "subtract" });
    const none = await read(JSON.stringify(BY_HAND), { dtSeconds: undefined });
    expect(none).toEqual(before);
  });

  dataTest("a NIR file with one option has the defaults of the others", async () => {
    const bytes = readData("nir/01_lif/lif_norse.nir");
    const graph = (await importModel(bytes, "lif.nir", { dtSeconds: 5e-4 })) as SpikingGraph;
    expect(graph.semantics).toMatchObject({
      ...{ dtSeconds: 5e-4, timeUnit: "s", discretisation: "norse", reset: "zero" },
      inputKind: "spikes",
    });
  });

  test.each([
    [{ dtSecond: 1e-3 }, "option dtSecond", "Write dtSeconds."],
    [{ discretization: "norse" }, "option discretization", "Write discretisation."],
    [{ dtSeconds: -1 }, "-1", "Change the option."],
    [{ dtSeconds: "1e-3" }, "1e-3", "Change the option."],
    [{ reset: "none" }, "none", "Change the option."],
    [{ timeUnit: "ms" }, "ms", "Leave the option out."],
  ])("refuses %j", async (options, got, remedy) => {
    const [found] = await refusal(JSON.stringify(BY_HAND), options as ImportOptions);
    expect(found).toMatchObject({ code: "USAGE", got, remedy });
  });

  test("another time step would move delays that are counted in steps", async () => {
    const net = (await networkByName("net:delay-line")) as SpikingGraph;
    const sparse = net.nodes.some((node) => node.kind === "Sparse");
    const longer = read(graphJson(net), { dtSeconds: 1e-3 });
    expect((await longer) as SpikingGraph).toMatchObject({ semantics: { dtSeconds: 1e-3 } });
    expect(sparse).toBe(false);
    const [found] = await refusal(graphJson(randomSpiking(1)), { dtSeconds: 5e-4 });
    expect(found).toMatchObject({ code: "USAGE", where: "dtSeconds (--dt)" });
  });
});
