/**
 * The demonstration as terminals of 60, 80 and 120 columns show it. The recorded screens in tests/fixtures/demo were read
 * by a person; `npx vitest run tests/host/demo/screens.test.ts -u` records them again.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type DemoIo, runDemo } from "../../../host/demo/demo.ts";
import type { DemoNetwork, LoadedNetwork } from "../../../host/demo/network.ts";
import { cut } from "../../../host/demo/screen.ts";
import type { Manifest } from "../../../host/module/manifest.ts";
import { metered, twoSteps } from "../../support/demo-io.ts";
import { Terminal } from "../../support/terminal.ts";

const NETWORKS: readonly DemoNetwork[] = [
  { ...twoSteps, name: "int8 network" },
  { ...twoSteps, name: "spiking network" },
];
const MANIFESTS: readonly object[] = [
  { dtSeconds: null, macs: 8064, neurons: 0, synapses: 0, source: { name: "net:demo-int8" } },
  { dtSeconds: 7.8e-3, macs: 0, neurons: 21, synapses: 2128, source: { name: "net:demo-spikes" } },
];

/** @param watch is called before each block of the live machine */
async function demoOn(terminal: Terminal, more: Partial<DemoIo> = {}, watch = (_: number) => {}) {
  const { io } = metered({ isTTY: true });
  let loads = 0;
  let blocks = 0;
  const load: DemoIo["load"] = async (graph): Promise<LoadedNetwork> => {
    const loaded = await io.load(graph);
    const manifest = { ...loaded.session.manifest, ...MANIFESTS[loads++] } as Manifest;
    return { ...loaded, moduleBytes: 12_246, session: { ...loaded.session, manifest } };
  };
  const waitUntil: DemoIo["waitUntil"] = (timeNs, signal) => {
    watch(blocks++);
    return io.waitUntil(timeNs, signal);
  };
  await runDemo(
    { networks: NETWORKS, seconds: 3 },
    { ...io, load, waitUntil, stdout: terminal, ...more },
  );
}

describe.each([60, 80, 120])("%i columns", (columns) => {
  test("the picture, as it was recorded", async () => {
    const terminal = new Terminal(columns, 24);
    await demoOn(terminal);
    expect(terminal.pictures.length).toBeGreaterThan(10);
    await expect(`${terminal.pictures.at(-1)}\n`).toMatchFileSnapshot(
      fileURLToPath(new URL(`../../fixtures/demo/live-${columns}.txt`, import.meta.url)),
    );
    await expect(`${terminal.text}\n`).toMatchFileSnapshot(
      fileURLToPath(new URL(`../../fixtures/demo/end-${columns}.txt`, import.meta.url)),
    );
  });

  test.each([
    ["colours", {}],
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["TERM=dumb", { TERM: "dumb" }],
    ["CI", { CI: "1" }],
  ])("%s: no line of any picture goes over the edge", async (_, env) => {
    const terminal = new Terminal(columns, 24);
    await demoOn(terminal, { env });
    expect(terminal.tooWide).toEqual([]);
    expect(terminal.cursorHidden).toBe(false);
  });
});

test("what does not fit is left out whole: no number and no word is cut", async () => {
  const [narrow, wide] = [new Terminal(60, 24), new Terminal(120, 24)];
  await demoOn(narrow);
  await demoOn(wide);
  const figures = (terminal: Terminal) => {
    const lines = terminal.pictures.at(-1)?.split("\n") ?? [];
    return lines.slice(lines.findIndex((line) => line.includes("  module ")));
  };
  const [whole, shown] = [figures(wide), figures(narrow)];
  expect(whole.filter((line) => line.endsWith("…"))).toEqual([]);
  for (const [k, line] of whole.entries()) {
    const here = shown[k] ?? "";
    if (here === line) continue;
    expect(line.length).toBeGreaterThan(60);
    expect(line.startsWith(here)).toBe(true);
    expect(line.slice(here.length)).toMatch(/^[,:]? [(\w]/);
  }
});

describe("a window that changes its size", () => {
  test("gets a new picture inside its new edge, from its first line on", async () => {
    const terminal = new Terminal(120, 40);
    await demoOn(terminal, {}, (block) => {
      if (block === 8) terminal.columns = 60;
      if (block === 12) terminal.columns = 90;
    });
    expect(terminal.tooWide).toEqual([]);
    // the title above the picture was cleared with it; the picture stands once
    expect(terminal.text.match(/Ctrl-C ends/g)).toHaveLength(1);
    expect(terminal.text.split("\n")[0]).toMatch(/^ {2}[▁▂▃▄▅▆▇█]{64}$/);
  });

  test("that is low shows the first lines, and the cursor never leaves it", async () => {
    const terminal = new Terminal(80, 10);
    await demoOn(terminal);
    const picture = terminal.pictures.at(-1)?.split("\n").slice(3, -1) ?? [];
    expect(picture).toHaveLength(9);
    expect(picture[1]).toMatch(/^ {2}machine /);
  });
});

test("a painted line is cut between characters, and no colour is left open", () => {
  const line = "ab\x1b[32mcdef\x1b[0mgh";
  expect(cut(line, 8)).toBe(line);
  expect(cut(line, 7)).toBe("ab\x1b[32mcdef\x1b[0m…");
  expect(cut(line, 4)).toBe("ab\x1b[32mc…\x1b[0m");
  expect(cut("音声認識", 6)).toBe("音声…");
});
