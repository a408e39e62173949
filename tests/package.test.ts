/** The package as users get it: what `npm pack` would put into it is complete, and nothing of the workshop is in it. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { packArduino } from "../host/firmware/arduino.ts";
import { builtTest } from "./support/built.ts";
import { packedFiles } from "./support/package-files.ts";
import { linksOf, ROOT, readmeText } from "./support/readmes.ts";

builtTest("what npm packs runs by itself, and holds nothing else", () => {
  const paths = packedFiles();
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "build/host/index.d.ts"]) {
    expect(paths).toContain(file);
  }
  const allowed =
    /^build\/firmware\/TwentyWatt\.zip$|^(assembly|build\/host|host\/(?:demo|cli)|firmware|examples)\/|^LICENSE$|^\w+\.json$|^(host\/.*|tests\/(bench\/)?)?[A-Z]+\.md$/;
  // some versions of npm take whatever is named readme or package.json out of a folder that one page is packed from
  const along = ["tests/bench/package.json", "tests/readme.test.ts"];
  const strangers = paths.filter((path) => !allowed.test(path));
  expect(strangers.filter((path) => !along.includes(path))).toEqual([]);

  const folder = mkdtempSync(join(tmpdir(), "twentywatt-package-"));
  try {
    for (const path of paths) cpSync(join(ROOT, path), join(folder, path));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const main = join(folder, "build/host/cli/main.js");
    const { status, stdout, stderr } = spawnSync(main, ["run", "net:demo-int8", "--samples", "2"], {
      ...{ encoding: "utf8" },
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("2 samples");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the Arduino library is packed, as prepack writes it", async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(scripts.prepack).toContain("build/host/firmware/main.js arduino");
  await packArduino();
  expect(packedFiles()).toContain("build/firmware/TwentyWatt.zip");
});

test("every page and file that a packed page links to is packed too", () => {
  const paths = packedFiles();
  const dead = paths
    .filter((path) => path.endsWith(".md"))
    .flatMap((page) =>
      linksOf(readmeText(page)).map((target) => ({ page, to: join(dirname(page), target) })),
    )
    .filter(({ to }) => !paths.some((path) => path === to || path.startsWith(`${to}/`)));
  expect(dead).toEqual([]);
});

/** The package as `npm pack` writes it, installed beside the modules it needs: the folder of a program that uses it. */
function consumer(): string {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-consumer-"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const installed = join(folder, "program", "node_modules", "twentywatt");
  for (const path of packedFiles()) cpSync(join(ROOT, path), join(installed, path));
  return join(folder, "program");
}

const PROGRAM = `
import { compile, DEFAULT_OPTIONS, graphJson, importModel, type SpikingGraph } from "twentywatt";
import { allToAll, lif, type Network, network, uniform } from "twentywatt/network";

const net: Network = network({ name: "mine", seed: 3, dtSeconds: 1e-3 });
const input = net.input("in", 3);
const cells = net.population("cells", 4, lif({ tau: 0.02, vThreshold: uniform(0.5, 1) }));
net.project(input, cells, { connect: allToAll(), weight: 2 });
net.output("out", cells);
const graph: SpikingGraph = net.graph();
const text: string = graphJson(graph);
const back = await importModel(new TextEncoder().encode(text), "mine.json", { reset: "zero" });
const one = await compile(graph, DEFAULT_OPTIONS);
const two = await compile(back, DEFAULT_OPTIONS);
console.log(Buffer.compare(one.wasm, two.wasm), two.manifest.neurons);
`;

const COMMON = `
async function main(): Promise<void> {
  const { lif } = await import("twentywatt/network");
  const { DEFAULT_OPTIONS } = await import("twentywatt");
  console.log(lif({ tau: 1, vThreshold: 1 }).kind, DEFAULT_OPTIONS.build);
}
void main();
`;

builtTest("a program that installed it builds a network, keeps it and compiles it", () => {
  const folder = consumer();
  try {
    writeFileSync(join(folder, "program.mts"), PROGRAM);
    writeFileSync(join(folder, "common.cts"), COMMON);
    const run = (...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        ...{ cwd: folder, encoding: "utf8", timeout: 100_000 },
      });
      expect(status, stdout + stderr).toBe(0);
      return stdout.trim();
    };
    const tsc = (...args: readonly string[]) =>
      run(
        join(ROOT, "node_modules/typescript/bin/tsc"),
        ...["--strict", "--exactOptionalPropertyTypes", "--target", "es2023", "--types", "node"],
        ...args,
      );
    tsc("--noEmit", "--module", "node16", "program.mts", "common.cts");
    tsc("--noEmit", "--module", "esnext", "--moduleResolution", "bundler", "program.mts");
    tsc("--module", "nodenext", "program.mts", "common.cts");
    expect(run("program.mjs")).toBe("0 4");
    expect(run("common.cjs")).toBe("LIF mvp");
    // CommonJS may require() it where Node can: from 22.12 and 20.19 on
    if ((process.features as { require_module?: boolean }).require_module) {
      const script =
        'console.log(require("twentywatt/network").lif.name, require("twentywatt").compile.name)';
      expect(run("-e", script)).toBe("lif compile");
    }
  } finally {
    rmSync(join(folder, ".."), { recursive: true });
  }
});

test("without development packages the build, and so npm start, says in one sentence what is missing", () => {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-production-"));
  try {
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    const { status, stderr } = spawnSync("npm", ["run", "-s", "build"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status).toBe(1);
    const said = stderr.split("\n").filter((line) => !/^npm (notice|warn)|^$/.test(line));
    expect(said).toEqual([
      expect.stringMatching(/^TypeScript.* not installed: run npm ci --include=dev/),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("no package runs a script when it is installed, and npm need not ask about any", () => {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
  const { packages } = read("package-lock.json") as {
    packages: Readonly<Record<string, { readonly hasInstallScript?: true }>>;
  };
  const scripts = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(scripts.length).toBeGreaterThan(0);
  expect(read("package.json").allowScripts).toEqual(
    Object.fromEntries(scripts.map((name) => [name, false])),
  );
});

test("nothing that compiles is installed: koffi is prebuilt and may be left out, onoff is whoever's wish", () => {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
  const { optionalDependencies, peerDependencies, peerDependenciesMeta } = read("package.json");
  expect(optionalDependencies.koffi).toMatch(/^\d+\.\d+\.\d+$/);
  expect([peerDependencies, peerDependenciesMeta]).toEqual([
    { onoff: "^6.0.3" },
    { onoff: { optional: true } },
  ]);
  const { packages } = read("package-lock.json");
  expect(packages["node_modules/koffi"].optional).toBe(true);
  // epoll is what onoff brings, and what node-gyp builds
  expect(Object.keys(packages).filter((path) => /(onoff|epoll)$/.test(path))).toEqual([]);
  for (const platform of ["linux-x64", "linux-arm64", "linux-arm", "linux-riscv64"]) {
    expect(packages[`node_modules/@koromix/koffi-${platform}`]?.optional).toBe(true);
  }
});
