/**
 * `--record` behind a front end, where a step of the module is a hop of the network's: every step inside of a hop, against the
 * same network without a front end, which gets the spikes that the front end encoded and runs them one by one.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { graphJson } from "../../../host/importers/index.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { allToAll, cubaLif, network, oneToOne, threshold } from "../../../host/network/index.ts";
import { cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const { file, path } = folderOfFiles();

const FEATURES = 16;
const HOP = 64;
/** 8 steps of 1/512 s */
const STEPS = 8;
const DT = 1 / 512;
const HOPS = 20;
const NODES = ["heard.spikes", "cells.spikes", "cells.v", "cells.i"] as const;

/** Crossings of levels, one spike a channel and step at most: those of a hop are spread over its steps. */
const FRONT = file(
  "lines.json",
  JSON.stringify({
    ...{ sampleRateHz: 4096, unit: "m/s²", scale: 2 ** -10, hop: HOP },
    nodes: [
      { kind: "Window", shape: "hann", length: 2 * HOP },
      { kind: "Spectrum", size: 2 * HOP },
      { kind: "Log", first: 1, lines: FEATURES, unit: "log2" },
      { kind: "Normalise", mean: "row" },
      { kind: "Encode", code: "crossing", scale: 0.25, threshold: 0.5 },
    ],
  }),
);

/** What is heard is what was encoded; cells keep a current and a potential, and one of their own kind excites the rest. */
const NET = file("net.json", graphJson(written()));

function written() {
  const net = network({ name: "cells", dtSeconds: DT });
  const from = net.input("features", 2 * FEATURES, null, { maxCount: 1 });
  const heard = net.population("heard", 2 * FEATURES, threshold({ threshold: 0.5 }));
  net.project(from, heard, { connect: oneToOne() });
  const cell = cubaLif({ tauMem: 0.02, vThreshold: 1, receptors: { exc: { tauSyn: 0.005 } } });
  const cells = net.population("cells", 5, cell);
  net.project(heard, cells, { connect: allToAll(), weight: 0.9 });
  net.project(cells, cells, { connect: allToAll(), weight: 0.4, delay: 3 * DT });
  net.output("spikes", cells);
  return net.graph();
}

/** A line that wanders through the spectrum, louder and softer. */
const SAMPLES = (() => {
  const random = mulberry32(5);
  const wave = Int16Array.from({ length: HOPS * HOP }, (_, t) => {
    const hop = Math.floor(t / HOP);
    const loud = 8000 * Math.abs(Math.sin(hop / 5));
    return Math.round(loud * Math.sin(t * (0.05 + 0.012 * hop)) + 20 * (random() - 0.5));
  });
  file("first.bin", new Uint8Array(wave.buffer.slice(0, 14 * HOP)));
  file("second.bin", new Uint8Array(wave.buffer.slice(14 * HOP)));
  return file("wave.bin", new Uint8Array(wave.buffer));
})();

const fileOf = (name: string, node: string): string =>
  path(`${name}.${node}${node.endsWith("spikes") ? ".events.csv" : ".csv"}`);

const recording = (name: string): string[] =>
  NODES.flatMap((node) => ["--record", `${node}=${fileOf(name, node)}`]);

const recorded = (name: string): Record<string, string> =>
  Object.fromEntries(NODES.map((node) => [node, readFileSync(fileOf(name, node), "utf8")]));

/** Behind the front end, or a module of it. */
async function run(name: string, ...more: readonly string[]): Promise<Record<string, string>> {
  const args = ["run", NET, "--front", FRONT, ...recording(name), ...more];
  if (!more.includes("--input")) args.push("--input", SAMPLES);
  const { code, document } = await cliJson(args);
  // a busy computer may be warned of its line
  const said = document.warnings.filter((text: string) => text.includes("--record"));
  expect([code, said]).toEqual([0, []]);
  return recorded(name);
}

test("every step of every hop is that of the network alone, which gets the encoded spikes", async () => {
  const behind = await run("behind");
  const alone = ["run", NET, "--input", fileOf("behind", "heard.spikes")];
  await cliJson([...alone, "--steps", String(HOPS * STEPS), ...recording("alone")]);
  expect(behind).toEqual(recorded("alone"));
  expect(behind["cells.v"]?.split("\n")).toHaveLength(HOPS * STEPS + 1);
  // there is something to see, and inside of hops
  const steps = behind["cells.spikes"]?.split("\n").map((line) => Number(line.split(",")[0])) ?? [];
  expect(new Set(steps.map((step) => step % STEPS)).size).toBe(STEPS);
});

test("a recording changes neither outputs nor state, and states of runs with and without are one another's", async () => {
  await run("kept", "--output", path("kept.bin"), "--save-state", path("kept.state"));
  const plain = ["run", NET, "--front", FRONT, "--input", SAMPLES];
  await cliJson([...plain, "--output", path("plain.bin"), "--save-state", path("plain.state")]);
  for (const end of ["bin", "state"]) {
    expect(readFileSync(path(`kept.${end}`))).toEqual(readFileSync(path(`plain.${end}`)));
  }
});

test("both builds, and a run in two parts, one file after the other", async () => {
  const whole = await run("whole", "--build", "simd");
  expect(await run("mvp", "--build", "mvp")).toEqual(whole);
  const [state, first, second] = [path("half.state"), path("first.bin"), path("second.bin")];
  const before = await run("before", "--input", first, "--save-state", state);
  const after = await run("after", "--input", second, "--load-state", state);
  for (const node of NODES) expect(`${before[node]}${after[node]}`).toBe(whole[node]);
});

testUnless(missingPosix())("through WASM3", async () => {
  expect(await run("wasm3", "--target", "wasm3")).toEqual(await run("here"));
});

testUnless(missingPosix())("on a board", async () => {
  const here = await run("there");
  const board = await PosixBoard.start();
  try {
    expect(await run("board", "--target", `board:${board.path}`)).toEqual(here);
  } finally {
    await board.close();
  }
});

test("a compiled module shows the last step of each hop, and says so", async () => {
  const module = path("net.wasm");
  await cliJson(["compile", NET, "--front", FRONT, "-o", module]);
  const each = (await run("each"))["cells.v"]?.split("\n") ?? [];
  const args = ["run", module, "--input", SAMPLES, "--record", `cells.v=${path("hops.csv")}`];
  const { document } = await cliJson(args);
  expect(document.warnings).toEqual([expect.stringContaining("the last step of each hop")]);
  const hops = readFileSync(path("hops.csv"), "utf8").trimEnd().split("\n");
  expect(hops).toEqual(each.filter((_, step) => step % STEPS === STEPS - 1).slice(0, HOPS));
});

test("inspect lists what there is to record, and what there is not is refused with it", async () => {
  const { document } = await cliJson(["inspect", NET, "--front", FRONT]);
  const delayed = "cells.delay_3.spikes";
  expect(document.records).toEqual([delayed, "heard.spikes", "heard.i", ...NODES.slice(1)]);
  const args = ["run", NET, "--front", FRONT, "--input", SAMPLES, "--record"];
  const { code, errors } = await failure(...args, `features.spikes=${path("no.events.csv")}`);
  expect([code, errors[0]?.code]).toEqual([2, "USAGE"]);
  expect(errors[0]?.expected).toContain("heard.spikes, heard.i, cells.spikes");
});
