/** A signal at a random moment, with the program as its own process: each kind of output once; in test:long, often. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtTest } from "../../support/built.ts";
import { cli } from "../../support/cli.ts";
import { flattenFiles } from "../../support/flatten-files.ts";
import { interruptAtRandom } from "../../support/interrupted.ts";
import { jobs, longRecording } from "../../support/interrupted-jobs.ts";

const { file, path, model } = flattenFiles();
const SHORT = ["run spiking", "replay to csv", "record"];

builtTest("whole files or old ones, the codes of signals, nothing left over", async () => {
  writeFileSync(path("rows.csv"), "1,2,3,4,5,6\n".repeat(50_000));
  const all = jobs(model, path("rows.csv"), longRecording(path("long.rec"), 20));
  const work = all.filter(({ name }) => SHORT.includes(name));
  const { failures, ...outcome } = await interruptAtRandom(path(""), work, 1, 1);
  console.log(outcome);
  expect(failures).toEqual([]);
});

test.each(["csv", "wav"])(
  "replay to %s ends at a signal, and what was there stays",
  async (form) => {
    const from = longRecording(path(`signal-${form}.rec`), 2);
    const to = file(`signal.${form}`, "old");
    const stop = new AbortController();
    stop.abort("SIGTERM");
    const args = ["replay", from, "--export", to, "--json"];
    const { code, stdout } = await cli(args, { signal: stop.signal });
    expect([code, JSON.parse(stdout).errors[0].code]).toEqual([143, "INTERRUPTED"]);
    expect(readFileSync(to, "utf8")).toBe("old");
  },
);
