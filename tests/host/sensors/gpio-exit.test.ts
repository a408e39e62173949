/** A program that listens to a line ends when it has nothing left to do, and when it wants to. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { ROOT } from "../../support/readmes.ts";

const run = (how: string) => {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "./tests/support/ts-loader.mjs", "tests/support/gpio-program.ts", how],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { status, signal, said: stdout.trim().split("\n"), stderr };
};

test("after close nothing keeps the process", () => {
  expect(run("close")).toEqual({
    ...{ status: 0, signal: null, said: ["event 1", "over"], stderr: "" },
  });
});

test("exit in the middle of listening does not hang", () => {
  expect(run("exit")).toEqual({ status: 0, signal: null, said: ["event 1"], stderr: "" });
});
