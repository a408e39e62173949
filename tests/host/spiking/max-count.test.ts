/** A declared largest count: ranges are proven from it, and what brings more is refused on every way in. */
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS, plan } from "../../../host/compiler/index.ts";
import { type Problem, TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { integrateAndFire, izhikevich, network, oneToOne } from "../../../host/network/index.ts";
import { localTarget } from "../../../host/runtime/index.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { chain, f64, i64, writeNir } from "../../support/nir-writer.ts";

const { file, path } = folderOfFiles();

/** A regular spiking neuron of Izhikevich's, kicked by `weight` mV per spike. */
function kicked(weight: number, maxCount?: number): SpikingGraph {
  const net = network({
    ...{ name: "kicked", dtSeconds: 1e-3 },
    ...(maxCount === undefined ? {} : { maxCount }),
  });
  const input = net.input("in", 1);
  const cell = net.population("cell", 1, izhikevich({ a: 0.02, b: 0.2, c: -65, d: 8 }));
  net.project(input, cell, { connect: oneToOne(), weight });
  net.output("spikes", cell);
  return net.graph();
}

const problemsOf = (work: () => unknown): readonly Problem[] => {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
};
const planned = (graph: SpikingGraph) => problemsOf(() => plan(graph, DEFAULT_OPTIONS));

describe("Izhikevich's neuron", () => {
  test.each([16, 20, 60, 300])("a weight of %d: refused at 255, and the remedy holds", (weight) => {
    const [problem] = planned(kicked(weight));
    expect(problem?.code).toBe("MODEL_RANGE");
    const most = Number(/--max-count (\d+), maxCount in code/.exec(problem?.remedy ?? "")?.[1]);
    expect(most).toBeGreaterThanOrEqual(1);
    expect(planned(kicked(weight, most))).toEqual([]);
    expect(planned(kicked(weight, most + 1))).toMatchObject([{ code: "MODEL_RANGE" }]);
  });

  test("no count helps a weight that is too large by itself", () => {
    const [problem] = planned(kicked(1e7));
    expect(problem).toMatchObject({ code: "MODEL_RANGE" });
    expect(problem?.remedy).not.toContain("--max-count");
  });
});

describe("declared", () => {
  test("255 is no declaration: the same graph and bytes", () => {
    expect(kicked(4, 255)).toEqual(kicked(4));
  });

  test("one input more than another", () => {
    const net = network({ name: "two", maxCount: 3 });
    const few = net.input("few", 2);
    const more = net.input("more", 2, null, { maxCount: 200 });
    const cells = net.population("cells", 2, integrateAndFire({ vThreshold: 1 }));
    for (const input of [few, more])
      net.project(input, cells, { connect: oneToOne(), weight: 0.1 });
    net.output("spikes", cells);
    const { nodes } = net.graph();
    expect(nodes.flatMap((node) => (node.kind === "Input" ? [node.maxCount] : []))).toEqual([
      3, 200,
    ]);
  });

  test.each([0, 256, 1.5, Number.NaN])("%d is refused", (maxCount) => {
    expect(() => kicked(1, maxCount)).toThrow(`maxCount ${maxCount}`);
    const graph = kicked(1);
    const nodes = graph.nodes.map((n) => (n.kind === "Input" ? { ...n, maxCount } : n));
    expect(planned({ ...graph, nodes })).toMatchObject([{ code: "MODEL_RANGE" }]);
  });
});

describe("more at run time is INPUT_FORMAT", () => {
  test("of a session", async () => {
    const { wasm, manifest } = await compile(kicked(20, 6), DEFAULT_OPTIONS);
    expect(manifest.inputs).toMatchObject([{ maxCount: 6 }]);
    for (const target of [localTarget()]) {
      const session = await target.load(wasm);
      const output = new Uint8Array(1);
      await session.step(Uint8Array.of(6), output);
      const before = await session.readState();
      const step = async () => session.step(Uint8Array.of(7), output);
      await expect(step()).rejects.toMatchObject({ code: "INPUT_FORMAT" });
      expect(await session.readState()).toEqual(before);
      await session.close();
    }
  });

  test("of every file, before it is fed; the command line's option is in module, cache and texts", async () => {
    const graph = chain({
      input: { type: "Input", shape: i64(2) },
      n: { type: "Threshold", threshold: f64([2], 0.5) },
      output: { type: "Output", shape: i64(2) },
    });
    const model = file("two.nir", await writeNir(graph));
    const module = path("two.wasm");
    expect((await cli(["compile", model, "-o", module, "--max-count", "3"])).code).toBe(0);
    const inputs = {
      "in.csv": ["1,3\n", "0,0\n1,4\n"],
      "in.bin": [Uint8Array.of(1, 3), Uint8Array.of(0, 0, 4, 1)],
      "in.events.csv": ["0,1,3\n", "0,1,2\n0,1,2\n"],
    } as const;
    for (const [name, [right, wrong]] of Object.entries(inputs)) {
      for (const args of [[model, "--max-count", "3"], [module]]) {
        const good = await cliJson(["run", ...args, "--input", file(name, right)]);
        expect([name, good.code]).toEqual([name, 0]);
        const bad = await failure("run", ...args, "--input", file(name, wrong));
        expect(bad.errors).toMatchObject([
          { code: "INPUT_FORMAT", expected: expect.stringContaining("3") },
        ]);
        expect(bad.errors[0]?.remedy).toContain("--max-count");
      }
      expect((await cli(["run", model, "--input", file(name, wrong)])).code).toBe(0);
    }
    const { stdout } = await cli(["inspect", module]);
    expect(stdout).toContain("input [2] spikes, at most 3 a step");
    const { document } = await cliJson(["inspect", model, "--max-count", "3"]);
    expect(document.inputs).toMatchObject([{ name: "input", maxCount: 3 }]);
    const other = await failure("run", module, "--max-count", "4");
    expect(other.errors).toMatchObject([{ code: "USAGE", where: "--max-count" }]);
  });

  test("a number that is none, and a network without counts, are USAGE", async () => {
    for (const n of ["0", "256", "x"]) {
      expect((await cli(["inspect", "net:lif", "--max-count", n])).code).toBe(2);
    }
    const values = await failure(
      "inspect",
      "net:lif",
      "--max-count",
      "3",
      "--input-kind",
      "values",
    );
    expect(values.errors).toMatchObject([{ code: "USAGE" }]);
    const layered = await failure("inspect", "net:demo-int8", "--max-count", "3");
    expect(layered.errors).toMatchObject([{ code: "USAGE", where: "--max-count" }]);
  });
});
