/** The core's arena, and its slots under power cuts: C programs that judge themselves, under both sanitizers. */
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { buildProgram, compilerTest } from "../support/firmware-program.ts";

const SEEDS = 20;

compilerTest(`the arena keeps what it gives, ${SEEDS} × 20,000 requests`, () => {
  const program = buildProgram("arena", ["tw_arena.c"]);
  for (let seed = 0; seed < SEEDS; seed++) {
    expect(execFileSync(program, [`${seed}`]).toString()).toBe("done\n");
  }
});

compilerTest("after a power cut at any moment of an update the old or the new module boots", () => {
  const program = buildProgram("slots", ["tw_slot.c", "tw_crc32.c"]);
  const cuts = Number(execFileSync(program).toString().split(" ")[0]);
  // an erase, eight pages of module and the header: each cut before, within (twenty ways) and after
  expect(cuts).toBeGreaterThanOrEqual(10 * 22);
});

compilerTest("the same while DATA of any length fills the page buffer", () => {
  const core = ["deploy", "slot", "crc32", "report", "run", "db", "log", "text", "arena"];
  const program = buildProgram(
    "deploys",
    core.map((name) => `tw_${name}.c`),
  );
  const said = execFileSync(program).toString();
  const [cuts = 0, within = 0] = said.match(/\d+/g)?.map(Number) ?? [];
  // an erase, the module's pages and the header, each cut before, within (six ways) and after; twelve lengths of DATA
  const operations = [1, 1, 1, 2, 4, 7].reduce((sum, pages) => sum + 1 + pages + 1, 0);
  expect(cuts).toBeGreaterThanOrEqual(12 * operations * 8);
  // and between two frames, while bytes wait for their page to be full
  expect(within).toBeGreaterThan(500);
});
