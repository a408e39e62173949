/** The thread behind guarded.ts: one module in V8, one request at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Answered, Asked, Stepped } from "./guarded.ts";
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
