/** What a first try meets: names that would lie about a file, files of another type, other files altogether. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { perRun } from "../../../host/cli/power-command.ts";
import { graphJson } from "../../../host/importers/index.ts";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { flattenGraph } from "../../support/small-models.ts";

const { path, file } = folderOfFiles();
const LIF = ["run", "net:lif", "--build", "mvp", "--steps", "3", "--record"] as const;

/** Version 1 of NumPy's format, by its description. */
function npy(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const head = Buffer.alloc(128, " ");
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  head.write(text, 10, "latin1");
  head.write("\n", 127);
  return Buffer.concat([head, data]);
}

describe("--record writes csv, and only under a name that says so", () => {
  test.each([
    ["neuron.spikes=s.npy", ".events.csv"],
    ["neuron.v=v.npy", ".csv"],
    ["neuron.v=v.events.csv", ".csv"],
    ["neuron.spikes=s.bin", ".events.csv"],
  ])("%s is refused", async (request, own) => {
    const [name, at] = request.split("=") as [string, string];
    const { code, errors } = await failure(...LIF, `${name}=${path(at)}`);
    expect([code, errors[0]?.code]).toEqual([2, "USAGE"]);
    expect(errors[0]?.remedy).toBe(`Write --record ${name}=FILE${own}.`);
  });

  test.each([
    "neuron.spikes=a.EVENTS.csv",
    "neuron.spikes=b.csv",
    "neuron.v=c.csv",
    "neuron.v=d",
    "neuron.v=e.0",
  ])("%s is written", async (request) => {
    const [name, at] = request.split("=") as [string, string];
    expect((await cli([...LIF, `${name}=${path(at)}`])).code).toBe(0);
  });
});

describe(".npy of spikes", () => {
  const counts = Uint8Array.from({ length: 30 }, (_, k) => k % 2);
  const perceptron = (descr: string, data: Uint8Array) =>
    ["run", "net:perceptron", "--input", file("s.npy", npy(descr, "(10, 3)", data))] as const;

  test("a bool is a spike", async () => {
    const asBool = await cliJson(perceptron("|b1", counts));
    const asCounts = await cliJson(perceptron("|u1", counts));
    expect(asBool.document.outputs).toEqual(asCounts.document.outputs);
    expect(asBool.document.counters).toEqual(asCounts.document.counters);
  });

  test("another type is answered with what this edge takes, and no other", async () => {
    const { errors } = await failure(...perceptron("<f8", new Uint8Array(240)));
    expect(errors[0]).toMatchObject({
      got: "elements of type float64 (<f8)",
      expected: "uint8 (|u1) or bool (|b1), as the network's edge is",
    });
    expect(errors[0]?.remedy).toContain("astype(numpy.uint8)");
  });
});

test.each(["{}", '{"name":"mine","version":"0.1.0","dependencies":{}}'])(
  "%s is no graph, which is one problem",
  async (text) => {
    const { errors } = await failure("inspect", file("other.json", text));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.expected).toContain('"layered" or "spiking"');
  },
);

test("a layered network is not offered files of events", async () => {
  const graph = file("flatten.json", graphJson(flattenGraph()));
  const { errors } = await failure("run", graph, "--input", "/dev/null");
  expect(JSON.stringify(errors)).not.toContain(".events.csv");
  expect(await failedWith("run", graph, "--input", "/dev/null")).toBe("INPUT_FORMAT 1");
});

test("graphJson() is the file that compile writes", async () => {
  const graph = file("written.json", graphJson(flattenGraph()));
  await cli(["compile", graph, "-o", path("copy.json")]);
  expect(readFileSync(path("copy.json"), "utf8")).toBe(readFileSync(graph, "utf8"));
});

test("two runs that scatter cost no less than nothing", () => {
  const reading = (value: number) => ({
    ...{ seconds: 0.3, samples: 3, coverage: 1 },
    joules: { value, low: value, high: value },
  });
  expect(perRun([reading(0.6), reading(0.84)])?.low).toBe(0);
  // a difference of two windows may be negative, and then so may its bound
  expect(perRun([reading(-0.1), reading(0.1)])?.low).toBeLessThan(0);
});
