/** Several Inputs and Outputs: the order of the file, wherever a network is read, compiled or fed. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { importNir } from "../../../../host/importers/nir/index.ts";
import { localTarget } from "../../../../host/runtime/index.ts";
import { cli, folderOfFiles } from "../../../support/cli.ts";
import { dataPath, dataTest } from "../../../support/data.ts";
import { f32, i64, type NirNode, type NirStyle, writeNir } from "../../../support/nir-writer.ts";

const { file, path } = folderOfFiles();

const port = (type: "Input" | "Output", n: number): NirNode => ({ type, shape: i64(n) });
const relay = (n: number): NirNode => ({ type: "Threshold", threshold: f32([n], 0.5) });

/** Inputs of 1, 2 and 3 elements, each through its own neurons to an output of its own; edges last to first. */
const THREE = {
  type: "NIRGraph",
  nodes: {
    ...{ second: port("Input", 2), first: port("Input", 1), third: port("Input", 3) },
    ...{ r1: relay(1), r2: relay(2), r3: relay(3) },
    ...{ "2nd": port("Output", 2), "1st": port("Output", 1), "3rd": port("Output", 3) },
  },
  edges: [
    ...[
      ["r3", "3rd"],
      ["third", "r3"],
      ["r1", "1st"],
    ],
    ...[
      ["second", "r2"],
      ["first", "r1"],
      ["r2", "2nd"],
    ],
  ],
} as const;

const load = async (style: NirStyle) =>
  importNir(await writeNir(THREE, style), { name: "three", format: "nir", sha256: "" });

/** By h5py's rule: names in their order, unless the file keeps the order of creation. */
const RULES: readonly (readonly [string, NirStyle, string[], string[]])[] = [
  ["an old file", {}, ["first", "second", "third"], ["1st", "2nd", "3rd"]],
  ["a new file", { latest: true }, ["first", "second", "third"], ["1st", "2nd", "3rd"]],
  [
    "a file with track_order",
    { latest: true, tracked: true },
    ["second", "first", "third"],
    ["2nd", "1st", "3rd"],
  ],
];

describe.each(RULES)("%s", (_, style, inputs, outputs) => {
  test("its Inputs and Outputs stand in the manifest as in the file", async () => {
    const { manifest } = await compile(await load(style), DEFAULT_OPTIONS);
    expect(manifest.inputs.map(({ name }) => name)).toEqual(inputs);
    expect(manifest.outputs.map(({ name }) => name)).toEqual(outputs);
  });

  test("a session's bytes follow them", async () => {
    const { wasm } = await compile(await load(style), DEFAULT_OPTIONS);
    const session = await localTarget().load(wasm);
    const output = new Uint8Array(session.outputBytes);
    for (let k = 0; k < 6; k++) {
      const input = Uint8Array.from({ length: 6 }, (_, j) => Number(j === k));
      await session.step(input, output);
      expect(output).toEqual(input);
    }
    await session.close();
  });

  test("run feeds columns in this order, and says so", async () => {
    const model = file("three.nir", await writeNir(THREE, style));
    const input = file("three.csv", "1,0,0,0,0,0\n");
    const { stdout } = await cli(["run", model, "--input", input, "--build", "mvp"]);
    const size = (name: string) =>
      ({ first: 1, "1st": 1, second: 2, "2nd": 2, third: 3, "3rd": 3 })[name];
    const listed = (names: readonly string[]) =>
      names.map((name) => `${name} (${size(name)})`).join(", ");
    expect(stdout).toContain(`inputs in order: ${listed(inputs)}\n`);
    expect(stdout).toContain(`outputs in order: ${listed(outputs)}\n`);
  });
});

dataTest(
  "accelerometer, gyroscope, microphone: columns of the file are those of the csv",
  async () => {
    const output = path("three.out.csv");
    const args = ["--input", dataPath("nir-cases/three.csv"), "--output", output, "--build", "mvp"];
    const { code } = await cli(["run", dataPath("nir-cases/three_inputs.nir"), ...args]);
    expect([code, readFileSync(output, "utf8")]).toEqual([0, "1,0,0\n0,1,0\n0,0,1\n"]);
  },
);
