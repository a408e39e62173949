/**
 * Compiles networks and runs the modules, on whatever processor this Node is for: through the command line of a built
 * program, in one process, for under emulation a start of the compiler takes long. Prints `@networks JSON`.
 *
 *   node raspi-networks.mjs PROGRAM FOLDER    PROGRAM holds build/; FOLDER is made, and keeps the files
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [program = ".", folder = "."] = process.argv.slice(2);
const { runCli } = await import(join(program, "build/host/cli/program.js"));
const { processorTime, systemClock } = await import(join(program, "build/host/units.js"));

/**
 * A layered network behind its front end, and a spiking one; both builds. How many bytes of input, and how each becomes of
 * a drawn one.
 */
const CASES = [
  {
    ...{ net: "net:demo-int8", build: "simd" },
    // hops of 512 samples of 16 bits
    ...{ count: 24 * 1024, draw: (/** @type {number} */ n) => n },
  },
  {
    ...{ net: "net:demo-spikes?input=features", build: "mvp", count: 400 * 128 },
    // one input in sixteen has a spike
    draw: (/** @type {number} */ n) => (n < 16 ? 1 : 0),
  },
];

mkdirSync(folder, { recursive: true });
/** @type {unknown[]} */
const results = [];
for (const { net, build, count, draw } of CASES) {
  const file = (/** @type {string} */ end) => join(folder, `${build}.${end}`);
  writeFileSync(file("input.bin"), bytes(count).map(draw));
  const compiled = await cli("compile", net, "-o", file("wasm"), "--build", build);
  const run = ["--input", file("input.bin"), "--output", file("output.bin")];
  const ran = await cli("run", file("wasm"), ...run);
  const output = readFileSync(file("output.bin"));
  results.push({
    ...{ net, build, arch: process.arch, sha256: compiled.module.sha256 },
    ...{ file: sha256(readFileSync(file("wasm"))), counters: ran.counters },
    output: output.toString("base64"),
  });
}
console.log(`@networks ${JSON.stringify(results)}`);

/** @param {readonly string[]} args */
async function cli(...args) {
  let stdout = "";
  const quiet = new AbortController().signal;
  const io = {
    ...{ env: {}, clock: systemClock, processorTime, signal: quiet, unread: quiet, threads: false },
    stdout: { write: (/** @type {string} */ text) => (stdout += text) },
    stderr: { write() {} },
    stdin: (async function* () {})(),
  };
  const code = await runCli([...args, "--json"], io, "0.0.0");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stdout}`);
  return JSON.parse(stdout);
}

/** @param {Uint8Array} data */
function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}

/** The same bytes everywhere: the high byte of Knuth's generator for MMIX. @param {number} count */
function bytes(count) {
  let state = 1n;
  return Uint8Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 56n);
  });
}
