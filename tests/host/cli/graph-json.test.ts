/** `compile … -o FILE.json`: a network as a graph, which every verb takes as a model. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { graphJson } from "../../../host/importers/index.ts";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { randomSpiking } from "../../support/random-spiking.ts";
import { flattenGraph } from "../../support/small-models.ts";

const { path, file } = folderOfFiles();

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
