/**
 * A file that is damaged is named, whatever its format: a person with twelve of them wants to know which. Every file here
 * is made sound, and then damaged.
 */
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import type { Problem } from "../../../host/errors.ts";
import { graphJson } from "../../../host/importers/graph/index.ts";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";
import { recurrent } from "../../support/nir-models.ts";
import { writeNir } from "../../support/nir-writer.ts";
import { FLATTEN, flattenGraph } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const SPIKING = "net:lif?current=20";

const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length >> 1);

/** One byte turned over. */
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, k) => (k === at ? byte ^ 0xff : byte));

async function made(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cli(args);
  expect(code, stderr).toBe(0);
}

/** Where the code of a module lies: section 10. */
function codeAt(wasm: Uint8Array): number {
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (id === 10) return at + (size >> 1);
    at += size;
  }
  throw new Error("a module without code");
}

beforeAll(async () => {
  const sound = file("sound.tflite", FLATTEN);
  await made("compile", sound, "-o", path("sound.wasm"));
  await made("run", SPIKING, "--steps", "10", "--save-state", path("sound.state"));
  const wasm = new Uint8Array(readFileSync(path("sound.wasm")));
  const state = new Uint8Array(readFileSync(path("sound.state")));
  const nir = await writeNir(recurrent);
  const graph = graphJson(flattenGraph());

  file("half.tflite", half(FLATTEN));
  file("half.nir", half(nir));
  file("half.wasm", half(wasm));
  file("code.wasm", flipped(wasm, codeAt(wasm)));
  file("half.json", graph.slice(0, graph.length >> 1));
  file("field.json", graph.replace('"RESHAPE"', '"RESHAPED"'));
  file("empty.tflite", "");
  file(
    "noise.bin",
    Uint8Array.from({ length: 300 }, (_, k) => (k * 197) & 255),
  );
  file("half.state", half(state));
  file("crc.state", flipped(state, state.length - 10));
  file("labels.csv", "0\n1\nthree\n");
  file("classes.txt", "one\ntwo\n");
  file("input.bin", new Uint8Array(7));
  file("input.csv", "1,2,3\n");
  file("input.events.csv", "0,0\nfive,0\n");
});

const spikes = ["run", "net:demo-spikes?input=features", "--input"];

type Row = readonly [name: string, calls: readonly (readonly string[])[]];

const CALLS: readonly Row[] = [
  ...["half.tflite", "half.nir", "half.wasm", "half.json", "field.json", "empty.tflite"].map(
    (name): Row => [name, ["run", "inspect", "bench"].map((verb) => [verb, path(name)])],
  ),
  ...["half.tflite", "half.nir", "half.json", "field.json", "noise.bin"].map(
    (name): Row => [name, [["compile", path(name), "-o", path("out.wasm")]]],
  ),
  // sound but for its code, which only a target looks at
  [
    "code.wasm",
    [
      ["run", path("code.wasm")],
      ["bench", path("code.wasm")],
    ],
  ],
  // of several models the one that is meant
  ["half.tflite", [["bench", "net:lif", path("half.tflite")]]],
  ["half.state", [["run", SPIKING, "--steps", "1", "--load-state", path("half.state")]]],
  ["crc.state", [["run", SPIKING, "--steps", "1", "--load-state", path("crc.state")]]],
  ["sound.state", [["run", "net:izhikevich", "--steps", "1", "--load-state", path("sound.state")]]],
  ["labels.csv", [["run", path("sound.tflite"), "--labels", path("labels.csv")]]],
  ["classes.txt", [["run", path("sound.tflite"), "--classes", path("classes.txt")]]],
  ["input.bin", [["run", path("sound.tflite"), "--input", path("input.bin")]]],
  ["input.csv", [["run", path("sound.tflite"), "--input", path("input.csv")]]],
  ["input.events.csv", [[...spikes, path("input.events.csv")]]],
];

test.each(CALLS)("%s", async (name, calls) => {
  for (const call of calls) {
    const { errors } = await failure(...call);
    expect(errors.length).toBeGreaterThan(0);
    for (const { code, where } of errors) {
      expect(code).not.toBe("INTERNAL");
      // the path as it was given, once, and behind it the place in the file
      expect(where === path(name) || where.startsWith(`${path(name)}: `), where).toBe(true);
      expect(where.split(name)).toHaveLength(2);
    }
  }
});

test("a file in this folder is named as it was typed", async () => {
  const here = process.cwd();
  process.chdir(path(""));
  try {
    const { errors } = await failure("inspect", "half.tflite");
    expect(errors[0]).toMatchObject({
      where: expect.stringMatching(/^half\.tflite: /),
    } satisfies Partial<Problem>);
  } finally {
    process.chdir(here);
  }
});
