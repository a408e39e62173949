/**
 * The local target for modules that others made: V8 in a thread of its own, which can be ended. A step that does not
 * come back within the limit, and one that is still under way when the user has had enough, end the thread and nothing
 * else.
 */
import { Worker } from "node:worker_threads";
import { fail, type Problem, TwentyWattError } from "../errors.ts";
import { type CheckedModule, checkModule } from "../module/check.ts";
import { type StepLimit, withinLimit } from "./limit.ts";
import { sha256 } from "./local.ts";
import type { Counters, Session, Target } from "./target.ts";

/** What the thread answers. */
export type Answered =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly problems: readonly Problem[] };

/** What it is asked for: a method of its session, and its arguments. */
export type Asked = {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
};
export type Method = "step" | "infer" | "reset" | "counters" | "read" | "readState" | "writeState";
/** The answer to a step. */
export type Stepped = {
  readonly result: number;
  readonly output: Uint8Array;
  /** copy in, step, copy out, by the thread's own clock */
  readonly elapsedNs: bigint;
};

/** The answer to several inferences in one request. */
export type Inferred = {
  readonly outputs: Uint8Array;
  /** of each, as of a step */
  readonly elapsedNs: Float64Array;
};

/** The first request is the start itself: instantiation and init(). */
const START = 0;
export const guardedTarget = (limit: StepLimit): Target => ({
  name: "local",
  async load(module) {
    const checked = checkModule(module, sha256);
    const thread = new Thread(module, limit);
    await thread.started;
    return sessionIn(thread, checked);
  },
});

export class Thread {
  readonly started: Promise<unknown>;
  private readonly worker: Worker;
  private readonly limit: StepLimit;
  private id = START;
  private waiting: {
    readonly id: number;
    readonly done: (value: unknown) => void;
    readonly failed: (error: unknown) => void;
  } | null = null;

  constructor(module: Uint8Array, limit: StepLimit) {
    this.limit = limit;
    // beside this file: .ts in a checkout under test, .js once built
    const url = new URL(import.meta.url.endsWith(".ts") ? "guard.ts" : "guard.js", import.meta.url);
    this.worker = new Worker(url, { workerData: module });
    this.worker.on("message", (answer: Answered) => this.heard(answer));
    this.worker.on("error", (error) => this.waiting?.failed(error));
    this.started = this.wait("init");
  }

  ask(method: Method, ...args: readonly unknown[]): Promise<unknown> {
    const asked: Asked = { id: ++this.id, method, args };
    this.worker.postMessage(asked);
    return this.wait(method);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  /** One request at a time, with the limit of a step. */
  private async wait(what: string): Promise<unknown> {
    const { id } = this;
    const answered = new Promise<unknown>((done, failed) => {
      this.waiting = { id, done, failed };
    });
    try {
      return await withinLimit(answered, what, this.limit, () => this.end());
    } finally {
      this.waiting = null;
    }
  }

  private heard(answer: Answered): void {
    if (this.waiting?.id !== answer.id) return;
    if ("problems" in answer) this.waiting.failed(new TwentyWattError(answer.problems));
    else this.waiting.done(answer.value);
  }
}

/** The thread is gone after a failure of any kind: a module that trapped is not asked again. */
function sessionIn(thread: Thread, { manifest, globals }: CheckedModule): Session {
  const { inLen, outLen } = globals;
  let elapsedNs = 0n;
  return {
    manifest,
    target: "local",
    inputBytes: inLen,
    outputBytes: outLen,
    async step(input, output) {
      const stepped = (await thread.ask("step", input)) as Stepped;
      if (output.length !== outLen) {
        fail("INPUT_SIZE", "output", `${output.length} bytes`, `${outLen} bytes`);
      }
      output.set(stepped.output);
      elapsedNs = stepped.elapsedNs;
      return stepped.result;
    },
    lastStepNs: () => elapsedNs,
    reset: async () => void (await thread.ask("reset")),
    counters: async () => (await thread.ask("counters")) as Counters,
    read: async (ptr, len) => (await thread.ask("read", ptr, len)) as Uint8Array,
    readState: async () => (await thread.ask("readState")) as Uint8Array,
    writeState: async (state) => void (await thread.ask("writeState", state)),
    close: () => thread.end(),
  };
}
