/** The library as it is packed: complete, the same everywhere, and a good neighbour. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { networkByName } from "../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { wholeHeader } from "../../host/export/header.ts";
import { libraryFiles } from "../../host/firmware/arduino.ts";
import { compileFlags, WASM3_FILES } from "../../host/firmware/flags.ts";
import { readPort, wasm3Source } from "../../host/firmware/index.ts";
import { zip } from "../../host/firmware/zip.ts";
import { hostObjects, kept, librariesFolder, ROOT, sourcesOf } from "../support/arduino-library.ts";
import { builtTest } from "../support/built.ts";
import { exportGlobals, GLOBALS, handmade, INIT_AND_STEP } from "../support/handmade-module.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const MINUTES = 60_000;
const hostTest = testUnless(missingFeature("cxx") ?? missingFeature("cc"));
const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));

const textOf = async (name: string): Promise<string> => {
  const found = (await libraryFiles()).find((file) => file.name === `TwentyWatt/${name}`);
  if (!found) throw new Error(`no ${name} in the library`);
  return new TextDecoder().decode(found.bytes);
};

test("the macros are those that the project's own build passes", async () => {
  const header = await textOf("src/tw_build.h");
  const defined = [...header.matchAll(/^#define (\w+)(?: (.+))?$/gm)]
    .map(([, name = "", value]) => `-D${name}${value === undefined ? "" : `=${value}`}`)
    .filter((flag) => flag !== "-DTW_BUILD_H");
  const flags = compileFlags(readPort("qemu-m4"), "wasm3", "m3_core.c", "");
  const ours = /^-D(malloc|calloc|realloc|free|strcmp)=/;
  expect(defined.sort()).toEqual(
    flags.filter((flag) => flag.startsWith("-D") && !ours.test(flag)).sort(),
  );
  const build = await textOf("src/tw_wasm3_build.h");
  for (const flag of flags.filter((one) => ours.test(one))) {
    const [, name, value] = /^-D(\w+)=(\w+)$/.exec(flag) ?? [];
    expect(build).toContain(`#define ${name} ${value}\n`);
  }
});

test("every manifest has the package's version and files that are there", async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(await textOf("library.properties")).toContain(`\nversion=${version}\n`);
  expect(await textOf("idf_component.yml")).toContain(`version: "${version}"\n`);
  const json = JSON.parse(await textOf("library.json"));
  expect(json.version).toBe(version);
  for (const header of json.headers) await textOf(`src/${header}`);
  for (const { base, files } of json.examples) {
    for (const file of files) await textOf(`${base}/${file}`);
  }
  const names = (await libraryFiles()).map(({ name }) => name);
  const examples = names.filter((name) => name.endsWith(".ino")).map((name) => name.split("/")[2]);
  expect(json.examples.map(({ name }: { name: string }) => name).sort()).toEqual(examples.sort());
  expect(await textOf("LICENSE-WASM3.txt")).toContain("MIT License");
});

test("names that two libraries may have are ours: of files too", async () => {
  const files = (await libraryFiles())
    .map(({ name }) => /^TwentyWatt\/src\/(.*)$/.exec(name)?.[1])
    .filter((name) => name !== undefined);
  expect(files.filter((name) => !/^(tw|tw_\w+|TwentyWatt\w*)\.(c|h|cpp)$/.test(name))).toEqual([]);
  expect(files.length).toBeGreaterThan(60);
  for (const { name, bytes } of await libraryFiles()) {
    if (!name.startsWith("TwentyWatt/src/")) continue;
    expect(new TextDecoder().decode(bytes), name).not.toMatch(/#\s*include\s+"(m3_|wasm3)/);
  }
});

builtTest(
  "the same bytes from two clones, and an archive that another program reads",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "twentywatt-clones-"));
    try {
      const archives = ["one", "another"].map((clone) => {
        const to = join(folder, clone);
        for (const part of ["firmware", "build/host", "LICENSE", "package.json", "asconfig.json"]) {
          cpSync(join(ROOT, part), join(to, part), { recursive: true });
        }
        cpSync(join(ROOT, "tsconfig.build.json"), join(to, "tsconfig.build.json"));
        const main = join(to, "build/host/firmware/main.js");
        const printed = execFileSync(process.execPath, [main, "arduino", "--path"], {
          encoding: "utf8",
        });
        expect(printed).toBe(`${join(to, "build/firmware/TwentyWatt.zip")}\n`);
        return readFileSync(printed.trim());
      });
      const [one = Buffer.alloc(0), another] = archives;
      expect(another?.equals(one)).toBe(true);
      const path = join(folder, "one/build/firmware/TwentyWatt.zip");
      const read = spawnSync("python3", ["-m", "zipfile", "-t", path], { encoding: "utf8" });
      if (read.error === undefined) expect(read.stdout + read.stderr).toMatch(/^Done testing/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  2 * MINUTES,
);

test("an archive is the same whatever the order of its files", () => {
  const files = ["b", "a", "c"].map((name) => ({ name, bytes: new TextEncoder().encode(name) }));
  expect(zip(files.toReversed())).toEqual(zip(files));
});

let header = "";
beforeAll(async () => {
  const { wasm, manifest } = await compile(await networkByName("net:demo-int8"), DEFAULT_OPTIONS);
  const facts = { arenaBytes: 1, classes: null };
  header = wholeHeader({ wasm, manifest, ...facts }, "model");
  const source = `${exportGlobals({ ...GLOBALS, abi: 0x20000 })}${INIT_AND_STEP}`;
  const strange = await handmade({ source });
  const bytes = `{${strange.join(",")}}`;
  header += `alignas(16) static const uint8_t model_other_wasm[] = ${bytes};\n`;
});

const SANITIZED = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** The whole library for this computer, under the strictest flags. WASM3 reads words where they lie: not ours to mend. */
async function libraryObjects(): Promise<{ readonly src: string; readonly objects: string[] }> {
  const libraries = await librariesFolder();
  const src = join(libraries, "TwentyWatt/src");
  const [strict, plain] = [
    ["-Wall", "-Wextra", "-Werror", ...SANITIZED],
    ["-O1", "-w"],
  ];
  const folder = kept(`${basename(libraries)}-host`, (to) => {
    const files = sourcesOf(libraries);
    const wasm3 = files.filter((file) => file.includes("/tw_m3_"));
    const ours = files.filter((file) => !wasm3.includes(file));
    hostObjects(to, wasm3, { c: plain, cxx: plain });
    hostObjects(to, ours, { c: strict, cxx: strict });
  });
  return { src, objects: readdirSync(folder).map((file) => join(folder, file)) };
}

/** A program of tests with these objects: what it prints. */
function printed(
  name: string,
  include: readonly string[],
  objects: readonly string[],
  more: (folder: string) => readonly string[] = () => [],
): string {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-model-"));
  try {
    writeFileSync(join(folder, "model.h"), header);
    const cxx = [...SANITIZED, ...[...include, folder].flatMap((one) => ["-I", one])];
    const main = hostObjects(folder, [join(PROGRAMS, `${name}.cpp`)], { c: [], cxx });
    const program = join(folder, "program");
    execFileSync("c++", [...SANITIZED, ...main, ...objects, ...more(folder), "-o", program]);
    return execFileSync(program, { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

hostTest(
  "what a sketch may get wrong is refused in words, and nothing ends",
  async () => {
    const { src, objects } = await libraryObjects();
    const lines = printed("arduino-model", [src], objects).trim().split("\n");
    const truncated = lines.find((line) => line.startsWith("module truncated"));
    expect(truncated).toMatch(/^module truncated: (\d+) of \1 refused$/);
    expect(lines.filter((line) => line !== truncated)).toEqual([
      "arena NULL: refused, no arena",
      "arena of 0 bytes: refused, no arena",
      "arena unaligned: refused, the arena is not aligned to 16 bytes: declare it alignas(16)",
      expect.stringMatching(
        /^arena of 4096 bytes: refused, the arena has 4096 bytes, and the model needs at least \d+$/,
      ),
      "module NULL: refused, no module",
      "module unaligned: refused, the module is not aligned to 16 bytes: declare it alignas(16)",
      expect.stringMatching(/^no module: refused, ./),
      "module of another ABI: refused, another major version of the ABI",
      "before begin(): step -7, begin() comes first",
      "right: runs",
      "self-test: passed",
      "steps: 1",
      "again: passed",
      "put 0.25: 0 1",
      "put -1e30: 0 128",
    ]);
  },
  3 * MINUTES,
);

hostTest(
  "every external name is ours, and the library runs in one program with WASM3's own names",
  async () => {
    const { src, objects } = await libraryObjects();
    const names = execFileSync("nm", ["-g", "--defined-only", ...objects], { encoding: "utf8" })
      .split("\n")
      .map((line) => /^[0-9a-f]+ \w (\S+)$/.exec(line)?.[1])
      .filter((name) => name !== undefined && !name.startsWith("__odr_asan"));
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter((name) => !/^(tw_|_ZNK?\d+TwentyWatt)/.test(name ?? ""))).toEqual([]);

    const wasm3 = await wasm3Source("");
    const theirs = WASM3_FILES.map((file) => join(wasm3, file)).filter((file) => existsSync(file));
    const beside = (folder: string) =>
      hostObjects(join(folder, "wasm3"), theirs, { c: ["-O1", "-w", "-I", wasm3], cxx: [] });
    const said = printed("arduino-beside", [src, wasm3], objects, (folder) => [
      ...beside(folder),
      "-lm",
    ]);
    expect(said).toBe("Wasm3: 42 and 42, twentywatt: passed\n");
  },
  3 * MINUTES,
);
