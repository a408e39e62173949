/**
 * Takes one model file per message, as `inspect` would, or compiles and runs it, as `run` would. Answers with "works",
 * the code of the error, or what went wrong instead.
 */
import { parentPort } from "node:worker_threads";
import { compile, DEFAULT_OPTIONS, plan } from "../../host/compiler/index.ts";
import { TwentyWattError } from "../../host/errors.ts";
import { importModel } from "../../host/importers/index.ts";
import type { Build } from "../../host/module/manifest.ts";
import { localTarget } from "../../host/runtime/local.ts";
import { runSelfTest } from "../../host/runtime/self-test.ts";

export type Request = {
  readonly file: Uint8Array;
  /** compile for this build and run; null: import and plan only */
  readonly build: Build | null;
};

export type Answer = {
  readonly answer: string;
  /**
   * milliseconds of the clock or of processor time, whichever is less: both are above what the file costs, one when
   * other programs run, the other when V8 compiles or collects on the side. The least of several tries for slow files.
   */
  readonly ms: number;
  /** bytes of array buffers more than before: what the limit on the heap does not see */
  readonly bufferBytes: number;
};

const TRIES = 6;
const SLOW_MS = 50;

/** The importer looks at the content, not at the name. */
const NAME = "fuzz";
const SPIKING_STEPS = 20;

async function importAndPlan(file: Uint8Array): Promise<void> {
  plan(await importModel(file, NAME), DEFAULT_OPTIONS);
}

async function compileAndRun(file: Uint8Array, build: Build): Promise<void> {
  const graph = await importModel(file, NAME);
  const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, build });
  const session = await localTarget().load(wasm);
  const input = new Uint8Array(session.inputBytes).fill(0x55);
  // most inferences leave nothing behind; a time step and layers that keep something do, until the next reset
  const spiking = graph.kind === "spiking";
  const keeps = spiking || graph.variables !== undefined;
  const [first, second] = [0, 1].map(() => {
    if (keeps) session.reset();
    const output = new Uint8Array(session.outputBytes);
    const outputs = Array.from({ length: spiking ? SPIKING_STEPS : 1 }, () => {
      session.step(input, output);
      return Buffer.from(output);
    });
    return Buffer.concat(outputs);
  });
  if (!first?.equals(second ?? first)) throw new Error("the second run differs");
  await runSelfTest(session);
}

async function answerOf(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return "works";
  } catch (error) {
    if (error instanceof TwentyWattError && error.problems.length > 0) return error.code;
    return `not coded: ${error instanceof Error ? error.stack : error}`.slice(0, 600);
  }
}

async function answerTo({ file, build }: Request): Promise<Answer> {
  const { arrayBuffers } = process.memoryUsage();
  let [answer, ms] = ["", Number.POSITIVE_INFINITY];
  for (let k = build === null ? TRIES : 1; k > 0 && ms > SLOW_MS; k--) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    answer = await answerOf(() =>
      build === null ? importAndPlan(file) : compileAndRun(file, build),
    );
    const { user, system } = process.cpuUsage(cpu);
    ms = Math.min(ms, performance.now() - start, (user + system) / 1000);
  }
  return { answer, ms, bufferBytes: process.memoryUsage().arrayBuffers - arrayBuffers };
}

parentPort?.on("message", async (request: Request) => {
  parentPort?.postMessage(await answerTo(request));
});
parentPort?.postMessage("ready");
