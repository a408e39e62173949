/** The thread behind guarded.ts: one module in V8, one request at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Answered, Asked, Inferred, Stepped } from "./guarded.ts";
import { type LocalSession, localTarget } from "./local.ts";

const port = parentPort;
if (port === null) throw new Error("guard.ts is a thread of guarded.ts");
let session: LocalSession | null = null;

await answered(0, async () => {
  session = await localTarget().load(workerData as Uint8Array);
});
port.on("message", ({ id, method, args }: Asked) => {
  void answered(id, async () => {
    if (session === null) throw new Error("no module is loaded");
    if (method === "step") return stepped(session, args[0] as Uint8Array);
    if (method === "infer") return inferred(session, args[0] as Uint8Array);
    // biome-ignore lint/suspicious/noExplicitAny: guarded.ts gives the arguments of the method that it names
    return (session[method] as (...given: any[]) => unknown)(...args);
  });
});

function stepped(of: LocalSession, input: Uint8Array): Stepped {
  const output = new Uint8Array(of.outputBytes);
  const startNs = process.hrtime.bigint();
  const result = of.step(input, output);
  return { result, output, elapsedNs: process.hrtime.bigint() - startNs };
}

function inferred(of: LocalSession, inputs: Uint8Array): Inferred {
  const count = inputs.length / of.inputBytes;
  const outputs = new Uint8Array(count * of.outputBytes);
  const elapsedNs = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const input = inputs.subarray(k * of.inputBytes, (k + 1) * of.inputBytes);
    const output = outputs.subarray(k * of.outputBytes, (k + 1) * of.outputBytes);
    const startNs = process.hrtime.bigint();
    of.step(input, output);
    elapsedNs[k] = Number(process.hrtime.bigint() - startNs);
  }
  return { outputs, elapsedNs };
}

async function answered(id: number, work: () => Promise<unknown>): Promise<void> {
  let answer: Answered;
  try {
    answer = { id, value: await work() };
  } catch (error) {
    const problems: readonly Problem[] =
      error instanceof TwentyWattError
        ? error.problems
        : [
            problem(
              "INTERNAL",
              "the module's thread",
              String(error),
              "no error: this is a defect of twentywatt",
            ),
          ];
    answer = { id, problems };
  }
  port?.postMessage(answer);
}
