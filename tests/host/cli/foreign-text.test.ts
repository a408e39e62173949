/**
 * Names and words from files reach the terminal as text and never as commands: every text field of every format holds
 * what a terminal obeys, and no verb lets one character of it through.
 */
import { expect, test } from "vitest";
import { graphJson } from "../../../host/importers/graph/index.ts";
import { readModuleManifest } from "../../../host/module/check.ts";
import type { Manifest } from "../../../host/module/manifest.ts";
import {
  customSection,
  readSections,
  SECTION_ID,
  writeSections,
} from "../../../host/module/wasm-binary.ts";
import { printable } from "../../../host/text.ts";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";
import { exportGlobals, GLOBALS, handmade, INIT_AND_STEP } from "../../support/handmade-module.ts";
import { f32, i64, writeNir } from "../../support/nir-writer.ts";
import { FLATTEN } from "../../support/small-models.ts";

/** Clears a screen, sets a title, C1's own CSI, a bell, a new line, and a text that runs backwards. */
const HOSTILE = "a\x1b[2J\x1b]0;b\x07\x9b31m\r\nc\u202ed\u2028e\x7f";
/** New lines end our own lines; nothing else of this belongs into an output that is no terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const { file, path } = folderOfFiles();

async function clean(...args: readonly string[]): Promise<string> {
  let all = "";
  for (const more of [[], ["--json"]]) {
    const { stdout, stderr } = await cli([...args, ...more]);
    for (const text of [stdout, stderr]) {
      expect(
        OBEYED.exec(text),
        `${args.map((arg) => JSON.stringify(arg)).join(" ")}: ${JSON.stringify(text.slice(0, 2000))}`,
      ).toBeNull();
    }
    all += stdout + stderr;
  }
  return all;
}

test("what is obeyed is shown as its number; everything else stays as it is", () => {
  expect(printable("\x1b[2J\x9b\u202e")).toBe("\\x1b[2J\\x9b\\u202e");
  const plain = "Grüße, 漢字, 🙂, µs … “–” \\x1b";
  expect(printable(plain)).toBe(plain);
});

/** Every text in a manifest, one after another, is the hostile one. */
function withHostileTexts(manifest: Manifest): Manifest[] {
  const found: Manifest[] = [];
  const walk = (value: unknown, put: (changed: unknown) => unknown): void => {
    if (typeof value === "string") found.push(put(HOSTILE) as Manifest);
    else if (Array.isArray(value)) {
      value.forEach((item, k) => {
        walk(item, (changed) => put(value.map((old, j) => (j === k ? changed : old))));
      });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        walk(item, (changed) => put({ ...value, [key]: changed }));
      }
    }
  };
  walk(manifest, (changed) => changed);
  return found;
}

test("modules: every text of the manifest", async () => {
  const wasm = await handmade({
    source: exportGlobals(GLOBALS) + INIT_AND_STEP,
    manifest: {
      labels: Array.from({ length: 8 }, () => "label"),
      options: { one: "text" },
      memory: [{ name: "cell.v", ptr: 32, len: 0, kind: "state" }],
    },
  });
  const sections = readSections(wasm);
  const code = sections.filter(({ id }) => id !== SECTION_ID.custom);
  const manifest = readModuleManifest(wasm);
  const variants = withHostileTexts(manifest);
  expect(variants.length).toBeGreaterThan(20);
  for (const variant of variants) {
    const bytes = new TextEncoder().encode(JSON.stringify(variant));
    const module = file(
      "foreign.wasm",
      writeSections([...code, customSection("twentywatt", bytes)]),
    );
    await clean("inspect", module);
    await clean("run", module, "--samples", "1");
    await clean("compile", module, "-o", path("again.wasm"));
  }
  const labels = { ...manifest, labels: Array.from({ length: 8 }, () => HOSTILE) };
  const bytes = new TextEncoder().encode(JSON.stringify(labels));
  const module = file("labels.wasm", writeSections([...code, customSection("twentywatt", bytes)]));
  expect(await clean("run", module, "--samples", "1")).toContain("a\\x1b[2J");
});

test("spiking graphs: names of nodes and types", async () => {
  const lif = {
    type: "LIF",
    ...{ tau: f32([1], 0.02), r: f32([1], 1), v_leak: f32([1], 0), v_threshold: f32([1], 1) },
  };
  const input = { type: "Input", shape: i64(1) };
  const output = { type: "Output", shape: i64(1) };
  // a name of HDF5 may hold anything but a slash
  const name = HOSTILE.replaceAll("/", "");
  const graph = (kind: string) => ({
    type: "NIRGraph" as const,
    nodes: { input, [name]: { ...lif, type: kind }, output },
    edges: [
      ["input", name],
      [name, "output"],
    ],
  });
  const good = file("names.nir", await writeNir(graph("LIF")));
  expect(await clean("inspect", good)).toContain("a\\x1b[2J");
  expect(await clean("run", good, "--build", "mvp", "--steps", "3")).not.toBe("");
  const record = `${name}.v=${path("v.csv")}`;
  await clean("run", good, "--build", "mvp", "--steps", "3", "--record", record);
  await clean(
    "run",
    good,
    "--build",
    "mvp",
    "--steps",
    "3",
    "--record",
    `${HOSTILE}.x=${path("x.csv")}`,
  );
  const bad = file("types.nir", await writeNir(graph(HOSTILE)));
  expect(await clean("inspect", bad)).toContain("a\\x1b[2J");
});

test("graphs as JSON: names of tensors and nodes", async () => {
  const tensors = [int8Tensor(HOSTILE, [1, 4]), int8Tensor(HOSTILE, [4])];
  const text = graphJson(layeredGraph(tensors, [reshape(0, 0, 1)], [0], [1]));
  const model = file("graph.json", text);
  expect(await clean("inspect", model)).toContain("a\\x1b[2J");
  await clean("run", model, "--build", "mvp", "--samples", "1");
  await clean("inspect", file("damaged.json", text.replace('"shape":[4]', '"shape":[5]')));
});

test("names of files, classes and wrong values", async () => {
  const name = HOSTILE.replaceAll("/", "");
  const model = file(`${name}.tflite`, FLATTEN);
  expect(await clean("inspect", model)).toContain("a\\x1b[2J");
  const classes = file(
    `${name}.txt`,
    Array.from({ length: 6 }, () => name.replace("\r\n", "")).join("\n"),
  );
  await clean("run", model, "--build", "mvp", "--samples", "1", "--classes", classes);
  await clean("run", `${path(name)}.not`);
  await clean("run", `net:${HOSTILE}`);
  await clean("run", `net:lif?${HOSTILE}=1`);
  await clean(HOSTILE);
  await clean("run", model, `--${HOSTILE}`);
  await clean("run", model, "--target", HOSTILE);
  await clean("run", model, "--meter", HOSTILE);
  await clean("run", model, "--build", HOSTILE);
  await clean("run", model, "--input", file(`${name}.csv`, `1,2,${name.replace("\r\n", "")}\n`));
});
