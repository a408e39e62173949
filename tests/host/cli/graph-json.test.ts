/** `compile … -o FILE.json`: a network as a graph, which every verb takes as a model. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { graphJson } from "../../../host/importers/index.ts";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { randomSpiking } from "../../support/random-spiking.ts";
import { flattenGraph } from "../../support/small-models.ts";

const { path, file } = folderOfFiles();

const OWN_FRONT = JSON.stringify({
  nodes: [
    { length: 256, kind: "Window", shape: "hann" },
    { kind: "Spectrum", size: 256 },
    { unit: "log2", kind: "Log", lines: 128, first: 1 },
    { kind: "Normalise", mean: "row" },
  ],
  ...{ hop: 128, unit: "m/s²", scale: 1 / 256, sampleRateHz: 4096 },
});

test.each(["net:demo-int8?input=features", "net:lif?current=20"])(
  "%s: the same module by name and by graph",
  async (name) => {
    const graph = path("network.json");
    const { document } = await cliJson(["compile", name, "-o", graph]);
    const bytes = readFileSync(graph);
    expect(document).toMatchObject({ model: name, graph: { version: 2, bytes: bytes.length } });
    expect(JSON.parse(bytes.toString())).toMatchObject({ version: 2, source: { name } });
    await cli(["compile", name, "-o", path("name.wasm")]);
    await cli(["compile", graph, "-o", path("graph.wasm")]);
    expect(readFileSync(path("graph.wasm"))).toEqual(readFileSync(path("name.wasm")));
  },
);

test.each([
  ["net:demo-int8"],
  ["net:demo-spikes"],
  // a file whose fields stand in another order, and which leaves defaults out
  ["net:demo-int8?input=features", "--front", file("own.json", OWN_FRONT)],
])("%s %s %s: the front end is in the graph, and the module is the same", async (...model) => {
  const [name, ...front] = model;
  const graph = path("fronted.json");
  await cliJson(["compile", name, ...front, "-o", graph]);
  await cli(["compile", name, ...front, "-o", path("name.wasm")]);
  await cli(["compile", graph, "-o", path("graph.wasm")]);
  expect(readFileSync(path("graph.wasm"))).toEqual(readFileSync(path("name.wasm")));
  // and again, byte for byte
  await cliJson(["compile", graph, "-o", path("again.json")]);
  expect(readFileSync(path("again.json"))).toEqual(readFileSync(graph));
  const inspected = await cliJson(["inspect", graph]);
  expect(inspected.document.inputs[0]).toMatchObject({ sampleRateHz: 4096, unit: "m/s²" });
  const steps = [name.includes("spikes") ? "--steps" : "--samples", "5"];
  const [own, read] = [
    await cliJson(["run", name, ...front, ...steps, "--seed", "2"]),
    await cliJson(["run", graph, ...steps, "--seed", "2"]),
  ];
  expect(read.document.outputs).toEqual(own.document.outputs);
  // one front end is enough
  expect(await failedWith("run", graph, "--front", "vibration")).toBe("USAGE 2");
});

test("a front end in a graph is judged field by field", async () => {
  const graph = path("judged.json");
  await cliJson(["compile", "net:demo-spikes", "-o", graph]);
  const document = JSON.parse(readFileSync(graph, "utf8"));
  const nodes = (change: object) => [{ ...document.front.nodes[0], ...change }];
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ hopp: 1 }, "MODEL_FORMAT", /Write hop/],
    [{ hop: undefined }, "MODEL_FORMAT", /graph, front, hop/],
    [{ hop: "512" }, "MODEL_FORMAT", /graph, front, hop/],
    [{ rounding: "up" }, "MODEL_FORMAT", /nearest, truncate/],
    [{ nodes: 5 }, "MODEL_FORMAT", /a list/],
    [{ nodes: nodes({ kind: "Windwo" }) }, "MODEL_FORMAT", /one of Channel/],
    [{ nodes: nodes({ length: null }) }, "MODEL_FORMAT", /front, nodes\[0\], length/],
    [{ sampleRateHz: -1 }, "MODEL_RANGE", /sampleRateHz/],
    [{ nodes: [] }, "MODEL_RANGE", /Window/],
  ];
  for (const [change, code, said] of cases) {
    const text = JSON.stringify({ ...document, front: { ...document.front, ...change } });
    const { errors } = await failure("inspect", file("wrong.json", text));
    const all = errors.map(({ where, expected, remedy }) => `${where} ${expected} ${remedy}`);
    expect([errors[0]?.code, all.join("\n")]).toEqual([code, expect.stringMatching(said)]);
  }
  // version 1 had none
  const first = JSON.stringify({ ...document, version: 1 });
  expect(await failedWith("inspect", file("first.json", first))).toBe("MODEL_FORMAT 1");
});

test("a graph is a model for every verb that takes one", async () => {
  const graph = path("lif.json");
  await cli(["compile", "net:lif?current=20", "-o", graph]);
  const inspected = await cliJson(["inspect", graph]);
  expect(inspected.document).toMatchObject({ source: { format: "net" }, totals: { neurons: 1 } });
  const byName = await cliJson(["run", "net:lif?current=20", "--steps", "2000"]);
  const byGraph = await cliJson(["run", graph, "--steps", "2000"]);
  expect(byName.document.counters.spikes).toBeGreaterThan(0);
  expect(byGraph.document.counters).toEqual(byName.document.counters);
  const benched = await cliJson(["bench", graph, "--seconds", "0.1"]);
  expect(benched.document.results[0]).toMatchObject({ model: "net:lif?current=20" });
});

test("its own time step and reset hold, and options change them", async () => {
  const graph = path("slow.json");
  await cli(["compile", "net:lif?dt=5e-4", "--reset", "subtract", "-o", graph]);
  const semantics = async (...options: readonly string[]) =>
    (await cliJson(["inspect", graph, ...options])).document.semantics;
  expect(await semantics()).toMatchObject({ dtSeconds: 5e-4, reset: "subtract" });
  expect(await semantics("--dt", "1e-3")).toMatchObject({ dtSeconds: 1e-3, reset: "subtract" });
  expect(await semantics("--reset", "zero")).toMatchObject({ dtSeconds: 5e-4, reset: "zero" });
  expect(await failedWith("inspect", graph, "--time-unit", "ms")).toBe("USAGE 2");
  const delayed = file("delayed.json", graphJson(randomSpiking(1)));
  expect(await failedWith("inspect", delayed, "--dt", "5e-4")).toBe("USAGE 2");
});

test("what says how to compile has no effect, and is said to have none", async () => {
  const { document } = await cliJson([
    ...["compile", "net:lif", "-o", path("x.json"), "--build", "simd", "--no-self-test"],
  ]);
  expect(document.warnings).toEqual([expect.stringMatching(/^--build, --no-self-test: no effect/)]);
});

test("a graph is never written over the model it comes from", async () => {
  const graph = file("model.json", graphJson(flattenGraph()));
  expect(await failedWith("compile", graph, "-o", graph)).toBe("USAGE 2");
  await cli(["compile", "net:demo-int8", "-o", path("demo.wasm")]);
  expect(await failedWith("compile", path("demo.wasm"), "-o", path("y.json"))).toBe("USAGE 2");
  expect(existsSync(path("y.json"))).toBe(false);
});

test("graphJson() is the file that compile writes", async () => {
  const graph = file("written.json", graphJson(flattenGraph()));
  await cli(["compile", graph, "-o", path("copy.json")]);
  expect(readFileSync(path("copy.json"), "utf8")).toBe(readFileSync(graph, "utf8"));
});

test.each(["{}", '{"name":"mine","version":"0.1.0","dependencies":{}}'])(
  "%s is no graph, which is one problem",
  async (text) => {
    const { errors } = await failure("inspect", file("other.json", text));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.expected).toContain('"layered" or "spiking"');
  },
);
