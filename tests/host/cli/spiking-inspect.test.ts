/** `inspect`, `compile` and `bench` of spiking networks. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cli, cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";

const { file, path } = folderOfFiles();
const CUBA = "net:cuba?neurons=100&synapses=10";

describe("inspect", () => {
  test("semantics, nodes, totals, rounding, memory that adds up", async () => {
    const { document } = await cliJson(["inspect", CUBA]);
    expect(document.semantics).toEqual({
      ...{ dtSeconds: 1e-4, timeUnit: "s", discretisation: "exact", reset: "zero" },
      ...{ weights: "i16", inputKind: "spikes", assumptions: [] },
    });
    const { nodes, totals, memory, quantisation, records, module, boards } = document;
    const sum = (key: string) =>
      nodes.reduce((n: number, node: Record<string, number>) => n + (node[key] ?? 0), 0);
    expect(totals).toEqual({ macs: 0, neurons: 100, synapses: sum("synapses") });
    expect(sum("neurons")).toBe(100);
    const { inputBytes, outputBytes, stateBytes, activationPeakBytes, scratchBytes } = memory;
    expect(inputBytes + outputBytes + stateBytes + activationPeakBytes + scratchBytes).toBe(
      memory.memUsedBytes - memory.constantBytes,
    );
    expect(quantisation.populations[0]).toMatchObject({ name: "neurons" });
    expect(quantisation.projections.length).toBe(2);
    expect(records).toEqual(expect.arrayContaining(["neurons.spikes", "neurons.v", "neurons.i"]));
    expect(module.bytes).toBeGreaterThan(1000);
    expect(boards.every((board: { fits: boolean }) => typeof board.fits === "boolean")).toBe(true);
  });

  test("--edges writes every synapse; a module has none to write", async () => {
    const { document } = await cliJson(["inspect", CUBA, "--edges", path("edges.csv")]);
    const rows = readFileSync(path("edges.csv"), "utf8").trimEnd().split("\n");
    expect(rows.length).toBe(document.totals.synapses);
    for (const row of rows) {
      const [pre = "", post = "", weight = "", delay = ""] = row.split(",");
      expect(Number(pre) < 100 && Number(post) < 100 && delay === "0").toBe(true);
      // the first 80 excite
      expect(weight).toBe(Number(pre) < 80 ? "1.62" : "-9");
    }
    const wasm = path("cuba.wasm");
    expect((await cli(["compile", CUBA, "-o", wasm])).code).toBe(0);
    expect(await failedWith("inspect", wasm, "--edges", path("no.csv"))).toBe("USAGE 2");
    const module = (await cliJson(["inspect", wasm])).document;
    expect(module).toMatchObject({
      semantics: document.semantics,
      ...{ totals: document.totals, memory: { stateBytes: document.memory.stateBytes } },
      ...{ nodes: [], quantisation: null, records: document.records, source: document.source },
      ...{ inputs: document.inputs, outputs: document.outputs },
    });
    expect(module.module.sha256).toBe(
      createHash("sha256").update(readFileSync(wasm)).digest("hex"),
    );
    expect(module.boards.some((board: { fits: boolean | null }) => board.fits === true)).toBe(true);
  });

  dataTest("what a file leaves open is said, and what was chosen", async () => {
    const nir = dataPath("nir/01_lif/lif_norse.nir");
    const options = ["--discretisation", "sinabs", "--reset", "subtract", "--dt", "2e-4"];
    const { document } = await cliJson(["inspect", nir, ...options]);
    expect(document.semantics).toMatchObject({
      ...{ dtSeconds: 2e-4, discretisation: "sinabs", reset: "subtract" },
      assumptions: [expect.stringContaining("v_reset")],
    });
    const { stdout } = await cli(["inspect", nir, ...options]);
    expect(stdout).toMatch(/dt 0\.200 ms, sinabs, reset by subtraction, i16 weights/);
    expect(stdout).toMatch(/assumed +.*v_reset/);
  });
});

describe("compile", () => {
  test("every option of spiking networks reaches the module; the same bytes twice", async () => {
    const options = ["--weights", "i8", "--dt", "2e-4", "--discretisation", "nengo"];
    const make = async (name: string) => {
      const args = ["compile", CUBA, ...options, "--reset", "subtract", "-o", path(name)];
      return (await cliJson(args)).document;
    };
    const document = await make("a.wasm");
    await make("b.wasm");
    expect(readFileSync(path("a.wasm")).equals(readFileSync(path("b.wasm")))).toBe(true);
    expect(document.semantics).toMatchObject({
      ...{ dtSeconds: 2e-4, discretisation: "nengo", reset: "subtract", weights: "i8" },
    });
    expect((await cliJson(["inspect", path("a.wasm")])).document.semantics).toEqual(
      document.semantics,
    );
  });
});

describe("bench", () => {
  test("time per step, events per second, and what a step holds", async () => {
    const args = ["bench", CUBA, "--build", "mvp", "--seconds", "0.05"];
    const { document } = await cliJson(args);
    const [result] = document.results;
    const { minUs, p10Us, p50Us, p99Us } = result;
    expect([0, minUs, p10Us, p50Us, p99Us]).toEqual(
      [0, minUs, p10Us, p50Us, p99Us].sort((a, b) => a - b),
    );
    expect(result).toMatchObject({ model: CUBA, build: "mvp", energy: null, macsPerSecond: 0 });
    const { stepsPerSecond, synapticEventsPerSecond, synapticEventsPerStep } = result;
    expect(synapticEventsPerSecond / stepsPerSecond).toBeCloseTo(synapticEventsPerStep, 6);
    expect(synapticEventsPerStep / result.spikesPerStep).toBeGreaterThan(5);
    expect((await cli(args)).stdout).toMatch(/ev\/s.*\n.*steps\/s, .* × real time/s);
  });

  test("a network with inputs hears noise", async () => {
    const name = "net:perceptron";
    const { document } = await cliJson(["bench", name, "--build", "mvp", "--seconds", "0.02"]);
    expect(document.results[0].synapticEventsPerStep).toBeGreaterThan(0);
  });
});

test("a file that is no state, named as a model", async () => {
  expect(await failedWith("inspect", file("x.state", "TWST"))).toBe("MODEL_FORMAT 1");
});
