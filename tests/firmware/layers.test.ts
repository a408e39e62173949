/** The core's layers, as firmware/README.md draws them: includes and calls lead down, and one file sees WASM3. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileFlags, ENGINE_FILE } from "../../host/firmware/flags.ts";
import { FIRMWARE, readPort, wasm3Source } from "../../host/firmware/index.ts";
import { coreSources } from "../support/firmware-fuzz.ts";
import { CORE, compilerTest, compileSources, KERNELS } from "../support/firmware-program.ts";

/** From one file of the core, without its ending, to another. */
type Arrow = { readonly from: string; readonly to: string };

/** tw.h is how ports call tw_loop.c. */
const stem = (file: string): string =>
  file.replace(/^.*\/|\.[ch]$/g, "").replace(/^tw$/, "tw_loop");

const stems = [...new Set(readdirSync(CORE).map(stem))];

/** Every stem's row in the README's picture. */
function rows(): Map<string, number> {
  const readme = readFileSync(join(FIRMWARE, "README.md"), "utf8");
  const picture = /^## Layers$[\s\S]*?^```$([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
  const found = new Map<string, number>();
  const [, core = ""] = picture.split(/^─+$/m);
  for (const [row, line] of core.trim().split("\n").entries()) {
    const names = line.split(/ {2,}/).filter((word) => /^tw_[\w*]+$/.test(word));
    for (const name of names) {
      const pattern = new RegExp(`^${name.replace("*", "\\w+")}$`);
      for (const one of stems.filter((candidate) => pattern.test(candidate))) {
        expect(found.has(one), `${one}, twice in the picture`).toBe(false);
        found.set(one, row);
      }
    }
  }
  return found;
}

function includes(): Arrow[] {
  return readdirSync(CORE).flatMap((file) => {
    const text = readFileSync(join(CORE, file), "utf8");
    return [...text.matchAll(/^#include "(tw\w*\.h)"/gm)]
      .map(([, header = ""]) => ({ from: stem(file), to: stem(header) }))
      .filter(({ from, to }) => from !== to);
  });
}

/** Below the core: the picture has all of them as one. */
const KERNELS_ROW = Number.MAX_SAFE_INTEGER;

const kernelStems = [...new Set(readdirSync(KERNELS).map(stem))];

/** By the symbols that each object has and wants. */
async function calls(): Promise<Arrow[]> {
  const sources = coreSources(await wasm3Source());
  const objects = compileSources(sources);
  const symbols = sources.map(({ file }, k) => {
    const lines = execFileSync("nm", ["-g", objects[k] ?? ""])
      .toString()
      .split("\n");
    const names = (kinds: RegExp) =>
      lines.flatMap((line) => {
        const [, kind = "", name = ""] = /([A-Za-z]) (tw_\w+)$/.exec(line) ?? [];
        return kinds.test(kind) ? [name] : [];
      });
    return { from: stem(file), has: names(/^[TDBR]$/), wants: names(/^U$/) };
  });
  const home = new Map(symbols.flatMap(({ from, has }) => has.map((name) => [name, from])));
  return symbols.flatMap(({ from, wants }) =>
    wants.map((name) => ({ from, to: home.get(name) ?? `nobody's ${name}` })),
  );
}

/** Takes away what leads nowhere until nothing changes: what is left lies in a circle, or leads into one. */
function circles(arrows: readonly Arrow[]): Arrow[] {
  for (let left = [...arrows]; ; ) {
    const rest = left.filter(({ to }) => left.some(({ from }) => from === to));
    if (rest.length === left.length) return rest;
    left = rest;
  }
}

const upwards = (arrows: readonly Arrow[], row: ReadonlyMap<string, number>): Arrow[] =>
  arrows.filter(({ from, to }) => (row.get(to) ?? -1) < (row.get(from) ?? -1));

test("the picture has every file of the core, and includes lead down", () => {
  const row = rows();
  expect([...row.keys()].sort()).toEqual([...stems].sort());
  const arrows = includes();
  expect(arrows.length).toBeGreaterThan(stems.length);
  expect(upwards(arrows, row)).toEqual([]);
  expect(circles(arrows)).toEqual([]);
});

compilerTest(
  "calls lead down",
  async () => {
    const arrows = await calls();
    expect(arrows.length).toBeGreaterThan(stems.length);
    const row = new Map([...rows(), ...kernelStems.map((name) => [name, KERNELS_ROW] as const)]);
    expect(upwards(arrows, row)).toEqual([]);
    expect(circles([...arrows, ...includes()])).toEqual([]);
  },
  300_000,
);

test("the search for circles finds one, and what leads into it", () => {
  const arrow = (from: string, to: string): Arrow => ({ from, to });
  const circle = [arrow("a", "b"), arrow("b", "c"), arrow("c", "a")];
  expect(circles([...circle, arrow("c", "d"), arrow("e", "a")])).toEqual([
    ...circle,
    arrow("e", "a"),
  ]);
});

compilerTest("WASM3's headers are there for the engine file and for nothing else", async () => {
  const wasm3 = await wasm3Source();
  const reaches = (part: "core" | "engine" | "port" | "program", file: string, header: string) => {
    const flags = compileFlags(readPort("posix"), part, file, wasm3);
    const input = `#include "${header}"\n`;
    return spawnSync("cc", [...flags, "-E", "-x", "c", "-"], { input }).status === 0;
  };
  for (const header of ["m3_env.h", "m3_compile.h"]) {
    expect(reaches("engine", ENGINE_FILE, header)).toBe(true);
    expect(reaches("core", "tw_model.c", header)).toBe(false);
    expect(reaches("port", "main.c", header)).toBe(false);
    expect(reaches("program", "main.c", header)).toBe(false);
  }
  expect(reaches("core", "tw_model.c", "tw_engine.h")).toBe(true);
  expect(reaches("port", "main.c", "tw.h")).toBe(true);
});
