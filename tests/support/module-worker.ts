/** Loads and steps one module per message, as any host would; answers with "works" or the code of the error. */
import { parentPort } from "node:worker_threads";
import { TwentyWattError } from "../../host/errors.ts";
import { localTarget } from "../../host/runtime/local.ts";
import { runSelfTest } from "../../host/runtime/self-test.ts";

async function tryModule(wasm: Uint8Array): Promise<string> {
  try {
    const session = await localTarget().load(wasm);
    const input = new Uint8Array(session.inputBytes).fill(0x55);
    const output = new Uint8Array(session.outputBytes);
    for (let k = 0; k < 2; k++) session.step(input, output);
    session.counters();
    session.writeState(session.readState());
    await runSelfTest(session);
    return "works";
  } catch (error) {
    if (error instanceof TwentyWattError && error.problems.length === 1) return error.code;
    return `not coded: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

parentPort?.on("message", async (wasm: Uint8Array) => {
  parentPort?.postMessage(await tryModule(wasm));
});
parentPort?.postMessage("ready");
