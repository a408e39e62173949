/**
 * `npm run bench:boards [-- --json] [-- BOARD…] [-- CASE…]`: what models cost on emulated boards, in instructions, bytes
 * of flash and bytes of RAM. Repeatable to the instruction: the emulator's clock counts them.
 */
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Compiled } from "../../host/compiler/index.ts";
import { EMULATED, type Emulated, missingBoards } from "../support/boards.ts";
import { CASES } from "./board-cases.ts";
import { type BoardResult, type BoardRow, boardTable, resultOf } from "./board-report.ts";
import { type BoardRun, compileForBoards, MeasuredBoard, nativeCounts } from "./board-run.ts";

/** from build/tests/bench */
const NATIVE = fileURLToPath(new URL("../../../tests/bench/native", import.meta.url));

const { values: options, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const caseNames = CASES.map(({ name }) => name);
const known: readonly string[] = [...EMULATED, ...caseNames];
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`USAGE: ${unknown.join(", ")}: expected one of ${known.join(", ")}\n`);
  process.exit(2);
}
const missing = missingBoards();
if (missing) {
  process.stderr.write(`TARGET_MISSING: ${missing.reason}: ${missing.fix}\n`);
  process.exit(1);
}
const chosen = <T extends string>(names: readonly T[]): readonly T[] => {
  const asked = names.filter((name) => positionals.includes(name));
  return asked.length > 0 ? asked : names;
};
const warnings: string[] = [];
const cases = CASES.filter(({ name }) => chosen(caseNames).includes(name));
// before a line is open: a compilation here would keep a board's answers waiting
const modules = new Map<string, Compiled>();
for (const { name, graph, weights } of cases) {
  const given = await graph();
  if (given) modules.set(name, await compileForBoards(given, weights));
  else warnings.push(`${name}: no such model in TWENTYWATT_DATA`);
}
// side by side: instructions are counted, not time
const benched = await Promise.all(chosen(EMULATED).map(benchBoard));
const boards = benched.map(({ row }) => row);
const results = benched.flatMap((one) => one.results);
const machine = { cpu: cpus()[0]?.model ?? "unknown", arch: process.arch, node: process.version };
if (options.json) {
  const document = { schema: 1, verb: "bench", ok: true, warnings, machine, boards, results };
  process.stdout.write(`${JSON.stringify(document)}\n`);
} else {
  process.stdout.write(boardTable(boards, results));
}

type Benched = { readonly row: BoardRow; readonly results: readonly BoardResult[] };

async function benchBoard(name: Emulated): Promise<Benched> {
  const native = await nativeCounts(name, NATIVE);
  const board = await MeasuredBoard.start(name);
  try {
    const { flashBytes, ramBytes, compiler } = board.firmware;
    const { bootInstructions } = board;
    const row = { name, flashBytes, ramBytes, bootInstructions, compiler };
    const results: BoardResult[] = [];
    const runs = new Map<string, { run: BoardRun; neurons: number }>();
    for (const given of cases) {
      const compiled = modules.get(given.name);
      if (!compiled) continue;
      process.stderr.write(`${name}: ${given.name}\n`);
      const run = await board.run(compiled, given.steps, given.each);
      runs.set(given.name, { run, neurons: given.neurons ?? 0 });
      const less = given.beside && runs.get(given.beside.name);
      results.push(resultOf(name, given, run, less, native, flashBytes));
    }
    return { row, results };
  } finally {
    await board.close();
  }
}
