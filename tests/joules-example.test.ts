/** README.md, "Joules of a spiking network on a board": the example runs, and its report has what stands there. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect } from "vitest";
import { MAIN, NOT_BUILT } from "./support/built.ts";
import { missingPosix, posixProgram } from "./support/posix-board.ts";
import { blocksOf, ROOT, readmeText } from "./support/readmes.ts";
import { testUnless } from "./support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-joules-"));
afterAll(() => rmSync(folder, { recursive: true }));

const blocks = blocksOf(readmeText("README.md"));
const place = blocks.findIndex(({ body }) => body.includes("fake-ppk2.mjs"));
const [example, shown] = [blocks[place], blocks[place + 1]];

/** Lines under a label, numbers of time and energy replaced: they are of the moment. */
function linesOf(text: string, labels: readonly string[]): string[] {
  let label = "";
  return text.split("\n").flatMap((line) => {
    label = /^\S+/.exec(line)?.[0] ?? label;
    return labels.includes(label) ? [line.trimEnd()] : [];
  });
}
const withoutNumbers = (line: string) =>
  line.replace(/-?[\d.,]+ [pnµm]?(?=[JWs]\b)|-?[\d.,]+/g, "#");

testUnless(missingPosix() ?? NOT_BUILT)(
  "the network's counters as shown; share of 20 W and joules per synaptic event with both bounds",
  async () => {
    await posixProgram(); // WASM3's sources and the program, fetched and built once
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(MAIN, join(folder, "bin/twentywatt"));
    symlinkSync(ROOT, join(folder, "node_modules/twentywatt"));
    const script = join(folder, "example.sh");
    writeFileSync(script, example?.body ?? "");
    const env = {
      ...process.env,
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      XDG_CACHE_HOME: join(folder, "cache"),
    };
    const options = { cwd: folder, env, timeout: 290_000 };
    const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", script], options);

    const same = ["model", "target", "steps", "activity"];
    expect(linesOf(stdout, same)).toEqual(linesOf(shown?.body ?? "", same));
    expect(stdout).toContain("derived: Nordic PPK2 (hardware fake), source, 3300 mV, scope target");
    expect(stdout).toMatch(/windows cut by D0\+D1, sampled together with the power: \d+ steps of/);
    // a computer that is too busy for 100,000 samples a second loses some, says so, and gives no figure of steps
    if (/without figures|% of the time covered/.test(stdout)) return;
    expect(linesOf(stdout, ["energy"]).map(withoutNumbers)).toEqual(
      linesOf(shown?.body ?? "", ["energy"]).map(withoutNumbers),
    );
    const [, joules = "", us = ""] =
      /([\d.]+) µJ \(.*\) per step[\s\S]*steps of ([\d.]+) µs/.exec(stdout) ?? [];
    // 12 mA at 3.3 V; what takes an input and gives an output is part of a step's joules, not of its time
    const share = Number(joules) / Number(us) / 0.0396;
    expect(share).toBeGreaterThan(0.95);
    expect(share).toBeLessThan(1.15);
  },
  300_000,
);
