/** The same exchange over the UARTs of the emulated boards, and a real network where one is at hand. */
import { beforeAll, describe, expect } from "vitest";
import { importModel } from "../../host/importers/index.ts";
import { serialLine } from "../../host/lines/index.ts";
import { openLink } from "../../host/runtime/index.ts";
import type { SlotInfo } from "../../host/runtime/requests.ts";
import { Board, EMULATED, type Emulated, missingBoards } from "../support/boards.ts";
import { hasData, readData, readInt8 } from "../support/data.ts";
import { COPY_INFO, copyingTask, exchange } from "../support/firmware-exchange.ts";
import { demoModule, mvpModule } from "../support/firmware-modules.ts";
import { Runner } from "../support/firmware-runner.ts";
import { PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { testUnless } from "../support/skip.ts";
import { plainModule } from "../support/wasm-module.ts";

const boardTest = testUnless(missingBoards());

async function withBoard(name: Emulated, use: (board: Board) => Promise<void>): Promise<void> {
  const board = await Board.start(name);
  try {
    await use(board);
  } finally {
    await board.close();
  }
}

async function runnerWith(
  board: Board,
  wasm: Uint8Array,
  info: Partial<SlotInfo>,
): Promise<Runner> {
  const line = serialLine(board.path);
  const link = openLink(line);
  await link.hello(PATIENCE_MS);
  await plainDeploy(link, wasm, info);
  await link.close();
  return Runner.open(line);
}

type RealNetwork = { wasm: Uint8Array; input: Uint8Array; output: Int8Array };

/** kws01 with its recorded outputs where the shared data is, the project's own network and V8 elsewhere. */
async function realNetwork(): Promise<RealNetwork> {
  if (hasData) {
    const graph = await importModel(readData("models/kws_ref_model.tflite"), "kws.tflite");
    const input = readData("kws01/inputs_500x490.i8.bin").subarray(0, 490);
    const output = readInt8("kws01/expected_500x12.double_rounding.i8.bin").subarray(0, 12);
    return { wasm: await mvpModule(graph), input, output };
  }
  const wasm = await demoModule();
  const module = await plainModule(wasm);
  const input = Uint8Array.from({ length: module.global("in_len") }, (_, k) => (k * 31) & 0xff);
  return { wasm, input, output: new Int8Array(module.infer(input).buffer) };
}

/** once for both boards */
let made: Promise<RealNetwork> | null = null;

describe.concurrent.each(EMULATED)("%s", (name) => {
  let network: RealNetwork;
  // before a line is open: a compilation here would keep another board's answers waiting
  beforeAll(async () => {
    made ??= realNetwork();
    network = await made;
  }, 240_000);

  boardTest(
    "every command, well-formed and not, then a real network",
    () =>
      withBoard(name, async (board) => {
        const runner = await runnerWith(board, copyingTask(), COPY_INFO);
        const { got, expected } = await exchange(runner, name);
        expect(got).toEqual(expected);
        await runner.close();

        const { wasm, input, output } = network;
        const real = await runnerWith(board, wasm, COPY_INFO);
        const digits = [...output].map((q) => Math.floor(((q + 128) * 1000) / 256));
        const results = digits.map((digit) => `0.${String(digit).padStart(3, "0")}`);
        expect(await real.infer(input)).toBe(results.join(","));
        await real.close();
      }),
    240_000,
  );
});
