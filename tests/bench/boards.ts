/**
 * `npm run bench:boards [-- --json] [-- BOARD…] [-- CASE…]`: what models cost on emulated boards, in instructions, bytes
 * of flash and bytes of RAM. Repeatable to the instruction: the emulator's clock counts them.
 */
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EMULATED, type Emulated, missingBoards } from "../support/boards.ts";
import { CASES } from "./board-cases.ts";
import { type BoardResult, type BoardRow, boardTable, resultOf } from "./board-report.ts";
import { MeasuredBoard, nativeCounts } from "./board-run.ts";

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
const boards: BoardRow[] = [];
const results: BoardResult[] = [];
for (const board of chosen(EMULATED)) await benchBoard(board);
const machine = { cpu: cpus()[0]?.model ?? "unknown", arch: process.arch, node: process.version };
if (options.json) {
  const document = { schema: 1, verb: "bench", ok: true, warnings, machine, boards, results };
  process.stdout.write(`${JSON.stringify(document)}\n`);
} else {
  process.stdout.write(boardTable(boards, results));
}

async function benchBoard(name: Emulated): Promise<void> {
  const native = await nativeCounts(name, NATIVE);
  const board = await MeasuredBoard.start(name);
  try {
    const { flashBytes, ramBytes, compiler } = board.firmware;
    const { bootInstructions } = board;
    boards.push({ name, flashBytes, ramBytes, bootInstructions, compiler });
    for (const given of CASES.filter((row) => chosen(caseNames).includes(row.name))) {
      process.stderr.write(`${name}: ${given.name}\n`);
      const run = await board.run(given);
      if (run) results.push(resultOf(name, given, run, native, flashBytes));
      else warnings.push(`${given.name}: no such model in TWENTYWATT_DATA`);
    }
  } finally {
    await board.close();
  }
}
