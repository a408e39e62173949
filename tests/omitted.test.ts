/**
 * An install without optional packages (`npm ci --ignore-scripts --omit=optional`): what needs no system call runs, and
 * `doctor` says what does not.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { builtTest, MAIN, NOT_BUILT } from "./support/built.ts";
import { installedPackages, packedFiles } from "./support/package-files.ts";
import { ROOT } from "./support/readmes.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-omitted-"));
const INSTALLED = join(folder, "node_modules/twentywatt/build/host/cli/main.js");

/** Four windows of net:demo-int8: a line under hash-like noise, near full scale. */
const SAMPLES = Array.from({ length: 4 * 512 }, (_, k) =>
  Math.round(24_000 * Math.sin(0.3 * k) + ((k * 7919) % 8001) - 4000),
);

/** 16-bit mono at 4,096 Hz. */
function wavOf(samples: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write("RIFF    WAVEfmt ", "latin1");
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  [16, 1, 4096, 8192].forEach((value, k) => {
    bytes.writeUInt32LE(k === 1 ? 0x1_0001 : value, 16 + 4 * k);
  });
  bytes.writeUInt32LE(0x10_0002, 32);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((x, k) => {
    bytes.writeInt16LE(x, 44 + 2 * k);
  });
  return bytes;
}

/** Copies: behind a link a package would find koffi beside the original. What the lock file calls optional is left out. */
beforeAll(() => {
  if (NOT_BUILT) return;
  for (const file of packedFiles()) {
    cpSync(join(ROOT, file), join(folder, "node_modules/twentywatt", file));
  }
  for (const { path, optional } of installedPackages(process.arch)) {
    // a package that lies in another came with it
    if (optional || existsSync(join(folder, path))) continue;
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  writeFileSync(join(folder, "in.csv"), SAMPLES.map((x) => `${x / 32768}\n`).join(""));
  writeFileSync(join(folder, "in.wav"), wavOf(SAMPLES));
}, 200_000);

afterAll(() => rmSync(folder, { recursive: true }));

function program(main: string, ...args: readonly string[]) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    ...{ cwd: folder, encoding: "utf8", timeout: 100_000 },
    env: { ...env, XDG_CACHE_HOME: join(folder, "cache") },
  });
  return { status, stdout, stderr };
}

/** Lines such as "0.125 s  looseness  0.441". */
function decisions(main: string, uri: string): readonly string[] {
  const args = ["run", "net:demo-int8", "--samples", "4", "--input", uri];
  const { status, stdout, stderr } = program(main, ...args);
  expect(status, `${uri}: ${stderr}`).toBe(0);
  return stdout.split("\n").filter((line) => /^\d+\.\d+ s {2}/.test(line));
}

builtTest("files, recordings and simulators decide as they do everywhere", () => {
  const [csv, wav] = ["csv:in.csv?rate=4096&unit=m/s²", "wav:in.wav?unit=m/s²"];
  const ours = decisions(INSTALLED, csv);
  expect(ours).toHaveLength(4);
  expect(decisions(MAIN, csv)).toEqual(ours);
  expect(decisions(INSTALLED, wav)).toEqual(ours);
  const { status, stderr } = program(INSTALLED, "record", wav, "-o", "in.rec");
  expect(status, stderr).toBe(0);
  expect(decisions(INSTALLED, "rec:in.rec")).toEqual(ours);
  const simulated = "sim:vibration?seed=1";
  expect(decisions(INSTALLED, simulated)).toEqual(decisions(MAIN, simulated));
});

builtTest(
  "doctor says that koffi is not there, what does not run without it, and how to get it",
  () => {
    type Finding = { readonly where: string };
    const packages = (main: string) => {
      const { findings } = JSON.parse(program(main, "doctor", "--json").stdout);
      return (findings as readonly Finding[]).filter(({ where }) => /^package /.test(where));
    };
    const got = packages(INSTALLED);
    expect(got[0]).toEqual({
      ...{ level: "warning", where: "package koffi", fix: "npm install koffi" },
      what: "not installed: no GPIO through the character device, and no other system call",
    });
    // nothing else that is missing here is there with all packages
    expect(got.slice(1)).toEqual(packages(MAIN).slice(1));
    const { stdout } = program(INSTALLED, "doctor");
    expect(stdout).toMatch(/koffi.*not installed|not installed.*koffi/);
  },
);
