/** A board that goes away for good while it works: what it had done stays, the cause is the line, and the wait can be cut. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { lyingBoard } from "../../support/lying-board.ts";
import { kernelTest } from "../../support/system-calls.ts";

const { file, path } = folderOfFiles();

kernelTest("finished steps are kept and reported, and a signal ends the search", async () => {
  // with those of the self-test
  const STEPS_DONE = 7;
  let steps = 0;
  const board = lyingBoard((name, answer) => {
    if (name === "STEP" && ++steps > STEPS_DONE) board.close();
    return answer;
  });
  const rows = file("rows.csv", "1\n".repeat(5000));
  const output = path("done.csv");
  const interrupt = new AbortController();
  let stderr = "";
  const write = (text: string) => {
    stderr += text;
    if (stderr.includes("looking for it")) interrupt.abort("SIGINT");
  };
  const network = "net:delay-line?length=.0001&velocity=1";
  const files = ["--input", rows, "--output", output] as const;
  const args = ["run", network, ...files, "--target", board.name, "--json"];
  const { code, stdout } = await cli(args, { stderr: { write }, signal: interrupt.signal });
  board.close();
  const document = JSON.parse(stdout);
  expect(stderr).toMatch(/the line is gone: .*; looking for it/);
  expect(stderr).not.toContain("DEVICE_BUSY");
  expect([code, document.counters]).toEqual([130, null]);
  expect(document.steps).toBeGreaterThan(0);
  expect(document.steps).toBeLessThan(5000);
  const lines = readFileSync(output, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(document.steps);
});
