/**
 * Every command of MLPerf Tiny's device protocol, well-formed and not, with the text that must come back. The module
 * behind it copies eight bytes, is kws01's by name, and dequantises to k / 256.
 */
import type { SlotInfo } from "../../host/runtime/requests.ts";
import { writtenModule } from "./firmware-modules.ts";
import type { Runner } from "./firmware-runner.ts";

export const copyingTask = (): Uint8Array => writtenModule();

export const COPY_INFO: Partial<SlotInfo> = {
  ...{ task: "kws01", conversion: "none", outputScale: 1 / 256, outputZero: -128 },
};

const runs = (count: number, warmups: number): string =>
  [
    ...[`m-warmup-start-${warmups}`, "m-warmup-done", `m-infer-start-${count}`],
    ...["m-lap-us-N", "m-lap-us-N", "m-infer-done", ""],
  ].join("\r\n");

/** The bytes 00 11 aa bb cc dd ee ff as int8, plus 128, in 256ths, cut after three digits. */
const RESULTS = "m-results-[0.500,0.566,0.164,0.230,0.296,0.363,0.429,0.496]\r\n";
const ZEROS = "m-results-[0.500,0.500,0.500,0.500,0.500,0.500,0.500,0.500]\r\n";

const inferred = (count: number, warmups: number): string => runs(count, warmups) + RESULTS;
const stale = (elements: number): string =>
  `Input db has ${elements} elemented, expected 8\r\n${runs(1, 0)}${ZEROS}`;

/** In order; each command without its `%`. */
const SCRIPT: readonly (readonly [string, string])[] = [
  ["timestamp", "m-lap-us-N\r\n"],
  ["profile", "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\n"],
  // before anything was loaded
  ["db print", ""],
  ["db 00", ""],
  ["infer 1 0", stale(0)],
  // db
  ["db", "e-[Command 'db' requires a subcommand]\r\n"],
  ["db load", "e-[Command 'db load' requires the # of bytes]\r\n"],
  ["db load 0", "e-[Command 'db load' must be >0 bytes]\r\n"],
  ["db load x", "e-[Command 'db load' must be >0 bytes]\r\n"],
  ["db load 27649", "Supplied buffer size 27649 exceeds maximum of 27648\r\n"],
  ["db 00", ""],
  ["db load -1", "Supplied buffer size -1 exceeds maximum of 27648\r\n"],
  ["db load 99999999999", "Supplied buffer size 2147483647 exceeds maximum of 27648\r\n"],
  ["db load 27648", "m-[Expecting 27648 bytes]\r\n"],
  ["db load 8", "m-[Expecting 8 bytes]\r\n"],
  ["db 123", "e-[Insufficent number of hex digits]\r\n"],
  ["db 00zz11", "e-[Invalid hex digit 'zz']\r\n"],
  ["db 0g", "e-[Invalid hex digit '0g']\r\n"],
  ["db printed", "e-[Insufficent number of hex digits]\r\n"],
  ["infer 1 0", stale(1)],
  ["db  load   +8", "m-[Expecting 8 bytes]\r\n"],
  ["db 0011AAbb", ""],
  ["db ccDDeeFF99", "m-load-done\r\n"],
  ["db 77", ""],
  ["db print", "m-buffer-00-11-aa-bb-cc-dd-ee-ff\r\n"],
  // infer
  ["infer 0", "e-[Inference iterations must be >0]\r\n"],
  ["infer -3", "e-[Inference iterations must be >0]\r\n"],
  ["infer many", "e-[Inference iterations must be >0]\r\n"],
  ["infer 1 -1", "e-[Inference warmup must be >=0]\r\n"],
  ["infer 1 0", inferred(1, 0)],
  ["infer 3 2", inferred(3, 2)],
  ["infer 2", inferred(2, 10)],
  ["infer", inferred(1, 10)],
  ["infer 1 x", inferred(1, 0)],
  ["results", RESULTS],
  ["results please", RESULTS],
  // a short buffer and its empty line
  ["db load 11", "m-[Expecting 11 bytes]\r\n"],
  ["db 0102030405060708090a0b", "m-load-done\r\n"],
  ["db print 2 1", "m-buffer-01-02-03-04-05-06-07-08\r\nm-buffer-09-0a-0b\r\n\r\n"],
  // no commands
  ["", "e-[Unknown command: ]\r\n"],
  ["  ", "e-[Unknown command: ]\r\n"],
  ["\r\nname", "e-[Unknown command: \r\nname]\r\n"],
  ["NAME", "e-[Unknown command: NAME]\r\n"],
  ["names", "e-[Unknown command: names]\r\n"],
  ["foo bar", "e-[Unknown command: foo]\r\n"],
  ["a".repeat(200), `e-[Unknown command: ${"a".repeat(80)}]\r\n`],
];

/** Runs the script. Returns what came back, and what should have: the numbers of timestamps are N. */
export async function exchange(
  runner: Runner,
  board: string,
): Promise<{ readonly got: string[]; readonly expected: string[] }> {
  const script = [["name", `m-name-dut-[${board}]\r\n`] as const, ...SCRIPT];
  const got: string[] = [];
  for (const [command] of script) {
    const answer = await runner.command(command);
    got.push(`${command}%${answer.replace(/m-lap-us-\d+\r/g, "m-lap-us-N\r")}`);
  }
  // two at once: the second waits its turn
  runner.write("db load 2%db ffff%");
  got.push((await runner.answer()) + (await runner.answer()));
  got.push(String((await runner.command("help")).split("\r\n").length > 5));
  got.push(runner.rest());
  return {
    got,
    expected: [
      ...script.map(([command, answer]) => `${command}%${answer}`),
      "m-[Expecting 2 bytes]\r\nm-load-done\r\n",
      "true",
      "",
    ],
  };
}
