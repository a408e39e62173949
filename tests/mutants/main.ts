/**
 * `npm run mutants`: do the tests notice what is wrong? Small errors are put into copies of the sources one at a time, and
 * the nearest tests are run. Exits with 1 where one survives that tests/mutants/survivors.ts does not explain, or more
 * than MOST_SURVIVORS of all.
 *
 *   npm run mutants -- [--sample 320] [--seed 1] [--only TEXT] [--workers 2]
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { campaign } from "./campaign.ts";

const MOST_SURVIVORS = 0.05;

const { values } = parseArgs({
  options: {
    sample: { type: "string", default: "320" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    workers: { type: "string", default: "2" },
  },
});
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

const { tried, killed, timedOut, explained, unexplained, uncompiled } = await campaign({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  sample: Number(values.sample),
  seed: Number(values.seed),
  workers: Number(values.workers),
  only: values.only,
  say: (line) => console.log(line),
  signal: stop.signal,
});
const survived = explained + unexplained;
const share = survived / Math.max(1, tried);
const percent = (100 * share).toFixed(1);
console.log(
  `${tried} mutants: ${killed} killed, ${timedOut} timed out, ${survived} survived (${percent} %; ` +
    `${explained} explained, ${unexplained} not), ${uncompiled} more did not compile`,
);
const failed = stop.signal.aborted || tried === 0 || unexplained > 0 || share > MOST_SURVIVORS;
process.exitCode = failed ? 1 : 0;
