/**
 * Sensors on a real kernel: Debian's, with its own drivers and simulated chips behind them, in a virtual machine that has
 * this computer's files and Node. It starts once, runs every test of guest/, and each is reported here.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { NOT_BUILT } from "../support/built.ts";
import { missingFeature } from "../support/packages.mjs";
import { ROOT } from "../support/readmes.ts";
import type { Missing } from "../support/skip.ts";
import type { GuestResult } from "./guest/guest-test.ts";
import { SUITES } from "./guest/suites.ts";
import { boot } from "./vm/boot.ts";
import { translateGuest } from "./vm/guest-files.ts";
import { debianKernel, type Kernel } from "./vm/kernel.ts";
import { compileNetworks } from "./vm/networks.ts";
import { builtOnoff } from "./vm/onoff.ts";

/** Of the whole machine, for what hangs: it takes a minute on two processors that have nothing else to do. */
const BOOT_MS = 1_200_000;
/** The kernel's package and sources are fetched and built the first time. */
const ALL_MS = 2 * BOOT_MS;

/** Which are to run: an expression that their names match. */
const ONLY = process.env.TW_ONLY ?? "";

let missing: Missing | null = null;
let results: ReadonlyMap<string, GuestResult> = new Map();
let said = "";

beforeAll(async () => {
  missing = NOT_BUILT ?? notRoot() ?? missingFeature("kernel");
  if (missing) return;
  const kernel = await debianKernel().catch((error: unknown): null => {
    const why = String(error instanceof Error ? error.message : error).split("\n")[0];
    const fix = "apt-get update && apt-get install linux-headers-amd64 linux-source";
    missing = { reason: `no kernel for the virtual machine (${why})`, fix };
    return null;
  });
  if (kernel) await runGuest(kernel);
}, ALL_MS);

/** The machine reads every file of this computer, and apt downloads as root alone. */
function notRoot(): Missing | null {
  if (process.getuid?.() === 0) return null;
  return {
    reason: "the virtual machine takes this computer's files as its own",
    fix: "run as root",
  };
}

async function runGuest(kernel: Kernel): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-hw-"));
  const file = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  try {
    const onoff = await builtOnoff();
    await compileNetworks(folder);
    const setting =
      typeof onoff === "string"
        ? `TW_ONOFF='${onoff}'`
        : `TW_ONOFF_MISSING='${`${onoff.reason}: ${onoff.fix}`.replaceAll("'", "")}'`;
    const script = `cd '${ROOT}' && ${setting} TW_ONLY='${ONLY}' '${process.execPath}' '${translateGuest()}' /run/results/results.jsonl`;
    writeFileSync(join(folder, "run.sh"), `${script}\n`);
    await boot(kernel, folder, BOOT_MS).catch((error: unknown) => {
      said = String(error);
    });
    said = [said, file("console.txt").slice(-4000), file("output.txt").slice(-4000)].join("\n");
    const rows = file("results.jsonl").split("\n").slice(0, -1);
    results = new Map(
      rows.map((row) => {
        const result: GuestResult = JSON.parse(row);
        return [result.name, result];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(Object.entries(SUITES))("%s", (_suite, tests) => {
  for (const { name } of tests) {
    test(name, ({ skip }) => {
      if (missing) return skip(`${missing.reason}: ${missing.fix}`);
      const result = results.get(name);
      if (!new RegExp(ONLY).test(name)) return skip("not asked for: unset TW_ONLY");
      if (result?.outcome === "skipped") return skip(result.text);
      // where it failed, what it says is what one wants to read; where it never ran, what the machine said
      expect(result ? result.text : `not reached\n${said}`).toBe("");
    });
  }
});
