/** What the READMEs say is so: their examples run, the output they show comes out, the files they name exist. */
import { execFile } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { ROWS } from "../host/compiler/ops/index.ts";
import { OPS } from "../host/importers/tflite/ops.ts";
import { CORE_CLASSES } from "../host/power/index.ts";
import { BRAIN_WATTS } from "../host/units.ts";
import { builtTest, MAIN, NOT_BUILT } from "./support/built.ts";
import { cli, cliJson } from "./support/cli.ts";
import { dataPath, dataTest } from "./support/data.ts";
import {
  anchorsNamed,
  anchorsOf,
  blocksOf,
  exists,
  filesNamed,
  READMES,
  ROOT,
  readmeText,
} from "./support/readmes.ts";

const builtDataTest = NOT_BUILT === null ? dataTest : builtTest;

const execute = promisify(execFile);

/** What a reader's folder holds after the blocks marked `online`. */
const FETCHED = {
  "kws_ref_model.tflite": "models/kws_ref_model.tflite",
  "kws_inputs.bin": "kws01/inputs_500x490.i8.bin",
  "kws_labels.csv": "kws01/y_labels_500.csv",
};

/** Several compilations on a small computer. */
const EXAMPLES_MS = 600_000;

const folder = mkdtempSync(join(tmpdir(), "twentywatt-readme-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder where `twentywatt` is a program and a package. */
function readersFolder(): string {
  const own = mkdtempSync(join(folder, "reader-"));
  mkdirSync(join(own, "bin"));
  mkdirSync(join(own, "node_modules"));
  symlinkSync(MAIN, join(own, "bin/twentywatt"));
  symlinkSync(ROOT, join(own, "node_modules/twentywatt"));
  return own;
}

/** Standard output of an example that ends well. Not spawnSync: a test that blocks for a minute is taken for dead. */
async function run(language: string, body: string, cwd: string): Promise<string> {
  const file = join(cwd, language === "sh" ? "example.sh" : "example.mjs");
  writeFileSync(file, body);
  const env = {
    ...process.env,
    PATH: `${join(cwd, "bin")}:${process.env.PATH}`,
    XDG_CACHE_HOME: join(folder, "cache"),
  };
  const options = { cwd, env, timeout: EXAMPLES_MS };
  const { stdout } =
    language === "sh"
      ? await execute("bash", ["-euo", "pipefail", file], options)
      : await execute(process.execPath, [file], options);
  return stdout;
}

/** What does not depend on the machine: times and joules go, a flavour is what the engine has. */
function stable(output: string): string[] {
  let label = "";
  return output
    .trimEnd()
    .split("\n")
    .flatMap((line) => {
      const begins = /^\S+/.exec(line)?.[0];
      label = begins ?? label;
      if (label === "energy") return begins ? [label] : [];
      if (label === "latency" && !begins) return [];
      return [line.replace(/\((dot|extmul|relaxed-\w+)\)/, "(dot or another)")];
    });
}

for (const readme of READMES) {
  const text = readmeText(readme);
  const blocks = blocksOf(text);

  describe(readme, () => {
    test("every example says where it can run", () => {
      const unmarked = blocks.filter(
        ({ language, mode }) =>
          ["sh", "js"].includes(language) && !["run", "data", "setup", "online"].includes(mode),
      );
      expect(unmarked).toEqual([]);
    });

    for (const mode of ["run", "data"] as const) {
      if (!blocks.some((block) => block.mode === mode)) continue;
      const examples = async () => {
        const cwd = readersFolder();
        if (mode === "data") {
          for (const [to, from] of Object.entries(FETCHED)) {
            copyFileSync(dataPath(from), join(cwd, to));
          }
        }
        for (const [k, block] of blocks.entries()) {
          if (block.mode !== mode) continue;
          const output = await run(block.language, block.body, cwd);
          const shown = blocks[k + 1];
          if (shown?.language === "text") expect(stable(output)).toEqual(stable(shown.body));
        }
      };
      (mode === "run" ? builtTest : builtDataTest)(`examples: ${mode}`, examples, EXAMPLES_MS);
    }

    test("files and headings that it names exist", () => {
      expect(filesNamed(text).filter((file) => !exists(readme, file))).toEqual([]);
      expect(anchorsNamed(text).filter((a) => !anchorsOf(text).includes(a))).toEqual([]);
    });

    test("scripts that it names exist; no path of some machine", () => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
      const named = [...text.matchAll(/npm run (?:-\S+ )*([\w:-]+)/g)].map(([, name]) => name);
      expect(named.filter((name) => !(String(name) in scripts))).toEqual([]);
      expect(text).not.toMatch(/(^|[\s`"'(=])\/(home|root|work|tmp|Users)\b/m);
    });
  });
}

describe("README.md in numbers", () => {
  const text = readmeText("README.md");

  test("the first screen has the two commands, which are what CI runs", () => {
    const top = text.split("\n").slice(0, 16).join("\n");
    expect(top).toMatch(/^npm ci && npm start\b/m);
    expect(top).toMatch(/^npm ci && npm test\b/m);
    expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toMatch(
      /^npm ci\nnpm run check\nnpm test\n/m,
    );
  });

  test("the program has a name before the first example calls it by that name", () => {
    const called = text.search(/^twentywatt /m);
    const named = text.indexOf('alias twentywatt="');
    expect(named).toBeGreaterThan(0);
    expect(called).toBeGreaterThan(named);
    expect(text.indexOf("`npx --no-install twentywatt`")).toBeLessThan(called);
  });

  test("every verb and every operator has its place", async () => {
    const { stdout } = await cli(["--help"]);
    const verbs = [...stdout.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, verb]) => verb);
    expect(verbs.length).toBeGreaterThan(4);
    expect(verbs.filter((verb) => !text.includes(`| \`${verb}\` |`))).toEqual([]);
    const missing = (names: Iterable<string>, where: string) =>
      [...names].filter((name) => !new RegExp(`^\\|.*\\b${name}\\b`, "m").test(where));
    expect(missing(OPS.keys(), text)).toEqual([]);
    expect(missing(Object.keys(ROWS), readmeText("assembly/README.md"))).toEqual([]);
    expect(text).toContain(`all ${Object.keys(ROWS).length} kinds of layers`);
  });

  test("every network by name", async () => {
    const { document } = await cliJson(["inspect", "net:none-of-this-name"]);
    const known: string[] = document.errors[0].expected.match(/net:[\w-]+/g);
    expect(known.length).toBeGreaterThan(0);
    expect(known.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test("runtime packages", () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(text).toContain(`${Object.keys(dependencies).length} runtime packages`);
  });

  test("the estimate against 20 W", () => {
    const { lowWatts, highWatts } = CORE_CLASSES["x86-server"];
    const percent = (watts: number) => `${Math.round((100 * watts) / BRAIN_WATTS)} %`;
    expect(text).toContain(`${percent(lowWatts)} … ${percent(highWatts)} of ${BRAIN_WATTS} W`);
  });

  dataTest("bytes of the keyword spotter", async () => {
    const model = dataPath("models/kws_ref_model.tflite");
    const { document } = await cliJson(["inspect", model, "--build", "mvp"]);
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    expect(text).toContain(`module takes ${kilobytes(document.module.bytes)}`);
    expect(text).toContain(`file ${kilobytes(readFileSync(model).length)}`);
  });
});
