/**
 * `npm run bench [-- --json] [-- --seconds N] [-- --svg FILE] [-- MODEL…|spikes|compile]`: layered models beside
 * TFLite-wasm, spiking networks beside Brian2, cold compilations beside asc, in the same run and in turns. Without the shared data there are no layered models to
 * time, and it says so; without a peer the ratio is null with the reason.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchActivity } from "./activity.ts";
import { benchCompile, compileTable } from "./compile.ts";
import { benchCuba } from "./cuba.ts";
import { benchLayers } from "./layers.ts";
import { MODELS } from "./models.ts";
import type { Say } from "./program.ts";
import { type Machine, table } from "./report.ts";
import { benchSizes } from "./sizes.ts";
import { sizesSvg } from "./sizes-svg.ts";
import { type SpikesResult, spikesTable } from "./spikes-report.ts";

/** tests/bench, from build/tests/bench */
const FOLDER = new URL("../../../tests/bench/", import.meta.url);
const SPIKES = "spikes";
const COMPILE = "compile";

const { values: options, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "2" },
    svg: { type: "string" },
  },
  allowPositionals: true,
});
const known = [...MODELS.map(({ name }) => name), SPIKES, COMPILE];
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`USAGE: ${unknown.join(", ")}: expected one of ${known.join(", ")}\n`);
  process.exit(2);
}
const warnings: string[] = [];
const say: Say = {
  progress: (text) => process.stderr.write(`${text}\n`),
  warn: (text) => {
    warnings.push(text);
    say.progress(`warning: ${text}`);
  },
};
const seconds = Number(options.seconds);
const all = positionals.length === 0;
const models = positionals.filter((name) => name !== SPIKES && name !== COMPILE);
const results = all || models.length > 0 ? await benchLayers(models, seconds, FOLDER, say) : [];
const spikes = all || positionals.includes(SPIKES) ? await benchSpikes() : null;
const compilations = all || positionals.includes(COMPILE) ? await benchCompile(say) : null;
const machine: Machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  arch: process.arch,
  node: process.version,
};
if (options.svg !== undefined && spikes) {
  const { cpu, arch, node } = machine;
  writeFileSync(options.svg, sizesSvg(spikes.sizes, `${cpu}, ${arch}, Node ${node}, one thread`));
}
if (options.json) {
  const { cuba, ...more } = spikes ?? { cuba: null };
  const rows = [...results, ...(cuba ? [cuba] : [])];
  const document = {
    schema: 1,
    verb: "bench",
    ok: true,
    warnings,
    machine,
    results: rows,
    ...more,
    ...(compilations && { compilations }),
  };
  process.stdout.write(`${JSON.stringify(document)}\n`);
} else {
  if (results.length > 0) process.stdout.write(table(results, machine));
  if (results.length > 0 && spikes) process.stdout.write("\n");
  if (spikes) process.stdout.write(spikesTable(spikes, machine));
  if (compilations) {
    if (results.length > 0 || spikes) process.stdout.write("\n");
    process.stdout.write(compileTable(compilations));
  }
}

async function benchSpikes(): Promise<SpikesResult> {
  const script = new URL("brian2_cuba.py", FOLDER);
  const cuba = await benchCuba(script, say);
  return {
    cuba,
    activity: await benchActivity(seconds, say),
    sizes: await benchSizes(say),
    loadAverage: loadavg(),
  };
}
