/**
 * The test runner behind `npm test` and `npm run test:long`: build, specs in AssemblyScript, vitest, and in the long run
 * the mutants. Its last line sums all parts: `N passed, N failed, N skipped`. Exits with 1 when anything failed, or when
 * nothing ran.
 *
 *   node tests/run.mjs [--long] [VITEST_ARGUMENT]…
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./support/packages.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SCRIPTS = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;
const NONE = { passed: 0, failed: 0, skipped: 0 };
const ONE_FAILED = { ...NONE, failed: 1 };

const given = process.argv.slice(2);
const long = given.includes("--long");
const vitestArguments = given.filter((argument) => argument !== "--long");

/** @type {Counts[]} */
const parts = [];
const build = await run("npm", ["run", "-s", "build"]);
if (build.status === 0) {
  installPackages();
  // the specs are quick: the long run is about what comes on top
  if (!long && vitestArguments.length === 0) parts.push(await asPect());
  parts.push(await vitest());
  if (long && vitestArguments.length === 0) parts.push(await mutants());
} else {
  console.error("The build failed: no test ran.");
  parts.push(ONE_FAILED);
}
const sum = (/** @type {keyof Counts} */ key) => parts.reduce((n, part) => n + part[key], 0);
const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** @returns {Promise<Counts>} */
async function asPect() {
  if (!SCRIPTS["test:as"]) return NONE;
  const { status, output } = await run("npm", ["run", "-s", "test:as"]);
  const [, good, total] = output.match(/\[Tests\]:\s*(\d+)\s*\/\s*(\d+)/) ?? [];
  const found = {
    passed: Number(good ?? 0),
    failed: Number(total ?? 0) - Number(good ?? 0),
    skipped: 0,
  };
  return status !== 0 && found.failed === 0 ? { ...found, failed: 1 } : found;
}

/**
 * A mutant that no test noticed, and that nobody explained, is a failure.
 * @returns {Promise<Counts>}
 */
async function mutants() {
  const { status, output } = await run("npm", ["run", "-s", "mutants"]);
  const [, tried, unexplained] =
    output.match(/^(\d+) mutants: .* explained, (\d+) not\)/m)?.map(Number) ?? [];
  const failed = unexplained ?? 0;
  return {
    passed: (tried ?? 0) - failed,
    failed: status !== 0 ? Math.max(1, failed) : 0,
    skipped: 0,
  };
}

/** @returns {Promise<Counts>} */
async function vitest() {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-test-"));
  const file = join(folder, "results.json");
  try {
    const { status } = await run(process.execPath, [
      join(ROOT, "node_modules/vitest/vitest.mjs"),
      "run",
      ...(long ? ["--mode", "long"] : []),
      "--reporter=default",
      "--reporter=./tests/support/reporter.ts",
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...vitestArguments,
    ]);
    return vitestCounts(file, status);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {string} file vitest's JSON report
 * @param {number} status
 * @returns {Counts}
 */
function vitestCounts(file, status) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return ONE_FAILED; // vitest died before it could report
  }
  // a file that does not load has no tests to count
  const unloadable = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ { status, assertionResults }) =>
      status === "failed" && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloadable;
  return {
    passed: report.numPassedTests,
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Runs a command with its output shown, and kept. No standard input: nothing may ask.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<{ status: number, output: string }>}
 */
function run(command, args) {
  // without colours, which would split the numbers that asPect() reads
  const { FORCE_COLOR, ...env } = process.env;
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ status: 1, output: `${output}${error.message}` }));
    child.on("close", (code) => resolve({ status: code ?? 1, output }));
  });
}
