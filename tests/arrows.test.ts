/** Who may import whom: an import against the arrows fails `npm run check`, and so `.ci/run`. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIOME = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");

/** A file or a room, and what a file there imports. */
type Arrow = readonly [where: string, specifier: string];

const UPWARD: readonly Arrow[] = [
  ["host/errors.ts", "./model/graph.ts"],
  ["host/text.ts", "./units.ts"],
  ["host/model/", "../module/manifest.ts"],
  ["host/model/", "node:fs"],
  ["host/module/", "../spiking/quantise.ts"],
  ["host/spiking/", "../module/manifest.ts"],
  ["host/spiking/rules/", "../../compiler/index.ts"],
  ["host/network/", "../importers/index.ts"],
  ["host/importers/nir/", "../tflite/read.ts"],
  ["host/importers/tflite/", "../../compiler/index.ts"],
  ["host/importers/", "../module/manifest.ts"],
  ["host/compiler/ops/", "../../importers/index.ts"],
  ["host/compiler/", "../runtime/index.ts"],
  ["host/firmware/", "../model/graph.ts"],
  ["host/firmware/", "../native/index.ts"],
  ["host/compiler/", "../native/index.ts"],
  ["host/native/", "../spiking/steps.ts"],
  ["host/boards/", "../compiler/index.ts"],
  ["host/lines/", "../runtime/link.ts"],
  ["host/linux/", "../lines/line.ts"],
  ["host/lines/", "koffi"],
  ["host/runtime/", "koffi"],
  ["host/sensors/", "koffi"],
  ["host/power/", "koffi"],
  ["host/cli/", "koffi"],
  ["host/runtime/", "../compiler/index.ts"],
  ["host/runtime/", "../firmware/index.ts"],
  ["host/sensors/", "../runtime/link.ts"],
  ["host/power/", "../sensors/sensor.ts"],
  ["host/files/", "../runtime/index.ts"],
  ["host/run/", "../compiler/index.ts"],
  ["host/run/", "../cli/io.ts"],
  ["host/front/", "../compiler/index.ts"],
  ["host/front/named/", "../../sensors/sensor.ts"],
  ["host/compiler/", "../front/index.ts"],
  ["host/export/", "../boards/facts.ts"],
  ["host/export/", "../compiler/index.ts"],
  ["host/demo/", "../compiler/index.ts"],
  ["assembly/fixed/", "../layers/add"],
  ["assembly/neurons/", "../synapses/sparse"],
];

const DOWNWARD: readonly Arrow[] = [
  ["host/module/", "../model/graph.ts"],
  ["host/spiking/", "../model/order.ts"],
  ["host/compiler/", "../spiking/quantise.ts"],
  ["host/boards/", "../firmware/index.ts"],
  ["host/native/", "../compiler/assemble.ts"],
  ["host/linux/", "koffi"],
  ["host/runtime/", "../lines/index.ts"],
  ["host/runtime/", "../boards/refusal.ts"],
  ["host/front/", "../model/signal-graph.ts"],
  ["host/export/", "../module/manifest.ts"],
  ["host/run/", "../files/input.ts"],
  ["host/cli/", "../run/steps.ts"],
];

const house = mkdtempSync(join(tmpdir(), "twentywatt-arrows-"));
afterAll(() => rmSync(house, { recursive: true, force: true }));

const fileOf = (where: string, k: number): string =>
  where.endsWith(".ts") ? where : `${where}arrow-${k}.ts`;

/** All of them in a house of its own, under the rules of this one: files that break an arrow. */
const refused = new Set<string>();

beforeAll(() => {
  copyFileSync(join(ROOT, "biome.json"), join(house, "biome.json"));
  for (const [k, [where, specifier]] of [...UPWARD, ...DOWNWARD].entries()) {
    const path = join(house, fileOf(where, k));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { it } from "${specifier}";\n\nexport const that = it;\n`);
  }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [BIOME, "lint", "--reporter=json", "--max-diagnostics=none", "--only=noRestrictedImports", "."],
    { cwd: house, encoding: "utf8" },
  );
  if (!stdout.startsWith("{")) throw new Error(`biome did not report: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  for (const { category, location } of diagnostics) {
    if (!category.endsWith("noRestrictedImports")) continue;
    refused.add(typeof location.path === "string" ? location.path : location.path.file);
  }
});

describe("refused", () => {
  test.each(UPWARD.map((arrow, k) => [...arrow, k] as const))("%s imports %s", (where, _, k) => {
    expect(refused).toContain(fileOf(where, k));
  });
});

describe("allowed", () => {
  test.each(DOWNWARD.map((arrow, k) => [...arrow, UPWARD.length + k] as const))(
    "%s imports %s",
    (where, _, k) => {
      expect(refused).not.toContain(fileOf(where, k));
    },
  );
});
