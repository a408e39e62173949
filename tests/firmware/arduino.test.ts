/**
 * The library as a maker uses it: every example and exported sketch built by Arduino's own builder, for three processors, and
 * run on QEMU's machines, with the same bytes as here.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { FIRMWARE } from "../../host/firmware/index.ts";
import {
  ARDUINO_BOARDS,
  ArduinoBuilder,
  filesOf,
  onTerminal,
  printedBy,
  type RunningSketch,
} from "../support/arduino-boards.ts";
import { librariesFolder, sourcesOf } from "../support/arduino-library.ts";
import { cli, cliJson } from "../support/cli.ts";
import { dataPath, dataTest } from "../support/data.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const missing = missingFeature("arduino");
const arduinoTest = testUnless(missing);
const MINUTES = 60_000;
const EXAMPLES = join(FIRMWARE, "arduino/examples");

const folder = mkdtempSync(join(tmpdir(), "twentywatt-arduino-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Case = {
  readonly name: string;
  /** a network of ours, or a file of the shared data */
  readonly model: string;
  /** that say what the model means */
  readonly options?: readonly string[];
  /** of `run`: what it takes, and how much of it */
  readonly input: () => readonly string[];
};

/** The first bytes of a file of the shared data. */
function cut(path: string, bytes: number): string {
  const to = join(folder, path.replaceAll("/", "-"));
  writeFileSync(to, readFileSync(dataPath(path)).subarray(0, bytes));
  return to;
}

/** 256 steps of 12 spikes each, written as whole numbers. */
function dots(): string {
  const rows = readFileSync(dataPath("nir/03_rnn/braille_test_sample0_input_256x12.csv"), "utf8");
  const to = join(folder, "dots.csv");
  writeFileSync(to, rows.replaceAll(/(\d)\.0+\b/g, "$1"));
  return to;
}

const CASES: readonly Case[] = [
  { name: "Vibration", model: "net:demo-int8", input: () => ["--samples", "5", "--seed", "1"] },
  { name: "Spikes", model: "net:demo-spikes", input: () => ["--steps", "64", "--seed", "1"] },
  {
    name: "Keywords",
    model: "models/kws_ref_model.tflite",
    input: () => ["--input", cut("kws01/inputs_500x490.i8.bin", 3 * 490)],
  },
  {
    name: "Nabu",
    model: "models-public/okay_nabu.tflite",
    input: () => ["--input", cut("models-public/okay_nabu.input.bin", 20 * 3 * 40)],
  },
  {
    name: "Braille",
    model: "nir/03_rnn/braille_noDelay_noBias_subtract.nir",
    options: ["--discretisation", "snntorch", "--reset", "subtract"],
    input: () => ["--input", dots(), "--steps", "256"],
  },
];

const isBuiltIn = ({ model }: Case): boolean => model.startsWith("net:");

/** The model and its options, as words of a command. */
const named = (one: Case): readonly string[] => [
  isBuiltIn(one) ? one.model : dataPath(one.model),
  ...(one.options ?? []),
];

/** Skips where a program is missing, or a file of the shared data. */
const testOf = (one: Case) => (missing === null && !isBuiltIn(one) ? dataTest : arduinoTest);

/** Its files, exported once for all boards. */
async function exported(one: Case): Promise<Record<string, string>> {
  const to = join(folder, one.name);
  mkdirSync(to, { recursive: true });
  const { code, stderr } = await cli(["export", ...named(one), "--arduino", to]);
  expect(code, stderr).toBe(0);
  return filesOf(to);
}

const withArena = (files: Record<string, string>, bytes: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      name.endsWith(".ino") ? `#define ARENA_BYTES ${bytes}\n${text}` : text,
    ]),
  );

/** Warnings of the compiler about files of ours: WASM3's own are not. */
const warnings = (words: string): string[] =>
  words.split("\n").filter((line) => /warning:/.test(line) && !line.includes("/tw_m3_"));

describe.each(ARDUINO_BOARDS)("$title", (board) => {
  let builder: ArduinoBuilder;
  let running: RunningSketch | null = null;
  beforeAll(() => {
    if (missing === null) builder = new ArduinoBuilder(board);
  });
  afterAll(async () => {
    await running?.close();
    builder?.close();
  });

  arduinoTest(
    "every example builds without a warning of our files, and fits",
    async () => {
      for (const name of ["Board", "SharedSerial"]) {
        const files = withArena(filesOf(join(EXAMPLES, name)), String(board.arenaBytes));
        const { elf, flashBytes, words } = await builder.build(files);
        expect(warnings(words)).toEqual([]);
        console.log(`${board.title}: ${name} takes ${flashBytes} bytes of flash`);
        if (name === "Board") running = await onTerminal(board, elf);
        expect(flashBytes).toBeLessThanOrEqual(board.flashBytes);
      }
    },
    4 * MINUTES,
  );

  arduinoTest("the command line finds it, and that it forgets", async () => {
    const { document } = await cliJson(["devices", `board:${running?.path}`]);
    const row = document.ports.find((port: { path: string }) => port.path === running?.path);
    expect(row.problem).toBeNull();
    expect(row.board).toMatchObject({ serial: "none", loaded: false, persistent: false });
    expect(row.board.nativeKernels).toBeGreaterThan(4);
  });

  for (const one of CASES) {
    testOf(one)(
      `${one.name}: deployed and run, the bytes are local's`,
      async () => {
        const [there, here] = ["there", "here"].map((side) => join(folder, `${one.name}.${side}`));
        const target = `board:${running?.path}`;
        const deployed = await cliJson(["deploy", ...named(one), target]);
        expect(deployed.stderr + deployed.stdout).not.toContain('"ok":false');
        expect(deployed.document).toMatchObject({ transferred: true, selfTest: true });
        const input = one.input();
        const run = async (args: readonly string[]) => {
          const { code, stderr } = await cli(["run", ...named(one), ...input, ...args]);
          expect(code, stderr).toBe(0);
        };
        await run(["--target", target, "--output", `${there}.bin`]);
        await run(["--output", `${here}.bin`]);
        const bytes = readFileSync(`${here}.bin`);
        expect(bytes.length).toBeGreaterThan(2);
        expect(readFileSync(`${there}.bin`).equals(bytes)).toBe(true);
      },
      4 * MINUTES,
    );

    testOf(one)(
      `${one.name}: the exported sketch passes its self-test, and says what it lacks`,
      async () => {
        const files = await exported(one);
        const sketch = await builder.build(files);
        expect(warnings(sketch.words)).toEqual([]);
        const said = await printedBy(board, sketch.elf, /\n[^\n]*\n|FAULT/);
        expect(said).toMatch(/^self-test passed\r\n/);
        expect(said).not.toContain("FAULT");

        const needs = /MODEL_ARENA_BYTES (\d+)u/.exec(files["model.h"] ?? "")?.[1];
        const small = await builder.build(withArena(files, "(MODEL_ARENA_BYTES - 1)"));
        const refused = await printedBy(board, small.elf, /cannot run: [^\n]*\n|FAULT/);
        expect(refused).toContain(
          `arena too small: the model needs ${needs} bytes and has ${Number(needs) - 1}\r\n`,
        );
        expect(refused).toMatch(
          /cannot run: the arena has \d+ bytes, and the model needs at least/,
        );
      },
      4 * MINUTES,
    );
  }
});

/** Of newlib for Arm: Debian's compiler for Xtensa comes without a C library. */
const HEADERS = "/usr/lib/arm-none-eabi/include";

arduinoTest(
  "all C files compile for an Xtensa without register windows (call0), not linked",
  async () => {
    const libraries = await librariesFolder();
    const to = mkdtempSync(join(tmpdir(), "twentywatt-xtensa-"));
    try {
      const files = sourcesOf(libraries).filter((file) => file.endsWith(".c"));
      expect(files.length).toBeGreaterThan(50);
      for (const file of files) {
        execFileSync(
          "xtensa-lx106-elf-gcc",
          [
            ...["-std=gnu11", "-Os", "-Wall", "-Wextra", "-Werror", "-isystem", HEADERS],
            ...["-c", file, "-o", join(to, "object.o")],
          ],
          { stdio: "pipe" },
        );
      }
    } finally {
      rmSync(to, { recursive: true });
    }
  },
  4 * MINUTES,
);
