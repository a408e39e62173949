/** Each Node that is supported beside the one that runs the tests: the program, and then the suite itself. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ROOT } from "../support/readmes.ts";
import { testUnless } from "../support/skip.ts";
import { type Major, NODES, otherNode } from "./other-node.ts";
import { MAIN, MORE, sameAsHere } from "./subset.ts";

/** Where the program meets Node: everything but the kernels' own arithmetic, boards and this folder. */
const SUITE = ["tests/host", "tests/conformance", "tests/readme.test.ts", "tests/package.test.ts"];

type Report = {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

describe.each(Object.keys(NODES).map(Number))("Node %i", async (major) => {
  const node = existsSync(MAIN)
    ? await otherNode(major as Major)
    : { reason: "the program is not built", fix: "npm run build" };
  const nodeTest = testUnless(typeof node === "string" ? null : node);

  nodeTest("the program", () => {
    if (typeof node === "string") sameAsHere(node, MORE);
  });

  nodeTest("the suite", () => {
    if (typeof node !== "string") return;
    const folder = mkdtempSync(join(tmpdir(), "twentywatt-suite-"));
    try {
      const file = join(folder, "results.json");
      const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
      const reports = ["--reporter=json", `--outputFile.json=${file}`];
      spawnSync(node, [vitest, "run", ...SUITE, ...reports], { cwd: ROOT, stdio: "ignore" });
      const report: Report = JSON.parse(readFileSync(file, "utf8"));
      const failed = report.testResults.flatMap(({ name, status, assertionResults }) =>
        assertionResults.length === 0 && status === "failed"
          ? [name]
          : assertionResults.filter((one) => one.status === "failed").map((one) => one.fullName),
      );
      expect(failed).toEqual([]);
      expect(report.numPassedTests).toBeGreaterThan(1000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
